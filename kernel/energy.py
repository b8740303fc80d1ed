"""Energy is an integer count of watt-hours; files and people write kWh with up to three decimals."""

from decimal import Decimal, InvalidOperation

from kernel.faults import Fault
from kernel.i18n import N_


class BadEnergy(Fault):
    code = "bad_energy"
    message = N_("%(text)s is not an amount of energy in kWh. Write it like 123.4.")


def parse_kwh(text: str, *, field: str | None = None) -> int:
    """Return watt-hours for a decimal number of kWh; raises BadEnergy (also for more than three decimals)."""
    cleaned = text.strip()
    try:
        value = Decimal(cleaned)
    except InvalidOperation:
        raise BadEnergy(text=cleaned[:40], field=field) from None
    if not value.is_finite() or "e" in cleaned.lower() or "_" in cleaned or abs(value) >= Decimal(10) ** 12:
        raise BadEnergy(text=cleaned[:40], field=field)
    wh = value.scaleb(3)
    if wh != wh.to_integral_value():
        raise BadEnergy(text=cleaned[:40], field=field)
    return int(wh)


def kwh(wh: int) -> Decimal:
    """Return kWh as an exact decimal."""
    return Decimal(wh).scaleb(-3)
