"""From temporary tables to the rooms' own: what is new is inserted, master data that changed is updated, all counted.

It runs only when no check found anything, so every name can be looked up and every row is sound.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.partitions import ensure_months
from kernel.periods import add_months
from services.journeys.importing.masters import MASTERS, note_changed_emails, store_master
from services.journeys.importing.staging import Staged
from services.ledger.operations import (
    Deposit,
    OpeningBalance,
    open_accounts,
    post_deposits,
    post_opening_balances,
)


@dataclass(frozen=True)
class Counted:
    """Rows of one file that are new, that changed something stored, that were there already just so."""

    imported: int
    changed: int
    unchanged: int


@dataclass(frozen=True)
class Stamp:
    """What new rows carry: the instant they were taken in, its local day, the utility's currency."""

    now: datetime
    value_on: date
    currency: str


def store(session: Session, staged: Staged, stamp: Stamp, tell: Callable[[str], None]) -> dict[str, Counted]:
    """Write everything; returns what happened to the rows of each file."""
    note_changed_emails(session)
    counted: dict[str, Counted] = {}
    for master in MASTERS:
        tell(master.file)
        present = staged.present.get(master.file, frozenset())
        new, changed = store_master(session, master, present, stamp.now)
        counted[master.file] = _counted(staged, master.file, new, changed)
        for statement in _AFTER.get(master.file, ()):
            session.execute(text(statement))
    open_accounts(session, currency=stamp.currency, channels=("card",))
    for name, write in _FACTS.items():
        tell(name)
        counted[name] = _counted(staged, name, write(session, stamp), 0)
    return counted


def _counted(staged: Staged, name: str, new: int, changed: int) -> Counted:
    return Counted(new, changed, staged.rows.get(name, 0) - new - changed)


# What follows from a file's rows in other columns and tables.
_AFTER = {
    "service_points": (
        """
            UPDATE service_point t SET station_id = p.station_id FROM premises p, in_premises s
            WHERE p.id = t.premises_id AND s.premises_number = p.premises_number AND t.station_id <> p.station_id
        """,
    ),
    "agreements": (
        """
            UPDATE agreement g SET continues_id = c.id FROM in_agreements s
            JOIN agreement c ON c.agreement_number = s.continues
            WHERE g.agreement_number = s.agreement_number AND g.continues_id IS NULL
        """,
        # A move or a change of tariff that names no agreement to carry on: the one of the account that ended within the
        # year by this one's start, at the same service point if there are several; each is carried on once.
        """
            WITH candidate AS (
                SELECT g.id, lower(g.during) AS starts_on, c.id AS before_id,
                    c.service_point_id = g.service_point_id AS same,
                    count(*) OVER (PARTITION BY g.id) AS all_of_them,
                    count(*) FILTER (WHERE c.service_point_id = g.service_point_id) OVER (PARTITION BY g.id) AS here
                FROM in_agreements s JOIN agreement g ON g.agreement_number = s.agreement_number
                JOIN agreement c ON c.account_id = g.account_id AND c.id <> g.id AND upper(c.during) <= lower(g.during)
                    AND extract(year FROM upper(c.during)) = extract(year FROM lower(g.during))
                WHERE s.continues IS NULL AND g.continues_id IS NULL
                    AND NOT EXISTS (SELECT FROM bill_index b WHERE b.agreement_id = g.id)
                    AND NOT EXISTS (SELECT FROM agreement n WHERE n.continues_id = c.id)
            ), chosen AS (
                SELECT DISTINCT ON (before_id) id, before_id FROM candidate
                WHERE (same AND here = 1) OR (here = 0 AND all_of_them = 1)
                ORDER BY before_id, same DESC, starts_on, id
            )
            UPDATE agreement g SET continues_id = c.before_id FROM chosen c WHERE g.id = c.id
        """,
    ),
    "meters": (
        """
            INSERT INTO register (meter_id, code, digits)
            SELECT m.id, r.code, s.digits FROM in_meters s JOIN meter m ON m.meter_number = s.meter_number
            CROSS JOIN LATERAL unnest(string_to_array(s.registers, ' ')) WITH ORDINALITY r(code, place)
            WHERE NOT EXISTS (SELECT FROM register g WHERE g.meter_id = m.id)
            ORDER BY s.line, r.place
        """,
        "ANALYZE register",
    ),
}


def _rows(session: Session, statement: str, **params: object) -> int:
    return int(getattr(session.execute(text(statement), params), "rowcount", 0))


def _store_readings(session: Session, stamp: Stamp) -> int:
    months = session.scalars(text("SELECT DISTINCT date_trunc('month', read_on)::date FROM in_readings ORDER BY 1"))
    for month in months.all():
        ensure_months(session, "reading", month, add_months(month, 1))
    return _rows(
        session,
        """
            INSERT INTO reading (register_id, read_on, value_wh, quality, received_at)
            SELECT g.id, t.read_on, t.value_wh, t.quality, :now
            FROM reading_then t JOIN meter m ON m.meter_number = t.meter
            JOIN register g ON g.meter_id = m.id AND g.code = t.register
            WHERE t.stored_wh IS NULL
        """,
        now=stamp.now,
    )


def _store_opening_balances(session: Session, stamp: Stamp) -> int:
    rows = session.execute(
        text("""
            SELECT a.id, s.amount_minor, s.due_on, s.reference FROM in_opening_balances s
            JOIN account a ON a.account_number = s.account ORDER BY s.line
        """)
    ).all()
    balances = (OpeningBalance(*row) for row in rows)
    return post_opening_balances(session, balances, currency=stamp.currency, value_on=stamp.value_on, now=stamp.now)


def _store_deposits(session: Session, stamp: Stamp) -> int:
    rows = session.execute(
        text("""
            SELECT a.id, s.amount_minor, s.reference FROM in_deposits s JOIN account a ON a.account_number = s.account
            ORDER BY s.line
        """)
    ).all()
    deposits = (Deposit(*row) for row in rows)
    return post_deposits(session, deposits, currency=stamp.currency, value_on=stamp.value_on, now=stamp.now)


def _store_tier_use(session: Session, stamp: Stamp) -> int:
    return _rows(
        session,
        """
            INSERT INTO opening_tier_use (agreement_id, year, until_on, used_wh)
            SELECT g.id, s.year, s.until_on, s.used_wh FROM in_tier_use s
            JOIN agreement g ON g.agreement_number = s.agreement ON CONFLICT (agreement_id, year) DO NOTHING
        """,
    )


def _store_consents(session: Session, stamp: Stamp) -> int:
    return _rows(
        session,
        """
            INSERT INTO consent (contact_hash, category, channel, granted, source, at)
            SELECT s.contact_hash, s.category, s.channel, s.granted, s.source, s.recorded_at FROM in_consents s
            WHERE NOT EXISTS (SELECT FROM consent c WHERE c.contact_hash = s.contact_hash AND c.category = s.category
                AND c.channel = s.channel AND c.at = s.recorded_at)
            ORDER BY s.recorded_at, s.line
        """,
    )


_FACTS: dict[str, Callable[[Session, Stamp], int]] = {
    "readings": _store_readings,
    "opening_balances": _store_opening_balances,
    "deposits": _store_deposits,
    "tier_use": _store_tier_use,
    "consents": _store_consents,
}
