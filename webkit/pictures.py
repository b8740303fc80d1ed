"""The geometry of our small pictures, apart from their drawing: values in, percentages out. Axes start at zero.

`drawing` draws these as SVG with a table beside them; widths are percentages, so that text keeps its
size on a narrow screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kernel.i18n import format_kwh

_STEPS = (1, 2, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True)
class TierSpan:
    """One tier of the year: [from_wh, until_wh), `until_wh` None for the last; shares of the whole bar in percent."""

    label: str
    price: str
    from_wh: int
    until_wh: int | None
    start: Decimal
    width: Decimal
    filled: Decimal
    used_wh: int
    current: bool


@dataclass(frozen=True)
class TierPicture:
    spans: tuple[TierSpan, ...]
    used_wh: int
    mark: Decimal
    left_wh: int | None


def tier_picture(used_wh: int, tiers: Sequence[tuple[str, str, int | None]]) -> TierPicture:
    """Lay out a tier year. `tiers` are (label, price in words, upper bound in Wh or None), lowest first.

    The open last tier is drawn as wide as a quarter of the closed ones, or as wide as the use reaches.
    """
    last_bound = max((bound for _, _, bound in tiers if bound is not None), default=0)
    whole = max(last_bound + last_bound // 4, used_wh + used_wh // 20, 1)
    spans: list[TierSpan] = []
    start = 0
    for label, price, bound in tiers:
        end = whole if bound is None else bound
        inside = min(max(used_wh - start, 0), end - start)
        current = start <= used_wh and (bound is None or used_wh < bound)
        spans.append(
            TierSpan(
                label,
                price,
                start,
                bound,
                _percent(start, whole),
                _percent(end - start, whole),
                _percent(inside, whole),
                inside,
                current,
            )
        )
        start = end
    left = next((span.until_wh - used_wh for span in spans if span.current and span.until_wh is not None), None)
    return TierPicture(tuple(spans), used_wh, _percent(used_wh, whole), left)


@dataclass(frozen=True)
class MonthBar:
    """`wh` None is a gap in the data: drawn as a gap and said. `named`: its value is written at the bar."""

    label: str
    short: str
    wh: int | None
    before_wh: int | None
    left: Decimal
    width: Decimal
    middle: Decimal
    height: Decimal
    before_height: Decimal
    kind: str
    named: bool
    text: str


@dataclass(frozen=True)
class MonthPicture:
    bars: tuple[MonthBar, ...]
    top_wh: int
    top_text: str
    half_text: str


def month_picture(months: Sequence[tuple[str, str, int | None, int | None]]) -> MonthPicture:
    """Lay out months' use. `months`: (label, short label, Wh or None, last year's Wh or None), oldest first.

    The last bar is this month; with thirteen months the first is the same month of last year, drawn pale.
    """
    values = [wh for _, _, wh, _ in months if wh is not None]
    top = _round_top(max([*values, *(before for *_, before in months if before is not None)], default=0))
    highest = max(values, default=None)
    pitch = Decimal(100) / max(len(months), 1)
    bars = []
    for index, (label, short, wh, before) in enumerate(months):
        last = index == len(months) - 1
        year_before = index == 0 and len(months) == 13
        named = wh is not None and (last or year_before or wh == highest)
        if named and not last and wh == highest:
            highest = None
        bars.append(
            MonthBar(
                label,
                short,
                wh,
                before,
                _round(pitch * index + pitch * Decimal("0.14")),
                _round(pitch * Decimal("0.72")),
                _round(pitch * index + pitch / 2),
                _percent(wh or 0, top),
                _percent(before or 0, top),
                "gap" if wh is None else "now" if last else "before" if year_before else "past",
                named,
                "" if wh is None else format_kwh(round(wh, -3)),
            )
        )
    return MonthPicture(tuple(bars), top, format_kwh(top), format_kwh(top // 2))


def _round_top(wh: int) -> int:
    """Return the axis' upper end: the next 1, 2, 3, 4, 5, 6, 8 or 10 times a power of ten kWh."""
    unit = 1000
    while unit * 10 < wh:
        unit *= 10
    return next(step * unit for step in _STEPS if step * unit >= wh)


def _percent(part: int, whole: int) -> Decimal:
    return _round(Decimal(part) * 100 / whole)


def _round(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))
