"""Gather what a chunk of agreements used, set-based: which period each bill covers and what its registers moved.

A bill goes from where the last one ended (or the first reading of the agreement) to the newest reading of the cycle.
What cannot be billed is held with its reason, never guessed.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

LOOK_BACK = timedelta(days=62)


@dataclass(frozen=True)
class Held:
    """An agreement that gets no bill in this cycle, and why: no_reading, no_opening, missing_reading, backwards,
    wrong_registers, no_tariff."""

    agreement_number: str
    reason: str


@dataclass(frozen=True)
class Segment:
    """One register of one meter over one span; see ReadingUsed. `quantity_wh` includes the multiplier."""

    meter_number: str
    register: str
    opening_on: date
    opening_wh: int
    closing_on: date
    closing_wh: int
    multiplier: int
    rolled_over: bool
    quantity_wh: int
    quality: str


@dataclass
class Use:
    """What one agreement used from starts_on to ends_on; quantities by register code."""

    agreement_id: int
    agreement_number: str
    account_id: int
    station_id: int
    currency: str
    due_days: int
    tariff_code: str
    starts_on: date
    ends_on: date
    segments: list[Segment] = field(default_factory=list)

    @property
    def quantities(self) -> dict[str, int]:
        totals: dict[str, int] = defaultdict(int)
        for segment in self.segments:
            totals[segment.register] += segment.quantity_wh
        return dict(totals)


_DUE = text("""
    CREATE TEMP TABLE due ON COMMIT DROP AS
    SELECT g.id AS agreement_id, g.agreement_number, g.account_id, g.service_point_id, g.tariff_code,
        a.station_id, a.currency, a.due_days, lower(g.during) AS first_on, upper(g.during) AS last_on,
        (SELECT i.ends_on FROM bill_index i WHERE i.agreement_id = g.id AND i.cycle_on < :cycle_on
            ORDER BY i.cycle_on DESC LIMIT 1) AS billed_until
    FROM agreement g JOIN account a ON a.id = g.account_id
    LEFT JOIN agreement before ON before.id = g.continues_id
    WHERE g.id > :after AND lower(g.during) < :until
        AND (:all OR before.id IS NULL OR upper(before.during) <= :cycle_on OR EXISTS (
            SELECT FROM bill_index i WHERE i.agreement_id = before.id AND i.ends_on >= upper(before.during)))
        AND (CAST(:station AS bigint) IS NULL OR a.station_id = :station)
        AND NOT EXISTS (SELECT FROM bill_index i WHERE i.agreement_id = g.id AND i.cycle_on >= :cycle_on)
        AND (upper(g.during) IS NULL OR upper(g.during) > :cycle_on OR upper(g.during) > (
            SELECT max(i.ends_on) FROM bill_index i WHERE i.agreement_id = g.id))
    ORDER BY g.id LIMIT :n
""")

_SPANS = text("""
    CREATE TEMP TABLE span ON COMMIT DROP AS
    SELECT d.agreement_id, d.service_point_id,
        COALESCE(d.billed_until, max(r.read_on) FILTER (WHERE r.read_on <= :cycle_on), min(r.read_on)) AS starts_on,
        max(r.read_on) FILTER (WHERE r.read_on > :cycle_on OR r.read_on = d.last_on) AS ends_on
    FROM due d
    JOIN meter m ON m.service_point_id = d.service_point_id AND m.installed_on < :until
        AND (m.removed_on IS NULL OR m.removed_on > d.first_on)
    JOIN register g ON g.meter_id = m.id
    JOIN reading r ON r.register_id = g.id AND r.read_on >= :back AND r.read_on <= :until
        AND r.read_on >= d.first_on AND (d.last_on IS NULL OR r.read_on <= d.last_on)
    GROUP BY d.agreement_id, d.service_point_id, d.billed_until
""")

_SEGMENTS = text("""
    SELECT s.agreement_id, m.meter_number, g.code AS register, g.digits, m.multiplier, x.opening_on, x.closing_on,
        o.value_wh AS opening_wh, c.value_wh AS closing_wh, o.quality AS opening_quality, c.quality AS closing_quality
    FROM span s
    JOIN meter m ON m.service_point_id = s.service_point_id AND m.installed_on < s.ends_on
        AND (m.removed_on IS NULL OR m.removed_on > s.starts_on)
    JOIN register g ON g.meter_id = m.id
    CROSS JOIN LATERAL (SELECT GREATEST(s.starts_on, m.installed_on) AS opening_on,
        LEAST(s.ends_on, m.removed_on) AS closing_on) x
    LEFT JOIN reading o ON o.register_id = g.id AND o.read_on = x.opening_on AND o.read_on >= :back
        AND o.read_on <= :until
    LEFT JOIN reading c ON c.register_id = g.id AND c.read_on = x.closing_on AND c.read_on >= :back
        AND c.read_on <= :until
    WHERE s.ends_on > s.starts_on
    ORDER BY s.agreement_id, x.opening_on, m.meter_number, g.code
