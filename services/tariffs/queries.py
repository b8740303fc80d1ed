"""Reading back the tariff that a bill was computed with."""

from sqlalchemy import text

from kernel.db import Reader
from services.tariffs.tariff import Tariff
from services.tariffs.tariff_file import parse_tariff


def read_kept(reader: Reader, sha256: str) -> Tariff | None:
    """Return the version a bill names by its hash, as it was when the bill was made; None when it was never used."""
    body = reader.scalar(text("SELECT body FROM tariff_version WHERE sha256 = :sha256"), {"sha256": sha256})
    return parse_tariff(body, sha256[:12]) if body is not None else None
