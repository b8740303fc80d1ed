"""Instants are aware UTC, dates are the utility's local dates. Doors read the clock here; rooms are passed `now`."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def utc_now() -> datetime:
    return datetime.now(UTC)


def local_date(instant: datetime, zone: str) -> date:
    """Return the calendar date of an aware instant in the utility's time zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def local_midnight(day: date, zone: str) -> datetime:
    """Return the UTC instant at which the local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
