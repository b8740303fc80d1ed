"""A bill worked out slowly in plain decimals, from the words of the tariff alone: shares no code with the product."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext


@dataclass(frozen=True)
class OracleLine:
    tier: int
    period: str
    kwh: Decimal
    rate: Decimal
    yuan: Decimal


def work_out(
    bounds_kwh: Sequence[str],
    rates: Mapping[str, Sequence[str]],
    kwh: Mapping[str, Decimal],
    used_kwh: Decimal,
    in_order: bool = False,
) -> list[OracleLine]:
    """Return a line for every tier and period, zero or not. kWh have three decimals, yuan two."""
    with localcontext() as context:
        context.prec = 80
        shares = _in_order(bounds_kwh, kwh, used_kwh) if in_order else _pro_rata(bounds_kwh, kwh, used_kwh)
        return [
            OracleLine(
                tier,
                period,
                amount,
                Decimal(rates[period][tier]),
                (amount * Decimal(rates[period][tier])).quantize(Decimal("0.01"), ROUND_HALF_UP),
            )
            for tier, row in enumerate(shares)
            for period, amount in row.items()
        ]


def _tier_ends(bounds_kwh: Sequence[str]) -> list[Decimal]:
    return [*(Decimal(bound) for bound in bounds_kwh), Decimal("Infinity")]


def _pro_rata(bounds_kwh: Sequence[str], kwh: Mapping[str, Decimal], used_kwh: Decimal) -> list[dict[str, Decimal]]:
    left = dict(kwh)
    at = used_kwh
    rows = []
    for end in _tier_ends(bounds_kwh):
        whole = sum(left.values(), Decimal(0))
        takes = min(max(end - at, Decimal(0)), whole)
        row: dict[str, Decimal] = {}
        given = running = Decimal(0)
        for period, amount in left.items():
            running += amount
            until_here = (running * takes / whole).quantize(Decimal("0.001"), ROUND_FLOOR) if whole else Decimal(0)
            row[period] = until_here - given
            given = until_here
        for period, amount in row.items():
            left[period] -= amount
        at += takes
        rows.append(row)
    return rows


def _in_order(bounds_kwh: Sequence[str], kwh: Mapping[str, Decimal], used_kwh: Decimal) -> list[dict[str, Decimal]]:
    rows: list[dict[str, Decimal]] = [{} for _ in range(len(bounds_kwh) + 1)]
    at = used_kwh
    for period, amount in kwh.items():
        low = Decimal(0)
        for row, end in zip(rows, _tier_ends(bounds_kwh), strict=True):
            row[period] = max(min(end, at + amount) - max(low, at), Decimal(0))
            low = end
        at += amount
    return rows
