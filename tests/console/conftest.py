"""The console's fixture: fresh counts of attempts, a fresh browser."""

import pytest

from kernel.db import Database
from tests.console.desk import Console
from webkit.limits import limiter


@pytest.fixture
def console(db: Database) -> Console:
    made = Console(db)
    limiter.reset()
    return made
