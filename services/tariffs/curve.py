"""A load curve file (`starts_at,wh`): every fault with its line, or the energy of each part and period of the day.

Each interval lies in one period of the tariff's clock, in the tariff's time zone; together the intervals cover the
billing period without a gap. The interval's length is what the file itself uses (5, 15, 30, 60 minutes, ...).
"""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from kernel.clock import local_midnight
from kernel.faults import Fault, RowError
from kernel.i18n import N_
from services.tariffs.parts import Part
from services.tariffs.tariff import DAY_MINUTES, Tariff
from services.tariffs.yaml_text import Sheet

HEADER = ["starts_at", "wh"]
LARGEST = 64 * 1024 * 1024
MOST_WH = 10**12
_MINUTE = timedelta(minutes=1)


class FaultyCurve(Fault):
    """`errors` names every fault of the file."""

    code = "faulty_curve"
    message = N_("The load curve file has faults.")

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__()
        self.errors = tuple(errors)


@dataclass(frozen=True)
class Interval:
    """`wh` used from `starts_at` (UTC) on; None where the number could not be read, which is a fault of its own."""

    line: int
    starts_at: datetime
    wh: int | None


def read_curve(path: Path, parts: Sequence[Part]) -> tuple[dict[str, int], ...]:
    """Return for each part the Wh of each period of the day; raises FaultyCurve with every fault of the file."""
    sheet = Sheet(str(path))
    text = _text(path, sheet)
    intervals = _intervals(text, sheet) if text is not None else []
    if text is not None and not intervals and not sheet.errors:
        sheet.fault(1, "", "empty", N_("The file has no rows."))
    sums = _sum_up(_in_order(intervals, parts, sheet), parts, sheet)
    if sheet.errors:
        raise FaultyCurve(sorted(sheet.errors, key=lambda error: error.line))
    return sums


def _text(path: Path, sheet: Sheet) -> str | None:
    try:
        with path.open("rb") as source:
            raw = source.read(LARGEST + 1)
    except OSError:
        sheet.fault(0, "", "no_file", N_("There is no file %(file)s that can be read."), file=str(path))
        return None
    if len(raw) > LARGEST:
        sheet.fault(0, "", "too_large", N_("The file is too large to be one load curve."))
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        sheet.fault(line, "", "bad_encoding", N_("The file is not written in UTF-8."))
        return None


def _intervals(text: str, sheet: Sheet) -> list[Interval]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: list[Interval] = []
    try:
        header = [name.strip() for name in next(rows, [])]
        if header != HEADER:
            sheet.fault(1, "", "bad_header", N_("The first line must be: %(header)s."), header=",".join(HEADER))
            return []
        for row in rows:
            interval = _interval(row, rows.line_num, sheet) if row else None
            if interval is not None:
                found.append(interval)
    except csv.Error:
        sheet.fault(rows.line_num, "", "bad_csv", N_("This line is not readable as CSV."))
    return found


def _interval(row: list[str], line: int, sheet: Sheet) -> Interval | None:
    if len(row) != len(HEADER):
        message = N_("A row has %(count)s columns.")
        sheet.fault(line, "", "wrong_columns", message, count=len(HEADER))
        return None
    starts_at, wh = _instant(row[0].strip(), line, sheet), _energy(row[1].strip(), line, sheet)
    return Interval(line, starts_at, wh) if starts_at is not None else None


def _instant(text: str, line: int, sheet: Sheet) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        aware = None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        message = N_("A time is written like 2026-07-01T00:15:00+08:00.")
        sheet.fault(line, "starts_at", "bad_time", message)
        return None
    if aware is None:
        sheet.fault(line, "starts_at", "no_offset", N_("The time has no offset from UTC, like +08:00."))
    elif aware.second or aware.microsecond:
        sheet.fault(line, "starts_at", "bad_time", N_("An interval begins on a whole minute."))
        return None
    return aware


def _energy(text: str, line: int, sheet: Sheet) -> int | None:
    if text.startswith("-") and text[1:].isascii() and text[1:].isdecimal():
        sheet.fault(line, "wh", "negative", N_("An interval cannot use less than nothing."))
    elif not (text.isascii() and text.isdecimal()):
        sheet.fault(line, "wh", "bad_number", N_("Energy is a whole number of Wh."))
    elif len(text) > 15 or int(text) > MOST_WH:
        sheet.fault(line, "wh", "too_much", N_("No interval holds that much energy."))
    else:
        return int(text)
    return None


