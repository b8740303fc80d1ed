"""What every double of a vendor is asked: one list of cases a port; each names what a double must be able to do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    name: str
    needs: frozenset[str]
    run: Callable[[Any], None]

    @property
    def sentence(self) -> str:
        return self.name.replace("_", " ")


class Cases(list[Case]):
    def needing(self, *needs: str) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
        """Add a case; it is run against every double that can do all that it needs."""

        def add(run: Callable[[Any], None]) -> Callable[[Any], None]:
            self.append(Case(run.__name__, frozenset(needs), run))
            return run

        return add

    def for_double(self, can: frozenset[str]) -> list[Case]:
        return [case for case in self if case.needs <= can]
