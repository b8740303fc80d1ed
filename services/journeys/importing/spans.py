"""Agreements and meters over time: never two of a kind at one service point on one day, each within what holds it."""

from collections.abc import Collection, Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.journeys.importing.checks import Check

# What will stand once the folder is stored: staged rows, and the stored ones that they may meet.
_AGREEMENTS_THEN = """
    CREATE TEMP TABLE agreement_then ON COMMIT DROP AS
    SELECT line, agreement_number, account, service_point, starts_on, ends_on, continues
    FROM in_agreements WHERE NOT bad
    UNION ALL
    SELECT NULL, g.agreement_number, a.account_number, p.service_point_number, lower(g.during), upper(g.during),
        c.agreement_number
    FROM agreement g JOIN account a ON a.id = g.account_id JOIN service_point p ON p.id = g.service_point_id
    LEFT JOIN agreement c ON c.id = g.continues_id
    WHERE NOT EXISTS (SELECT FROM in_agreements s WHERE s.agreement_number = g.agreement_number)
        AND (EXISTS (SELECT FROM in_agreements s WHERE s.service_point = p.service_point_number)
            OR EXISTS (SELECT FROM in_agreements s WHERE s.continues IN (g.agreement_number, c.agreement_number)))
"""

_ACCOUNTS_THEN = """
    CREATE TEMP TABLE account_then ON COMMIT DROP AS
    SELECT account_number, opened_on, closed_on FROM in_accounts WHERE NOT bad
    UNION ALL
    SELECT a.account_number, a.opened_on, a.closed_on FROM account a
    WHERE NOT EXISTS (SELECT FROM in_accounts s WHERE s.account_number = a.account_number)
        AND (EXISTS (SELECT FROM in_agreements s WHERE s.account = a.account_number)
            OR EXISTS (SELECT FROM in_opening_balances s WHERE s.account = a.account_number))
"""

_METERS_THEN = """
    CREATE TEMP TABLE meter_then ON COMMIT DROP AS
    SELECT line, meter_number, service_point, installed_on, removed_on, registers, digits FROM in_meters WHERE NOT bad
    UNION ALL
    SELECT NULL, m.meter_number, p.service_point_number, m.installed_on, m.removed_on,
        (SELECT string_agg(r.code, ' ') FROM register r WHERE r.meter_id = m.id),
        (SELECT min(r.digits) FROM register r WHERE r.meter_id = m.id)
    FROM meter m JOIN service_point p ON p.id = m.service_point_id
    WHERE NOT EXISTS (SELECT FROM in_meters s WHERE s.meter_number = m.meter_number)
        AND (EXISTS (SELECT FROM in_meters s WHERE s.service_point = p.service_point_number)
            OR EXISTS (SELECT FROM in_readings s WHERE s.meter = m.meter_number))
"""


# A column that the header leaves out keeps what is stored, in the checks too.
_KEPT = {
    ("accounts", "closed_on"): "closed_on = t.closed_on FROM account t WHERE t.account_number = s.account_number",
    ("agreements", "ends_on"): (
        "ends_on = upper(t.during) FROM agreement t WHERE t.agreement_number = s.agreement_number"
    ),
    ("meters", "removed_on"): "removed_on = t.removed_on FROM meter t WHERE t.meter_number = s.meter_number",
    ("meters", "registers"): (
        "registers = (SELECT string_agg(r.code, ' ') FROM register r WHERE r.meter_id = t.id)"
        " FROM meter t WHERE t.meter_number = s.meter_number"
    ),
    ("meters", "digits"): (
        "digits = (SELECT min(r.digits) FROM register r WHERE r.meter_id = t.id)"
        " FROM meter t WHERE t.meter_number = s.meter_number"
    ),
}


def keep_stored(session: Session, present: Mapping[str, Collection[str]]) -> None:
    """Fill in what is stored where a header leaves a column out that the checks look at."""
    for (file, column), change in _KEPT.items():
        if file in present and column not in present[file]:
            session.execute(text(f"UPDATE in_{file} s SET {change}"))


def look_ahead(session: Session) -> None:
    """Make the tables of what will stand; asked of by the checks below and by those of readings."""
    for statement, table in (
        (_AGREEMENTS_THEN, "agreement_then"),
        (_ACCOUNTS_THEN, "account_then"),
        (_METERS_THEN, "meter_then"),
    ):
        session.execute(text(statement))
        session.execute(text(f"ANALYZE {table}"))


def _overlap(file: str, code: str, table: str, number: str, start: str, end: str) -> Check:
    return Check(
        file,
        start,
        code,
        "SELECT GREATEST(x.line, y.line), jsonb_build_object('other', min(CASE WHEN x.line >= COALESCE(y.line, 0)"
        f" THEN y.{number} ELSE x.{number} END))"
        f" FROM {table} x JOIN {table} y ON y.service_point = x.service_point AND y.{number} > x.{number}"
        f" AND daterange(x.{start}, x.{end}) && daterange(y.{start}, y.{end})"
        " WHERE x.line IS NOT NULL OR y.line IS NOT NULL GROUP BY 1",
    )


SPANS = (
    _overlap("agreements", "overlapping_agreements", "agreement_then", "agreement_number", "starts_on", "ends_on"),
    _overlap("meters", "overlapping_meters", "meter_then", "meter_number", "installed_on", "removed_on"),
    Check(
        "agreements",
        "account",
        "agreement_outside_account",
        """
            SELECT g.line, jsonb_build_object('opened_on', a.opened_on, 'closed_on', COALESCE(a.closed_on::text, '…'))
            FROM agreement_then g JOIN account_then a ON a.account_number = g.account
            WHERE g.line IS NOT NULL AND (g.starts_on < a.opened_on
                OR (a.closed_on IS NOT NULL AND (g.ends_on IS NULL OR g.ends_on > a.closed_on)))
        """,
    ),
    Check(
        "agreements",
        "continues",
        "continues_not_ended",
        """
            SELECT g.line, jsonb_build_object('other', g.continues) FROM agreement_then g
            JOIN agreement_then c ON c.agreement_number = g.continues
            WHERE g.line IS NOT NULL AND (c.ends_on IS NULL OR c.ends_on > g.starts_on)
        """,
    ),
    Check(
        "agreements",
        "continues",
        "continued_twice",
        """
            SELECT line, jsonb_build_object('other', continues) FROM (
                SELECT line, continues, row_number() OVER (PARTITION BY continues ORDER BY line NULLS FIRST) AS place
                FROM agreement_then WHERE continues IS NOT NULL) x
            WHERE place > 1 AND line IS NOT NULL
        """,
    ),
    Check(
        "opening_balances",
        "account",
        "account_closed",
        """
            SELECT s.line, jsonb_build_object('day', a.closed_on) FROM in_opening_balances s
            JOIN account_then a ON a.account_number = s.account
            WHERE NOT s.bad AND a.closed_on IS NOT NULL AND NOT EXISTS (
                SELECT FROM receivable r WHERE r.reference = s.reference)
        """,
    ),
)
