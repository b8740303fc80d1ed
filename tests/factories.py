"""Rows for tests: each factory states only what the test needs, the rest is ordinary."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from kernel.crypto import keyed_hash
from kernel.partitions import ensure_months
from kernel.periods import add_months
from kernel.search import index_text
from services.accounts.models import Account, Agreement
from services.customers.models import Customer
from services.ledger.operations import OpeningBalance, open_accounts, post_opening_balances
from services.metering.models import Meter, Reading, Register
from services.network.models import Premises, ServicePoint, Station

NOW = datetime(2026, 7, 2, 2, 0, tzinfo=UTC)
ZONE = "Asia/Shanghai"
_next = count(1)


@dataclass(frozen=True)
class Home:
    """A household with one agreement: the keys a test needs."""

    station_id: int
    customer_id: int
    account_id: int
    account_number: str
    agreement_id: int
    service_point_id: int
    meter_id: int
    registers: dict[str, int]
    phone: str


def _one(session: Session, model: Any, **values: Any) -> int:
    return int(session.execute(insert(model).values(**values).returning(model.id)).scalar_one())


def make_station(session: Session, code: str | None = None) -> int:
    number = next(_next)
    return _one(session, Station, code=code or f"S{number}", name=f"第{number}供电所", name_en=f"Station {number}")


def make_home(
    session: Session,
    *,
    station_id: int | None = None,
    name: str = "陈静",
    language: str = "zh-CN",
    tariff_code: str = "cn-beijing-residential",
    registers: tuple[str, ...] = ("total",),
    since: date = date(2025, 6, 1),
    until: date | None = None,
    multiplier: int = 1,
    customer_id: int | None = None,
    account_number: str | None = None,
) -> Home:
    """Return a home with a customer, account, agreement and meter; readings are added by `read_registers`."""
    number = next(_next)
    station_id = station_id or make_station(session)
    phone = f"+86138{number:08d}"
    customer_id = customer_id or _one(
        session,
        Customer,
        customer_number=f"C{number}",
        name=name,
        kind="residential",
        language=language,
        phone=phone,
        phone_hash=keyed_hash("phone", phone),
        created_at=NOW,
        search=text("to_tsvector('simple', :words)").bindparams(words=index_text(name)),
    )
    account_number = account_number or f"{7_000_000_000 + number}"
    account_id = _one(
        session,
        Account,
        account_number=account_number,
        customer_id=customer_id,
        station_id=station_id,
        currency="CNY",
        due_days=20,
        opened_on=since,
    )
    address = f"和平路{number}号"
    premises_id = _one(
        session,
        Premises,
        premises_number=f"P{number}",
        address=address,
        station_id=station_id,
        search=text("to_tsvector('simple', :words)").bindparams(words=index_text(address)),
    )
    service_point_id = _one(
        session, ServicePoint, service_point_number=f"SP{number}", premises_id=premises_id, station_id=station_id
    )
    agreement_id = _one(
        session,
        Agreement,
        agreement_number=account_number,
        account_id=account_id,
        service_point_id=service_point_id,
        tariff_code=tariff_code,
        during=Range(since, until),
    )
    meter_id = _one(
        session,
        Meter,
        meter_number=f"M{number}",
        service_point_id=service_point_id,
        multiplier=multiplier,
        installed_on=since,
    )
    keys = {code: _one(session, Register, meter_id=meter_id, code=code) for code in registers}
    open_accounts(session, currency="CNY")
    return Home(
        station_id, customer_id, account_id, account_number, agreement_id, service_point_id, meter_id, keys, phone
    )


def read_register(session: Session, register_id: int, values: dict[date, int], quality: str = "actual") -> None:
    """Store readings (day -> Wh shown on the register)."""
    ensure_months(session, "reading", min(values), add_months(max(values), 1))
    session.execute(
        insert(Reading),
        [
            {"register_id": register_id, "read_on": day, "value_wh": wh, "quality": quality, "received_at": NOW}
            for day, wh in values.items()
        ],
    )


def make_debt(
    session: Session, account_id: int, amount_minor: int, due_on: date = date(2026, 7, 20), reference: str | None = None
) -> int:
    """Open an item as an opening balance does; returns the receivable's id."""
    reference = reference or f"OB{next(_next)}"
    balance = OpeningBalance(account_id, amount_minor, due_on, reference)
    post_opening_balances(session, [balance], currency="CNY", value_on=date(2026, 6, 30), now=NOW)
    return int(session.execute(text("SELECT id FROM receivable WHERE reference = :r"), {"r": reference}).scalar_one())
