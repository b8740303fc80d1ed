"""The contract suite against our own simulators; `tests/peers` runs the same cases against programs of others."""

import pytest

from tests.contracts.cards_cases import CARDS
from tests.contracts.cases import Case
from tests.contracts.messages_cases import MESSAGES
from tests.contracts.ours import Ours


@pytest.mark.parametrize("case", CARDS, ids=lambda case: case.name)
def test_cards(case: Case, ours: Ours) -> None:
    case.run(ours)


@pytest.mark.parametrize("case", MESSAGES, ids=lambda case: case.name)
def test_messages(case: Case, ours: Ours) -> None:
    case.run(ours)


def test_our_simulators_can_do_everything_the_cases_ask_for() -> None:
    needed = {need for case in (*CARDS, *MESSAGES) for need in case.needs}
    assert needed <= Ours.can
