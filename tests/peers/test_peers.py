"""The contract's cases against programs nobody here wrote (`make test-peers`); docs/peers.md says which."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.cases import Case
from tests.contracts.hooks import Hooks
from tests.peers import programs
from tests.peers.abilities import PEERS, declared
from tests.peers.doubles import STARTS

pytestmark = pytest.mark.peers

RUNS = [(peer.name, case) for peer in PEERS for case in peer.its_cases()]
ran: set[tuple[str, str]] = set()


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """Give each peer once, started when it is first asked for."""
    programs.install()
    started: dict[str, Any] = {}
    with ExitStack() as stack:

        def get(name: str) -> Any:
            if name not in started:
                hooks = Hooks().start()
                stack.callback(hooks.stop)
                folder: Path = tmp_path_factory.mktemp("peer")
                started[name] = stack.enter_context(STARTS[name](folder, hooks))
            return started[name]

        yield get


@pytest.mark.parametrize(("peer", "case"), RUNS, ids=[f"{peer}: {case.name}" for peer, case in RUNS])
def test_peer(peer: str, case: Case, start: Callable[[str], Any]) -> None:
    case.run(start(peer))
    ran.add((peer, case.name))


def test_every_case_that_the_table_names_was_run_and_passed() -> None:
    assert ran == declared()
