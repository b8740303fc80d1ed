"""Money is an integer count of minor units (fen, cents) and a currency; there is one rounding: half up.

Half up away from zero, as the trade's bills round (0.5 fen -> 1 fen, -0.5 fen -> -1 fen).
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from kernel.faults import Fault
from kernel.i18n import N_

# ISO 4217 minor-unit exponents that differ from two.
_EXPONENTS = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "BHD": 3, "KWD": 3, "JOD": 3, "OMR": 3, "TND": 3}


class BadAmount(Fault):
    code = "bad_amount"
    message = N_("%(text)s is not an amount of money. Write it like 86.42.")


def exponent(currency: str) -> int:
    """Return how many decimal places the currency's minor unit has (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


def divide_half_up(numerator: int, denominator: int) -> int:
    """Return numerator/denominator rounded half away from zero; denominator > 0, any integers."""
    quotient, remainder = divmod(abs(numerator), denominator)
    rounded = quotient + (1 if 2 * remainder >= denominator else 0)
    return rounded if numerator >= 0 else -rounded


@dataclass(frozen=True, order=True)
class Money:
    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.minor).scaleb(-exponent(self.currency))


def parse_minor(text: str, currency: str, *, field: str | None = None) -> int:
    """Read an amount as a person or a file writes it ("86.42", "86") into exact minor units.

    Raises BadAmount when it is no plain decimal, or has more places than the currency.
    """
    cleaned = text.strip()
    try:
        value = Decimal(cleaned)
    except InvalidOperation:
        raise BadAmount(text=cleaned[:40], field=field) from None
    if not value.is_finite() or "e" in cleaned.lower() or "_" in cleaned or abs(value) >= Decimal(10) ** 13:
        raise BadAmount(text=cleaned[:40], field=field)
    minor = value.scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        raise BadAmount(text=cleaned[:40], field=field)
    return int(minor)
