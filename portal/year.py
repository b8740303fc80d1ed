"""Months of use from bills: thirteen in a row, so that this month stands beside the same one of last year."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Protocol

from kernel.i18n import format_month
from kernel.periods import add_months

MonthOfUse = tuple[str, str, int | None, int | None]


class _Bill(Protocol):
    @property
    def cycle_on(self) -> date: ...
    @property
    def energy_wh(self) -> int: ...


def months_of_use(bills: Iterable[_Bill], count: int = 13) -> list[MonthOfUse]:
    """Return (name, short name, Wh or None, the year before's Wh or None), oldest first, ending with the newest bill.

    Several agreements of an account add up. Months before the first bill are left out; a month between two bills that
    has none is a gap and stays.
    """
    used: dict[date, int] = defaultdict(int)
    for bill in bills:
        used[bill.cycle_on] += bill.energy_wh
    if not used:
        return []
    newest, oldest = max(used), min(used)
    wanted = [add_months(newest, -n) for n in reversed(range(count))]
    return [
        (format_month(month), str(month.month), used.get(month), used.get(add_months(month, -12)))
        for month in wanted
        if month >= oldest
    ]
