"""From quantities to bill lines: many bills or one, by the same kernel.

Bills are cut into parts (see `parts`), the parts of all bills are gathered by tariff version, rated in columns, and put
together again. The tier use carries on from part to part, and begins anew with a tier year.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from kernel.faults import Fault
from kernel.i18n import N_, translate
from kernel.periods import Period
from services.tariffs.labels import line_code, line_label
from services.tariffs.parts import Part, cut, share
from services.tariffs.rules import ENGINE_VERSION, MAX_USED_WH, MAX_WH, BadQuantity, Columns, rate_columns
from services.tariffs.tariff import ROUNDING, WHOLE_DAY, Tariff, TierPosition, tier_position


class WrongRegisters(Fault):
    code = "wrong_registers"
    message = N_("The tariff %(tariff)s needs the quantities %(needed)s; here are %(given)s.")


@dataclass(frozen=True)
class ToRate:
    """A bill to rate: what each register moved over the period, and the tier year's use before its first day."""

    versions: tuple[Tariff, ...]
    period: Period
    quantities_wh: Mapping[str, int]
    used_before_wh: int = 0
    known_by: datetime | None = None


@dataclass(frozen=True)
class RatedLine:
    """quantity x rate = amount, rounded once. `tier` is None where the tariff has one tier, `period` None: all day."""

    code: str
    tier: int | None
    period: str | None
    starts_on: date
    ends_on: date
    quantity_wh: int
    rate: str
    amount_minor: int

    def label(self, language: str) -> str:
        return line_label(language, self.tier, self.period)


@dataclass(frozen=True)
class RatedPart:
    """What one part of the period was computed from, and where it left the tier year."""

    part: Part
    quantities_wh: Mapping[str, int]
    used_before_wh: int
    used_after_wh: int


@dataclass(frozen=True)
class RatedBill:
    """`total_minor` is the sum of the lines. `tier_year` is the last day's, `position` where it stands after the bill.

    A part without energy has lines of zero in the tier where it stands, so that the price can still be read.
    """

    currency: str
    total_minor: int
    energy_wh: int
    lines: tuple[RatedLine, ...]
    parts: tuple[RatedPart, ...]
    tier_year: int
    position: TierPosition
    rounding: str
    engine_version: str = ENGINE_VERSION

    @property
    def tariff(self) -> Tariff:
        """The version that held at the end of the period."""
        return self.parts[-1].part.tariff

    @property
    def used_after_wh(self) -> int:
        return self.position.used_wh


def rate_one(
    versions: Sequence[Tariff],
    period: Period,
    quantities_wh: Mapping[str, int],
    *,
    used_before_wh: int = 0,
    known_by: datetime | None = None,
) -> RatedBill:
    """Rate one bill; raises NotInForce, PeriodsChange, WrongRegisters, BadQuantity."""
    return rate_bills([ToRate(tuple(versions), period, quantities_wh, used_before_wh, known_by)])[0]


def rate_bills(bills: Sequence[ToRate]) -> tuple[RatedBill, ...]:
    """Rate many bills, in their order. Each bill is what it would be alone; raises as rate_one does."""
    cuts: dict[tuple[tuple[int, ...], Period, datetime | None], tuple[Part, ...]] = {}
    prepared = []
    for bill in bills:
        key = (tuple(map(id, bill.versions)), bill.period, bill.known_by)
        parts = cuts.get(key) or cuts.setdefault(key, cut(bill.versions, bill.period, bill.known_by))
        check_registers(parts[0].tariff, bill.quantities_wh)
        quantities = (bill.quantities_wh,) if len(parts) == 1 else share(bill.quantities_wh, parts)
        prepared.append(carry_on(parts, quantities, bill.used_before_wh))
    return rate_parts(prepared)


def check_registers(tariff: Tariff, quantities_wh: Mapping[str, int]) -> None:
    """Refuse quantities whose registers are not the tariff's periods, or that no register can have moved."""
    if set(quantities_wh) != set(tariff.period_codes):
        raise WrongRegisters(
            tariff=tariff.code,
            needed=", ".join(tariff.period_codes),
            given=", ".join(sorted(quantities_wh)) or "-",
            field="kwh",
        )
    if not all(0 <= quantity <= MAX_WH for quantity in quantities_wh.values()):
        raise BadQuantity(field="kwh")


