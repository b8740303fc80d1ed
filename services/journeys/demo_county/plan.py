"""How large the county is and which months it has lived through. Everything made up derives from this alone."""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from random import Random

from kernel.clock import local_date, local_midnight
from kernel.faults import Fault
from kernel.i18n import N_
from kernel.periods import add_months, month_start

MONTHS = 13
ISSUED_ON_DAY = 3
_KEPT = ".plan.json"


class BadPlan(Fault):
    code = "bad_plan"


@dataclass(frozen=True)
class Plan:
    """`until` is the first day of the newest month that has been lived through; thirteen months end with it."""

    customers: int
    seed: int
    until: date

    @cached_property
    def first(self) -> date:
        return add_months(self.until, 1 - MONTHS)

    @cached_property
    def cycles(self) -> tuple[date, ...]:
        return tuple(add_months(self.first, n) for n in range(MONTHS))

    @cached_property
    def read_days(self) -> tuple[date, ...]:
        """Every first of a month on which registers are read: thirteen months have fourteen of them."""
        return (*self.cycles, add_months(self.until, 1))

    @property
    def name(self) -> str:
        """What the records call this county: customers, seed and newest month."""
        return f"{self.customers}/{self.seed}/{self.until:%Y-%m}"

    @property
    def stations(self) -> int:
        return max(3, min(10, self.customers // 400))

    @property
    def feeders(self) -> int:
        return max(6, min(110, self.customers // 60))

    @property
    def substations(self) -> int:
        return max(2, min(15, self.feeders // 7))

    @property
    def areas(self) -> int:
        return max(self.feeders, self.customers // 80)

    def chance(self, *of: object) -> Random:
        """Return the dice of one thing: they fall alike however many other things there are."""
        return Random(":".join(str(part) for part in (self.seed, self.until, *of)))  # noqa: S311

    def issued_at(self, cycle_on: date, now: datetime, zone: str) -> datetime:
        """Return when a cycle's bills are issued: the third of the next month at ten; the newest cycle's just now."""
        if cycle_on == self.until:
            return now
        day = add_months(cycle_on, 1) + timedelta(days=ISSUED_ON_DAY - 1)
        return local_midnight(day, zone) + timedelta(hours=10)


def make_plan(*, customers: int, seed: int, until: date | None, now: datetime, zone: str) -> Plan:
    """Return a plan; `until` None: the newest month that is over. Raises BadPlan."""
    newest = add_months(month_start(local_date(now, zone)), -1)
    if not 20 <= customers <= 2_000_000:
        raise BadPlan(N_("A county has 20 to 2,000,000 customers."), field="customers")
    chosen = newest if until is None else month_start(until)
    if not date(2015, 1, 1) <= chosen <= newest:
        raise BadPlan(N_("The newest month of a county must be over, and not before 2015."), field="until")
    return Plan(customers, seed, chosen)


def keep_plan(plan: Plan, folder: Path) -> None:
    (folder / _KEPT).write_text(json.dumps(asdict(plan) | {"until": plan.until.isoformat()}) + "\n", "utf-8")


def kept_plan(folder: Path) -> Plan | None:
    """Return the plan that a folder was written from, None when it was not written here."""
    try:
        found = json.loads((folder / _KEPT).read_text("utf-8"))
        return Plan(found["customers"], found["seed"], date.fromisoformat(found["until"]))
    except (OSError, ValueError, KeyError):
        return None
