"""Readings against their meter, against each other in time, and against what is stored."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.journeys.importing.checks import Check

# Every reading with its meter as it will stand and with the stored reading of the same register and day.
_READINGS_THEN = """
    CREATE TEMP TABLE reading_then ON COMMIT DROP AS
    SELECT s.line, s.meter, s.register, s.read_on, s.value_wh, s.quality, m.installed_on, m.removed_on, m.digits,
        m.registers, g.id AS register_id, r.value_wh AS stored_wh, r.quality AS stored_quality
    FROM in_readings s JOIN meter_then m ON m.meter_number = s.meter
    LEFT JOIN (SELECT g.id, g.code, k.meter_number FROM register g JOIN meter k ON k.id = g.meter_id) g
        ON g.meter_number = s.meter AND g.code = s.register
    LEFT JOIN reading r ON r.register_id = g.id AND r.read_on = s.read_on AND r.read_on >= :first AND r.read_on <= :last
    WHERE NOT s.bad
"""


def match_readings(session: Session) -> None:
    """Make the table that the checks below ask and that storing reads."""
    span = session.execute(text("SELECT min(read_on), max(read_on) FROM in_readings")).one()
    session.execute(text(_READINGS_THEN), {"first": span[0], "last": span[1]})
    session.execute(text("ANALYZE reading_then"))


READINGS = (
    Check(
        "readings",
        "register",
        "unknown_register",
        "SELECT line, jsonb_build_object('text', register) FROM reading_then"
        " WHERE NOT register = ANY(string_to_array(registers, ' '))",
    ),
    Check(
        "readings",
        "read_on",
        "reading_before_installation",
        "SELECT line, jsonb_build_object('day', installed_on) FROM reading_then WHERE read_on < installed_on",
    ),
    Check(
        "readings",
        "read_on",
        "reading_after_removal",
        "SELECT line, jsonb_build_object('day', removed_on) FROM reading_then WHERE read_on > removed_on",
    ),
    Check(
        "readings",
        "value_kwh",
        "reading_too_large",
        "SELECT line, jsonb_build_object('digits', digits) FROM reading_then"
        " WHERE value_wh >= 1000 * 10::numeric ^ digits",
    ),
    Check(
        "readings",
        "value_kwh",
        "differs_from_stored",
        "SELECT line, NULL::jsonb FROM reading_then WHERE stored_wh <> value_wh OR stored_quality <> quality",
    ),
)

# A fall is a rollover when, counted round, it is at most half of what the register can show: as billing counts it.
_SERIES = """
    WITH series AS (
        SELECT t.line, t.meter, t.register, t.read_on, t.value_wh, t.digits FROM reading_then t
        JOIN in_readings s ON s.line = t.line AND NOT s.bad
        UNION ALL
        SELECT NULL, k.meter, k.register, r.read_on, r.value_wh, k.digits
        FROM (SELECT DISTINCT meter, register, register_id, digits FROM reading_then WHERE register_id IS NOT NULL) k
        JOIN reading r ON r.register_id = k.register_id
        WHERE NOT EXISTS (SELECT FROM reading_then t WHERE t.register_id = r.register_id AND t.read_on = r.read_on)
    ), steps AS (
        SELECT *, lag(value_wh) OVER w AS before_wh, lag(read_on) OVER w AS before_on, lag(line) OVER w AS before_line
        FROM series WINDOW w AS (PARTITION BY meter, register ORDER BY read_on)
    )
    SELECT COALESCE(line, before_line), jsonb_build_object('before', trim_scale(before_wh::numeric / 1000)::text,
        'day', before_on)
    FROM steps WHERE value_wh < before_wh AND COALESCE(line, before_line) IS NOT NULL
        AND value_wh + 1000 * 10::numeric ^ digits - before_wh > 500 * 10::numeric ^ digits
"""

BACKWARDS = (Check("readings", "value_kwh", "reading_backwards", _SERIES),)
