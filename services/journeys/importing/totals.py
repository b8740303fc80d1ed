"""Control totals: what the utility adds up in its own system before and compares after."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import text

from kernel.db import Reader
from services.journeys.importing.files import File
from services.journeys.importing.staging import Staged


@dataclass(frozen=True)
class ControlTotals:
    """Rows a file; sums of energy (Wh) and of money (minor units); agreements without an end by tariff."""

    rows: dict[str, int]
    readings_wh: int
    tier_use_wh: int
    opening_balances_minor: int
    deposits_minor: int
    currency: str
    open_agreements: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


_SUMS = {
    "readings_wh": ("readings", "value_wh"),
    "tier_use_wh": ("tier_use", "used_wh"),
    "opening_balances_minor": ("opening_balances", "amount_minor"),
    "deposits_minor": ("deposits", "amount_minor"),
}


def control_totals(reader: Reader, files: Sequence[File], staged: Staged, currency: str) -> ControlTotals:
    """Add up what the folder holds, whether it is new or stored already."""
    sums = {
        name: int(reader.scalar(text(f"SELECT COALESCE(sum({column}), 0) FROM in_{file}")) or 0)
        for name, (file, column) in _SUMS.items()
    }
    open_agreements = reader.execute(
        text("SELECT tariff, count(*) AS n FROM in_agreements WHERE ends_on IS NULL GROUP BY tariff ORDER BY tariff")
    )
    return ControlTotals(
        rows={spec.name: staged.rows.get(spec.name, 0) for spec in files},
        currency=currency,
        open_agreements={row.tariff: row.n for row in open_agreements},
        **sums,
    )
