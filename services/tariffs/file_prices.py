"""The parts of a tariff file that make the price: tiers, periods of the day, rates."""

import re

import yaml

from kernel.energy import BadEnergy, parse_kwh
from kernel.i18n import N_
from services.tariffs.file_fields import Fields
from services.tariffs.rules import MAX_WH
from services.tariffs.tariff import DAY_MINUTES, PERIOD_CODES, WHOLE_DAY, DayPeriod
from services.tariffs.yaml_text import Mapping, line_of, mapping, sequence

_SPAN = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
_RATE = re.compile(r"\d{1,4}(\.\d{1,8})?")
_MOST_TIERS = 12


def read_bounds(fields: Fields) -> tuple[int, ...] | None:
    """Read `tiers_kwh`, the upper ends of all tiers but the last, rising; an empty list is a tariff of one tier."""
    node = fields.node("tiers_kwh")
    items = sequence(node, "tiers_kwh", fields.sheet) if node is not None else None
    if items is None:
        return None
    bounds: list[int] = []
    for line, text in items:
        bound = _bound(fields, line, text)
        if bound is not None and bounds and bound <= bounds[-1]:
            fields.sheet.fault(line, "tiers_kwh", "not_rising", N_("Each tier must end above the one before it."))
        if bound is not None:
            bounds.append(bound)
    if len(bounds) >= _MOST_TIERS:
        fields.at("tiers_kwh", "too_many", N_("A tariff has at most %(most)s tiers."), most=_MOST_TIERS)
    return tuple(bounds) if len(bounds) == len(items) else None


def _bound(fields: Fields, line: int, text: str) -> int | None:
    try:
        bound = parse_kwh(text)
    except BadEnergy as error:
        fields.sheet.fault(line, "tiers_kwh", error.code, error.message, **error.params)
        return None
    if not 0 < bound <= MAX_WH:
        fields.sheet.fault(line, "tiers_kwh", "bad_bound", N_("A tier must end above 0 kWh."))
        return None
    return bound


def read_periods(fields: Fields) -> tuple[DayPeriod, ...] | None:
    """Read `periods`; together they must cover each minute of the day exactly once."""
    node = fields.node("periods")
    inside = mapping(node, "periods", fields.sheet) if node is not None else None
    if inside is None:
        return None
    fields.refuse_unknown(PERIOD_CODES, inside)
    if not inside.values:
        fields.at("periods", "missing", N_("At least one period is needed, like total: [00:00-24:00]."))
    if WHOLE_DAY in inside.values and len(inside.values) > 1:
        fields.at(WHOLE_DAY, "bad_period", N_("The period total is the whole day and stands alone."), inside)
    covered: list[str | None] = [None] * DAY_MINUTES
    periods = tuple(DayPeriod(code, _spans(fields, inside, code, covered)) for code in inside.values)
    if None in covered and all(period.spans for period in periods):
        fields.at(
            "periods",
            "gap",
            N_("The periods must cover the whole day; nothing covers %(clock)s."),
            clock=_clock(covered.index(None)),
        )
    return periods


def _spans(fields: Fields, inside: Mapping, code: str, covered: list[str | None]) -> tuple[tuple[int, int], ...]:
    items = sequence(inside.values[code], inside.path(code), fields.sheet)
    if items == []:
        fields.at(code, "missing", N_("This field has no value."), inside)
    found: list[tuple[int, int]] = []
    for line, text in items or ():
        span = _span(text)
        if span is None:
            message = N_("Hours are written from-to, like 08:00-22:00.")
            fields.sheet.fault(line, inside.path(code), "bad_span", message)
            continue
        for start, end in _within_the_day(*span):
            taken = next((minute for minute in range(start, end) if covered[minute] is not None), None)
            if taken is not None:
                message = N_("%(clock)s belongs to %(other)s already.")
                fields.sheet.fault(
                    line, inside.path(code), "overlap", message, clock=_clock(taken), other=covered[taken]
                )
            covered[start:end] = [code] * (end - start)
            found.append((start, end))
    return tuple(sorted(found))


def _span(text: str) -> tuple[int, int] | None:
    match = _SPAN.fullmatch(text)
    if match is None:
        return None
    hour, minute, until_hour, until_minute = (int(part) for part in match.groups())
    start, end = hour * 60 + minute, until_hour * 60 + until_minute
    if minute > 59 or until_minute > 59 or start >= DAY_MINUTES or end > DAY_MINUTES or start == end:
        return None
    return start, end


def _within_the_day(start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Cut a span that passes midnight into its two parts."""
    if start < end:
        return ((start, end),)
    return ((start, DAY_MINUTES), (0, end)) if end else ((start, DAY_MINUTES),)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def read_rates(
    fields: Fields, periods: tuple[DayPeriod, ...] | None, tiers: int | None
) -> tuple[tuple[str, ...], ...] | None:
    """Read `rates`: for every period one price a kWh for each tier. Returns them as [tier][period]."""
    node = fields.node("rates")
    inside = mapping(node, "rates", fields.sheet) if node is not None else None
    if inside is None or periods is None:
        return None
    codes = tuple(period.code for period in periods)
    fields.refuse_unknown(codes, inside)
    columns = [_prices(fields, inside, code, tiers) for code in codes]
    if tiers is None or any(len(column) != tiers for column in columns):
        return None
    return tuple(zip(*columns, strict=True))


def _prices(fields: Fields, inside: Mapping, code: str, tiers: int | None) -> list[str]:
    node: yaml.Node | None = fields.node(code, inside)
    items = sequence(node, inside.path(code), fields.sheet) if node is not None else None
    if items is None or node is None:
        return []
    for line, text in items:
        if not _RATE.fullmatch(text):
            message = N_("A price a kWh is a decimal number like 0.4883.")
            fields.sheet.fault(line, inside.path(code), "bad_rate", message)
    if tiers is not None and len(items) != tiers:
        message = N_("There are %(tiers)s tiers, so %(tiers)s prices are needed; here are %(prices)s.")
        fields.sheet.fault(line_of(node), inside.path(code), "wrong_count", message, tiers=tiers, prices=len(items))
    return [text for _, text in items]