def carry_on(
    parts: Sequence[Part], quantities_wh: Sequence[Mapping[str, int]], used_before_wh: int
) -> tuple[RatedPart, ...]:
    """Give each part its quantities and the tier use before it; a part that opens a tier year begins at zero."""
    if not 0 <= used_before_wh <= MAX_USED_WH:
        raise BadQuantity(field="used_kwh")
    found: list[RatedPart] = []
    used = used_before_wh
    for part, quantities in zip(parts, quantities_wh, strict=True):
        before = 0 if part.new_year else used
        used = before + sum(quantities.values())
        found.append(RatedPart(part, quantities, before, used))
    return tuple(found)


def rate_parts(prepared: Sequence[tuple[RatedPart, ...]]) -> tuple[RatedBill, ...]:
    """Rate bills whose parts have their quantities and tier use already (a load curve knows its own days)."""
    groups: dict[int, list[tuple[int, int, RatedPart]]] = defaultdict(list)
    for bill, parts in enumerate(prepared):
        for index, part in enumerate(parts):
            groups[id(part.part.tariff)].append((bill, index, part))
    lines: list[list[tuple[RatedLine, ...]]] = [[()] * len(parts) for parts in prepared]
    for rows in groups.values():
        tariff = rows[0][2].part.tariff
        columns = _rate_rows(tariff, [part for _, _, part in rows])
        drawn = _draw_lines(tariff, [part for _, _, part in rows], columns)
        for (bill, index, _), made in zip(rows, drawn, strict=True):
            lines[bill][index] = made
    return tuple(_bill(parts, made) for parts, made in zip(prepared, lines, strict=True))


def _rate_rows(tariff: Tariff, rows: Sequence[RatedPart]) -> Columns:
    quantities = np.array([[row.quantities_wh[code] for row in rows] for code in tariff.period_codes], np.int64)
    return rate_columns(tariff.schedule, quantities, np.array([row.used_before_wh for row in rows], np.int64))


def _draw_lines(tariff: Tariff, rows: Sequence[RatedPart], columns: Columns) -> list[tuple[RatedLine, ...]]:
    """Turn columns into lines, tier by tier and within it period by period; lines of zero Wh are left out."""
    heads = []
    for tier, rates in enumerate(tariff.rates, start=1):
        for code, rate in zip(tariff.period_codes, rates, strict=True):
            number, period = tier if len(tariff.rates) > 1 else None, None if code == WHOLE_DAY else code
            heads.append((line_code(number, period), number, period, rate))
    quantities = columns.quantity_wh.reshape(len(heads), len(rows)).T.tolist()
    amounts = columns.amount_minor.reshape(len(heads), len(rows)).T.tolist()
    drawn = []
    for row, wh, minor in zip(rows, quantities, amounts, strict=True):
        shown = [n for n, quantity in enumerate(wh) if quantity] or _lines_of_tier(tariff, row.used_before_wh)
        span = row.part.period
        drawn.append(
            tuple(
                RatedLine(code, tier, period, span.starts_on, span.ends_on, wh[n], rate, minor[n])
                for n in shown
                for code, tier, period, rate in (heads[n],)
            )
        )
    return drawn


def _lines_of_tier(tariff: Tariff, used_wh: int) -> range:
    """Return which lines are those of the tier where an account stands."""
    count = len(tariff.periods)
    first = (tier_position(tariff, used_wh).tier - 1) * count
    return range(first, first + count)


def _bill(parts: tuple[RatedPart, ...], lines: Sequence[tuple[RatedLine, ...]]) -> RatedBill:
    last = parts[-1]
    flat = tuple(line for part in lines for line in part)
    tariff = last.part.tariff
    return RatedBill(
        currency=tariff.currency,
        total_minor=sum(line.amount_minor for line in flat),
        energy_wh=sum(sum(part.quantities_wh.values()) for part in parts),
        lines=flat,
        parts=parts,
        tier_year=tariff.tier_year(last.part.period.ends_on - timedelta(days=1)),
        position=tier_position(tariff, last.used_after_wh),
        rounding=tariff.rounding,
    )


def rounding_in_words(rounding: str, language: str) -> str:
    """Return the sentence that a bill shows for its rounding rule."""
    return translate(language, ROUNDING[rounding])