def _in_order(intervals: list[Interval], parts: Sequence[Part], sheet: Sheet) -> list[Interval]:
    """Return the intervals inside the billing period by time; what is outside it or comes twice is a fault."""
    starts, ends = _edges(parts)[0], _edges(parts)[-1]
    seen: dict[datetime, int] = {}
    for interval in intervals:
        if not starts <= interval.starts_at < ends:
            sheet.fault(interval.line, "starts_at", "outside", N_("This time is outside the billing period."))
        elif interval.starts_at in seen:
            message = N_("This time stands in line %(other)s already.")
            sheet.fault(interval.line, "starts_at", "duplicate", message, other=seen[interval.starts_at])
        else:
            seen[interval.starts_at] = interval.line
    kept = set(seen.values())
    return sorted((i for i in intervals if i.line in kept), key=lambda interval: interval.starts_at)


def _edges(parts: Sequence[Part]) -> list[datetime]:
    """Return the instants at which the parts begin, and the one at which the last ends."""
    days = [part.period.starts_on for part in parts] + [parts[-1].period.ends_on]
    return [local_midnight(day, parts[0].tariff.zone) for day in days]


def _sum_up(intervals: list[Interval], parts: Sequence[Part], sheet: Sheet) -> tuple[dict[str, int], ...]:
    sums: tuple[dict[str, int], ...] = tuple(dict.fromkeys(part.tariff.period_codes, 0) for part in parts)
    if not intervals:
        return sums
    edges = _edges(parts)
    step = _step(intervals, edges[-1])
    _find_gaps(intervals, step, edges, sheet)
    clocks = [_Clock(part.tariff) for part in parts]
    index = 0
    for interval in intervals:
        while interval.starts_at >= edges[index + 1]:
            index += 1
        period = clocks[index].period_of(interval.starts_at, step)
        if period is None or interval.starts_at + step > edges[index + 1]:
            message = N_("This interval passes from one price into another; use shorter intervals.")
            sheet.fault(interval.line, "starts_at", "straddles", message)
        else:
            sums[index][period] += interval.wh or 0
    return sums


def _step(intervals: list[Interval], end: datetime) -> timedelta:
    """Return the length that most intervals have; a file of one row has one interval up to the end."""
    lengths = Counter(after.starts_at - before.starts_at for before, after in pairwise(intervals))
    return max(lengths, key=lambda length: (lengths[length], -length)) if lengths else end - intervals[0].starts_at


def _find_gaps(intervals: list[Interval], step: timedelta, edges: list[datetime], sheet: Sheet) -> None:
    """Note where an interval is missing before a row (after the last row: in the last row's line), or overlaps."""
    due = edges[0]
    for interval in intervals:
        if interval.starts_at > due:
            _gap(interval.line, due, interval.starts_at, sheet)
        elif interval.starts_at < due:
            message = N_("This interval begins before the one before it has ended.")
            sheet.fault(interval.line, "starts_at", "overlap", message)
        due = interval.starts_at + step
    if due < edges[-1]:
        _gap(intervals[-1].line, due, edges[-1], sheet)


def _gap(line: int, since: datetime, until: datetime, sheet: Sheet) -> None:
    message = N_("Nothing covers the time from %(since)s to %(until)s.")
    sheet.fault(line, "starts_at", "gap", message, since=since.isoformat(), until=until.isoformat())


class _Clock:
    """Which period a moment belongs to, and for how many minutes it lasts."""

    def __init__(self, tariff: Tariff) -> None:
        self._zone = ZoneInfo(tariff.zone)
        self._codes = tariff.period_codes
        self._minutes = tariff.period_of_minute
        self._lasts = [0] * DAY_MINUTES
        for minute in range(2 * DAY_MINUTES - 1, -1, -1):
            here, after = minute % DAY_MINUTES, (minute + 1) % DAY_MINUTES
            same = self._minutes[here] == self._minutes[after]
            self._lasts[here] = self._lasts[after] + 1 if same else 1

    def period_of(self, starts_at: datetime, step: timedelta) -> str | None:
        """Return the code of the period that holds the whole interval, None when no one period does."""
        local = starts_at.astimezone(self._zone)
        minute = local.hour * 60 + local.minute
        if len(self._codes) > 1 and step > self._lasts[minute] * _MINUTE:
            return None
        return self._codes[self._minutes[minute]]
