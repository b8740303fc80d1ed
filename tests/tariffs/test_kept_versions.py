"""The files that bills were computed with stay readable, word for word."""

from datetime import UTC, date, datetime

from sqlalchemy import text

from kernel.db import Database
from kernel.periods import Period
from services.tariffs.operations import keep_versions
from services.tariffs.queries import read_kept
from services.tariffs.rating import rate_one
from tests.tariffs.tariffs import FLAT, tariff

NOW = datetime(2026, 7, 1, tzinfo=UTC)
LATER = datetime(2026, 8, 1, tzinfo=UTC)


def test_a_version_is_kept_once_and_rates_as_it_did(db: Database) -> None:
    version = tariff(FLAT)
    with db.transaction() as session:
        keep_versions(session, [version, version], NOW)
    with db.transaction() as session:
        keep_versions(session, [version], LATER)
        keep_versions(session, [], LATER)
    with db.read() as reader:
        kept = read_kept(reader, version.sha256)
        assert reader.execute(text("SELECT first_used_at FROM tariff_version")).scalars().all() == [NOW]
        assert read_kept(reader, "no such hash") is None
    assert kept == version
    period = Period(date(2026, 7, 1), date(2026, 8, 1))
    assert rate_one((kept,), period, {"total": 123_456}) == rate_one((version,), period, {"total": 123_456})
