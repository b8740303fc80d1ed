"""The tariffs there are: which version of a code holds on a day, as far as it was known by a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from kernel.faults import Fault, RowError
from kernel.i18n import N_
from services.tariffs.tariff import Tariff
from services.tariffs.tariff_file import FaultyTariff, read_tariff

SHIPPED = Path(__file__).resolve().parent / "files"


class NoTariff(Fault):
    code = "no_tariff"
    status = 404
    message = N_("There is no tariff with the code %(tariff)s. Known codes: %(known)s.")


class NotInForce(Fault):
    code = "not_in_force"
    message = N_("The tariff %(tariff)s has no version that holds on %(day)s.")


def pick(versions: Iterable[Tariff], day: date, known_by: datetime | None) -> Tariff | None:
    """Return the version that holds on the day: of those known by `known_by` (None: all) the one that began last.

    Two that began on one day: the one that became known later, so a corrected file replaces the one it corrects.
    """
    standing = [v for v in versions if v.holds_on(day) and (known_by is None or v.known_at <= known_by)]
    return max(standing, key=lambda version: (version.valid_from, version.known_at), default=None)


@dataclass(frozen=True)
class Book:
    """Every version of every tariff, by code."""

    by_code: dict[str, tuple[Tariff, ...]]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(sorted(self.by_code))

    def versions(self, code: str) -> tuple[Tariff, ...]:
        """Return all versions of a code; raises NoTariff."""
        if code not in self.by_code:
            raise NoTariff(tariff=code, known=", ".join(self.codes), field="tariff")
        return self.by_code[code]

    def choose(self, code: str, day: date, known_by: datetime | None = None) -> Tariff:
        """Return the version that holds on a day; raises NoTariff or NotInForce."""
        found = pick(self.versions(code), day, known_by)
        if found is None:
            raise NotInForce(tariff=code, day=day.isoformat(), field="tariff")
        return found


def make_book(tariffs: Iterable[Tariff]) -> Book:
    by_code: dict[str, tuple[Tariff, ...]] = {}
    for tariff in sorted(tariffs, key=lambda t: (t.code, t.valid_from, t.known_at)):
        by_code[tariff.code] = (*by_code.get(tariff.code, ()), tariff)
    return Book(by_code)


def read_book(*folders: Path) -> Book:
    """Read every *.yaml of the folders; raises FaultyTariff with the faults of all files at once."""
    tariffs: list[Tariff] = []
    errors: list[RowError] = []
    for path in sorted(path for folder in folders for path in folder.glob("*.yaml")):
        try:
            tariffs.append(read_tariff(path))
        except FaultyTariff as faulty:
            errors.extend(faulty.errors)
    if errors:
        raise FaultyTariff(errors)
    return make_book(tariffs)


@cache
def shipped() -> Book:
    """Return the book of the files that come with the programme, read once a process."""
    return read_book(SHIPPED)
