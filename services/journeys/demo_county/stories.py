"""Customers to whom something happens: the household of the demo, a move, a new meter, a register that is full, life
support, a dispute, several homes, another tariff, a farewell. Each comes again every two hundred customers.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from services.journeys.demo_county.folks import BEIJING, ZHEJIANG, ZHEJIANG_TOU, Folk, account_number, phone_of
from services.journeys.demo_county.homes import (
    registers_of,
    write_account,
    write_agreement,
    write_customer,
    write_home,
    write_meter,
    write_place,
    write_readings,
)
from services.journeys.demo_county.plan import Plan
from services.journeys.demo_county.sheets import Sheets
from services.journeys.demo_county.use import Load, middle, new_counter

EVERY = 200
Story = Callable[[Sheets, Plan, Folk, Random], None]


@dataclass(frozen=True)
class DemoAccount:
    account_number: str
    address: str
    paper_code: str


@dataclass(frozen=True)
class DemoHousehold:
    """A household that everybody who tries the demo may be. `phone` as E.164."""

    name: str
    language: str
    phone: str
    accounts: tuple[DemoAccount, ...]


def demo_households(plan: Plan) -> tuple[DemoHousehold, ...]:
    """Return the two households of the demo; the same in every county."""
    return (
        DemoHousehold(
            "陈静",
            "zh-CN",
            "+86" + phone_of(plan, 0),
            (
                DemoAccount(account_number(plan, 0), "城关镇和平路18号阳光花园3幢2单元501室", "LIGHT234"),
                DemoAccount(account_number(plan, 0, 1), "城关镇滨河路6号翠竹苑1幢1单元102室", "LIGHT567"),
            ),
        ),
        DemoHousehold(
            "Emma Carter",
            "en",
            "+86" + phone_of(plan, 1),
            (DemoAccount(account_number(plan, 1), "26 Garden Road, Hedong", "LIGHT892"),),
        ),
    )


def demo_household(sheets: Sheets, plan: Plan, folk: Folk, dice: Random) -> None:
    """陈静 with her own home and her parents', Emma Carter with one. 陈静's newest month is 176.98 kWh: 86.42 yuan."""
    who = demo_households(plan)[folk.number]
    tariff, month_wh = (BEIJING, 172_000) if folk.number == 0 else (ZHEJIANG_TOU, 214_000)
    hero = replace(
        folk, name=who.name, kind="residential", language=who.language, phone=who.phone, identity="", email="",
        tariff=tariff, load=Load("residential", month_wh, 0.6), station=folk.number, since=date(2012, 9, 1),
    )  # fmt: skip
    write_customer(sheets, hero)
    newest = {plan.until: 176_980} if folk.number == 0 else None
    for nth, account in enumerate(who.accounts):
        home = hero if nth == 0 else replace(hero, tariff=ZHEJIANG, load=Load("residential", 96_000, 0.62))
        write_home(
            sheets, plan, home, account.account_number, dice, "ABC"[nth] if nth else "", address=account.address,
            code=account.paper_code, fixed=newest if nth == 0 else None,
        )  # fmt: skip


def move(sheets: Sheets, plan: Plan, folk: Folk, dice: Random) -> None:
    """The household leaves one home for another in the middle of a month; its tier use goes along, a tenant follows."""
    day, account = middle(plan.cycles[7]), account_number(plan, folk.number)
    write_customer(sheets, folk)
    old, new = write_place(sheets, folk, dice), write_place(sheets, folk, dice, "B")
    write_account(sheets, folk, account, dice)
    write_agreement(sheets, plan, account, account, old, folk.tariff, folk.since, ends_on=day, load=folk.load)
    write_agreement(sheets, plan, f"{account}-2", account, new, folk.tariff, day, continues=account)
    tenant = replace(folk, name="刘洋", phone="", identity="", email="")
    other = account_number(plan, folk.number, 5)
    write_customer(sheets, tenant, "T")
    write_account(sheets, tenant, other, dice, mark="T", opened_on=day)
    write_agreement(sheets, plan, other, other, old, folk.tariff, day)
    for place, since, days in (
        (old, folk.since, sorted({*plan.read_days, day})),
        (new, day, [day, *(d for d in plan.read_days if d > day)]),
    ):
        counter = new_counter(registers_of(folk.tariff), dice)
        meter = write_meter(sheets, folk, place, counter, since)
        write_readings(sheets, meter, counter, folk.load, days, dice)


def new_meter(sheets: Sheets, plan: Plan, folk: Folk, dice: Random) -> None:
    """The meter is changed in the middle of a month: a final reading of the old one, the new one begins at zero."""
    day, account = middle(plan.cycles[8], 12), account_number(plan, folk.number)
    write_customer(sheets, folk)
    place = write_place(sheets, folk, dice)
    write_account(sheets, folk, account, dice)
    write_agreement(sheets, plan, account, account, place, folk.tariff, folk.since, load=folk.load)
    codes = registers_of(folk.tariff)
    before, after = new_counter(codes, dice), new_counter(codes, dice, from_kwh=0)
    old = write_meter(sheets, folk, place, before, folk.since, removed_on=day)
    write_readings(sheets, old, before, folk.load, [*(d for d in plan.read_days if d < day), day], dice)
    new = write_meter(sheets, folk, place, after, day, nth=1)
    write_readings(sheets, new, after, folk.load, [day, *(d for d in plan.read_days if d > day)], dice)


def full_register(sheets: Sheets, plan: Plan, folk: Folk, dice: Random) -> None:
    """An old meter of five digits passes 99,999 and begins again."""
    old = replace(folk, tariff=BEIJING)
    write_customer(sheets, old)
    from_kwh = 100_000 - folk.load.month_wh * 5 // 1000
    write_home(sheets, plan, old, account_number(plan, folk.number), dice, digits=5, from_kwh=from_kwh)


def life_support(sheets: Sheets, plan: Plan, folk: Folk, dice: Random) -> None:
    write_customer(sheets, folk)
    write_home(sheets, plan, folk, account_number(plan, folk.number), dice, life_support=True)


def dispute(sheets: Sheets, plan: Plan, folk: Folk, dice: Random) -> None:
    write_customer(sheets, folk)
    write_home(sheets, plan, folk, account_number(plan, folk.number), dice, dispute_on=middle(plan.until, 18))


def several_homes(sheets: Sheets, plan: Plan, folk: Folk, dice: Random) -> None:
    """Somebody who lets three homes and pays for all of them."""
    write_customer(sheets, folk)
    for nth, mark in enumerate(("", "B", "C")):
        write_home(sheets, plan, folk, account_number(plan, folk.number, nth), dice, mark)


def other_tariff(sheets: Sheets, plan: Plan, folk: Folk, dice: Random) -> None:
    """From flat to peak-valley prices at one service point; the import finds by itself whose tier use is carried on."""
    day, account = plan.cycles[9], account_number(plan, folk.number)
    write_customer(sheets, folk)
    place = write_place(sheets, folk, dice)
    write_account(sheets, folk, account, dice)
    write_agreement(sheets, plan, account, account, place, ZHEJIANG, folk.since, ends_on=day, load=folk.load)
    write_agreement(sheets, plan, f"{account}-2", account, place, ZHEJIANG_TOU, day)
    counter = new_counter(("peak", "valley"), dice)
    meter = write_meter(sheets, folk, place, counter, folk.since)
    write_readings(sheets, meter, counter, folk.load, plan.read_days, dice)


def farewell(sheets: Sheets, plan: Plan, folk: Folk, dice: Random) -> None:
    """The account is closed after a final reading; nobody follows yet."""
    day, account = middle(plan.cycles[10], 20), account_number(plan, folk.number)
    write_customer(sheets, folk)
    place = write_place(sheets, folk, dice)
    write_account(sheets, folk, account, dice, closed_on=day)
    write_agreement(sheets, plan, account, account, place, folk.tariff, folk.since, ends_on=day, load=folk.load)
    counter = new_counter(registers_of(folk.tariff), dice)
    meter = write_meter(sheets, folk, place, counter, folk.since, removed_on=day)
    write_readings(sheets, meter, counter, folk.load, [*(d for d in plan.read_days if d < day), day], dice)


_STORIES: dict[int, Story] = {
    2: move, 3: new_meter, 4: full_register, 5: life_support, 6: dispute, 7: several_homes, 8: other_tariff,
    9: farewell,
}  # fmt: skip


def story_of(number: int) -> Story | None:
    """Return what happens to a customer, None for ordinary ones."""
    return demo_household if number < 2 else _STORIES.get(number % EVERY)
