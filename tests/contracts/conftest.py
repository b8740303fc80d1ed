from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.ours import Ours, serve


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Ours]:
    with serve(tmp_path / "simulators.sqlite") as double:
        yield double
