"""What an agent sees of a customer: frozen values, already masked, so that no page can show what it may not."""

from dataclasses import dataclass
from datetime import date, datetime

from services.access.looks import Look


@dataclass(frozen=True)
class Proof:
    """How this agent proved who is calling, good until `until`. how: identity, bill, code."""

    how: str
    at: datetime
    until: datetime


@dataclass(frozen=True)
class Strip:
    """The fixed strip: who this is and what must never be overlooked. Known on every page about the account."""

    account_id: int
    account_number: str
    customer_id: int
    customer_name: str
    customer_kind: str
    language: str
    station_id: int
    station_name: str
    station_name_en: str
    currency: str
    closed_on: date | None
    dispute_on: date | None
    life_support: bool
    proof: Proof | None


@dataclass(frozen=True)
class RegisterView:
    """The newest reading of a register and the one before it; values in Wh, before the multiplier."""

    code: str
    value_wh: int | None
    read_on: date | None
    quality: str | None
    before_wh: int | None
    before_on: date | None


@dataclass(frozen=True)
class MeterView:
    meter_number: str
    multiplier: int
    registers: tuple[RegisterView, ...]


@dataclass(frozen=True)
class Place:
    """One agreement: where, under which tariff, since when, and the meter that stands there."""

    agreement_number: str
    tariff_code: str
    starts_on: date
    ends_on: date | None
    address: str
    life_support: bool
    meters: tuple[MeterView, ...]


@dataclass(frozen=True)
class Person:
    """Somebody who may act for the account. `phone` is masked."""

    role: str
    proof: str
    phone: str
    created_at: datetime
    ends_on: date | None
    revoked_at: datetime | None

    def stands(self, today: date) -> bool:
        return self.revoked_at is None and (self.ends_on is None or self.ends_on > today)


@dataclass(frozen=True)
class MessageRow:
    message_number: str
    category: str
    channel: str
    body: str
    state: str
    reason: str | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class CustomerView:
    """The whole page but its money: `mark` changes whenever something a customer does changes what is shown here."""

    strip: Strip
    customer_number: str
    opened_on: date
    phone: str | None
    has_identity: bool
    places: tuple[Place, ...]
    people: tuple[Person, ...]
    others: tuple[str, ...]
    messages: tuple[MessageRow, ...]
    looks: tuple[Look, ...]
    mark: str
