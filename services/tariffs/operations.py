"""Keeping the tariff files that bills were computed with."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.tariffs.models import TariffVersion
from services.tariffs.tariff import Tariff


def keep_versions(session: Session, tariffs: Iterable[Tariff], now: datetime) -> None:
    """Store each version's file word for word; one that is kept already stays as it is."""
    rows = [
        {
            "sha256": tariff.sha256,
            "code": tariff.code,
            "document_number": tariff.document_number,
            "valid_from": tariff.valid_from,
            "body": tariff.body,
            "first_used_at": now,
        }
        for tariff in {tariff.sha256: tariff for tariff in tariffs}.values()
    ]
    if rows:
        session.execute(insert(TariffVersion).on_conflict_do_nothing(index_elements=["sha256"]), rows)
