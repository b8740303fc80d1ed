"""The rows of one home or firm: place, meter and readings, account and agreement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from services.journeys.demo_county.folks import ZHEJIANG_TOU, Folk, address_of, customer_number, paper_code
from services.journeys.demo_county.grid import area_code, station_code
from services.journeys.demo_county.plan import Plan
from services.journeys.demo_county.sheets import Sheets, kwh
from services.journeys.demo_county.use import Counter, Load, new_counter, used_before, walk

DUE_DAYS = 20


@dataclass(frozen=True)
class Place:
    """A home or firm with its supply; `mark` tells the places of one customer apart."""

    mark: str
    service_point: str
    address: str


def write_customer(sheets: Sheets, folk: Folk, mark: str = "") -> None:
    sheets.add(
        "customers",
        customer_number=customer_number(folk.number) + mark,
        name=folk.name,
        kind=folk.kind,
        language=folk.language,
        phone=folk.phone,
        identity=folk.identity,
        email=folk.email,
    )


def write_place(
    sheets: Sheets, folk: Folk, dice: Random, mark: str = "", *, address: str = "", life_support: bool = False
) -> Place:
    address = address or address_of(folk, folk.station, dice)
    number = f"{folk.number + 1:08d}{mark}"
    sheets.add("premises", premises_number=f"P{number}", address=address, station=station_code(folk.station))
    sheets.add(
        "service_points",
        service_point_number=f"SP{number}",
        premises=f"P{number}",
        transformer_area=area_code(folk.area),
        life_support="yes" if life_support else "no",
    )
    return Place(mark, f"SP{number}", address)


def write_account(
    sheets: Sheets,
    folk: Folk,
    number: str,
    dice: Random,
    *,
    mark: str = "",
    opened_on: date | None = None,
    closed_on: date | None = None,
    dispute_on: date | None = None,
    code: str = "",
) -> None:
    sheets.add(
        "accounts",
        account_number=number,
        customer=customer_number(folk.number) + mark,
        station=station_code(folk.station),
        currency="CNY",
        due_days=DUE_DAYS,
        opened_on=opened_on or folk.since,
        closed_on=closed_on or "",
        dispute_on=dispute_on or "",
        paper_code=code or paper_code(dice),
    )


def write_agreement(
    sheets: Sheets,
    plan: Plan,
    number: str,
    account: str,
    place: Place,
    tariff: str,
    starts_on: date,
    *,
    ends_on: date | None = None,
    continues: str = "",
    load: Load | None = None,
) -> None:
    """An agreement, and for one that stood before the county's first month what the tier year had used (`load`)."""
    sheets.add(
        "agreements",
        agreement_number=number,
        account=account,
        service_point=place.service_point,
        tariff=tariff,
        starts_on=starts_on,
        ends_on=ends_on or "",
        continues=continues,
    )
    if load is not None and plan.first.month > 1:
        used = kwh(used_before(load, plan.first))
        sheets.add("tier_use", agreement=number, year=plan.first.year, until_on=plan.first, used_kwh=used)


def write_meter(
    sheets: Sheets,
    folk: Folk,
    place: Place,
    counter: Counter,
    installed_on: date,
    *,
    removed_on: date | None = None,
    nth: int = 0,
) -> str:
    number = f"M{folk.number + 1:08d}{place.mark}{nth}"
    sheets.add(
        "meters",
        meter_number=number,
        service_point=place.service_point,
        multiplier=counter.multiplier,
        installed_on=installed_on,
        removed_on=removed_on or "",
        registers=" ".join(counter.registers),
        digits=counter.digits,
    )
    return number


def write_readings(
    sheets: Sheets,
    meter: str,
    counter: Counter,
    load: Load,
    days: Sequence[date],
    dice: Random,
    fixed: dict[date, int] | None = None,
) -> None:
    """What the registers showed on each day; the first of them is where they stand now."""
    _show(sheets, meter, counter, days[0], "actual")
    for day, wh in walk(load, days, dice, fixed):
        counter.add(wh, load.peak_share)
        quality = "estimated" if day != days[-1] and dice.random() < 0.015 else "actual"
        _show(sheets, meter, counter, day, quality)


def _show(sheets: Sheets, meter: str, counter: Counter, day: date, quality: str) -> None:
    shown_on = day.isoformat()
    for code, wh in counter.shown.items():
        sheets.add_reading(meter, code, shown_on, wh, quality)


def registers_of(tariff: str) -> tuple[str, ...]:
    return ("peak", "valley") if tariff == ZHEJIANG_TOU else ("total",)


def write_home(
    sheets: Sheets,
    plan: Plan,
    folk: Folk,
    account: str,
    dice: Random,
    mark: str = "",
    *,
    address: str = "",
    code: str = "",
    life_support: bool = False,
    dispute_on: date | None = None,
    digits: int = 6,
    from_kwh: int | None = None,
    fixed: dict[date, int] | None = None,
) -> Place:
    """An ordinary home or firm of a customer: one place, one account, one agreement, one meter that is read monthly."""
    place = write_place(sheets, folk, dice, mark, address=address, life_support=life_support)
    write_account(sheets, folk, account, dice, dispute_on=dispute_on, code=code)
    write_agreement(sheets, plan, account, account, place, folk.tariff, folk.since, load=folk.load)
    counter = new_counter(
        registers_of(folk.tariff),
        dice,
        digits=digits,
        multiplier=40 if folk.kind == "industrial" else 1,
        from_kwh=from_kwh,
    )
    meter = write_meter(sheets, folk, place, counter, folk.since)
    write_readings(sheets, meter, counter, folk.load, plan.read_days, dice, fixed)
    return place