""")

_WAITING = text("""
    SELECT EXISTS (
        SELECT FROM agreement g JOIN account a ON a.id = g.account_id
        JOIN agreement before ON before.id = g.continues_id
        WHERE lower(g.during) < :until AND upper(before.during) > :cycle_on
            AND (CAST(:station AS bigint) IS NULL OR a.station_id = :station)
            AND NOT EXISTS (SELECT FROM bill_index i WHERE i.agreement_id = g.id AND i.cycle_on >= :cycle_on))
""")


def anyone_waits(session: Session, *, cycle_on: date, until: date, station_id: int | None) -> bool:
    """Say whether an unbilled agreement carries on one that ended within this cycle."""
    return bool(session.scalar(_WAITING, {"cycle_on": cycle_on, "until": until, "station": station_id}))


_DUE_ROWS = text("""
    SELECT d.*, s.starts_on, s.ends_on FROM due d LEFT JOIN span s USING (agreement_id) ORDER BY d.agreement_id
""")


@dataclass(frozen=True)
class Collected:
    """A chunk: what can be billed, what is held, and the last agreement id looked at (None when none was left)."""

    uses: tuple[Use, ...]
    held: tuple[Held, ...]
    last_id: int | None


def collect(
    session: Session,
    *,
    cycle_on: date,
    until: date,
    station_id: int | None,
    after_id: int,
    limit: int,
    everyone: bool = False,
) -> Collected:
    """Gather up to `limit` unbilled agreements with ids above `after_id` for the cycle [cycle_on, until).

    An agreement that carries on another's tier use waits until that one's last bill stands, unless `everyone`.
    """
    session.execute(text("DROP TABLE IF EXISTS due, span"))
    session.execute(
        _DUE,
        {"cycle_on": cycle_on, "until": until, "station": station_id, "after": after_id, "n": limit, "all": everyone},
    )
    session.execute(text("ANALYZE due"))
    oldest = session.scalar(text("SELECT min(billed_until) FROM due"))
    back = min(cycle_on - LOOK_BACK, oldest or cycle_on)
    session.execute(_SPANS, {"cycle_on": cycle_on, "until": until, "back": back})
    session.execute(text("ANALYZE span"))
    due = session.execute(_DUE_ROWS).all()
    segments: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(_SEGMENTS, {"back": back, "until": until}):
        segments[row.agreement_id].append(row)
    uses: list[Use] = []
    held: list[Held] = []
    for row in due:
        outcome = _use(row, segments.get(row.agreement_id, ()))
        if isinstance(outcome, Use):
            uses.append(outcome)
        else:
            held.append(Held(row.agreement_number, outcome))
    return Collected(tuple(uses), tuple(held), due[-1].agreement_id if due else None)


def _use(row: Any, segments: Iterable[Any]) -> Use | str:
    if row.ends_on is None:
        return "no_reading"
    if row.starts_on is None or row.starts_on >= row.ends_on:
        return "no_opening"
    use = Use(
        row.agreement_id,
        row.agreement_number,
        row.account_id,
        row.station_id,
        row.currency,
        row.due_days,
        row.tariff_code,
        row.starts_on,
        row.ends_on,
    )
    for segment in segments:
        if segment.opening_wh is None or segment.closing_wh is None:
            return "missing_reading"
        moved = moved_wh(segment.opening_wh, segment.closing_wh, segment.digits)
        if moved is None:
            return "backwards"
        use.segments.append(
            Segment(
                segment.meter_number,
                segment.register,
                segment.opening_on,
                segment.opening_wh,
                segment.closing_on,
                segment.closing_wh,
                segment.multiplier,
                segment.closing_wh < segment.opening_wh,
                moved * segment.multiplier,
                "estimated" if "estimated" in (segment.opening_quality, segment.closing_quality) else "actual",
            )
        )
    return use if use.segments else "missing_reading"


def moved_wh(opening_wh: int, closing_wh: int, digits: int) -> int | None:
    """Return what a register moved, in Wh; a register that passed 10**digits kWh began again at zero.

    A fall that a rollover would turn into more than half the register's range is a wrong reading: None.
    """
    if closing_wh >= opening_wh:
        return closing_wh - opening_wh
    full = 10**digits * 1000
    moved = closing_wh + full - opening_wh
    return moved if 0 <= moved <= full // 2 else None
