"""Who lives and works in the county: one customer at a time, each from dice of its own."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from kernel.ids import ACCOUNT_DIGITS, numbered
from services.journeys.demo_county import words as w
from services.journeys.demo_county.plan import Plan
from services.journeys.demo_county.use import Load, make_load

BEIJING, ZHEJIANG, ZHEJIANG_TOU = "cn-beijing-residential", "cn-zhejiang-residential", "cn-zhejiang-residential-tou"


@dataclass(frozen=True)
class Folk:
    """A customer as the county knows it. `number` counts from 0; `load` is what the first home or firm uses."""

    number: int
    name: str
    kind: str
    language: str
    phone: str
    identity: str
    email: str
    tariff: str
    load: Load
    since: date
    station: int
    area: int


def customer_number(number: int) -> str:
    return f"C{number + 1:07d}"


def account_number(plan: Plan, number: int, nth: int = 0) -> str:
    """Return a 户号 of ten digits: spread over the range as real ones are, the last one a check digit.

    Those of the first two customers are easy to remember: they are shown to everybody who tries the demo.
    """
    if number < 2:
        return numbered(100_000_000 + 10 * number + nth, ACCOUNT_DIGITS)
    spread = (number * 7_919 + plan.seed * 104_729) % 100_000_000
    return numbered(300_000_000 + 100_000_000 * nth + spread, ACCOUNT_DIGITS)


def phone_of(plan: Plan, number: int) -> str:
    """Return a mobile number that reaches nobody: China's numbering plan has never opened the block 154 to anyone.

    There is no official range for fiction in China as there is elsewhere; a closed block is as near as one can come. It
    is written like any mobile number, and libraries that know the plan call it possible and not valid.
    """
    if number < 2:
        return f"1540000000{number + 1}"
    return str(15_410_000_000 + (number * 7_919 + plan.seed * 31) % 80_000_000)


def paper_code(dice: Random) -> str:
    return "".join(dice.choice(w.PAPER_LETTERS) for _ in range(8))


def make_folk(plan: Plan, number: int, dice: Random) -> Folk:
    """Return an ordinary customer: nine of ten are homes, one of twelve reads English."""
    kind = dice.choices(("residential", "commercial", "industrial"), (90, 8.5, 1.5))[0]
    english = kind == "residential" and dice.random() < 0.08
    tariffs = (BEIJING, ZHEJIANG, ZHEJIANG_TOU)
    tariff = dice.choices(tariffs, (50, 30, 20) if kind == "residential" else (0, 40, 60))[0]
    return Folk(
        number=number,
        name=_name(kind, english, dice),
        kind=kind,
        language="en" if english or dice.random() < 0.01 else "zh-CN",
        phone=phone_of(plan, number) if dice.random() < 0.97 else "",
        # No region of China has the code 99, so that nobody's identity number is met by chance.
        identity=f"990101{dice.randrange(1950, 2004)}{dice.randrange(1, 13):02d}{dice.randrange(1, 29):02d}"
        f"{dice.randrange(10_000):04d}"
        if kind == "residential" and dice.random() < 0.6
        else "",
        email=f"customer{number + 1}@example.org" if dice.random() < 0.1 else "",
        tariff=tariff,
        load=make_load(kind, dice),
        since=plan.first - timedelta(days=dice.randrange(40, 5_000)),
        station=number % plan.stations,
        area=number % plan.areas,
    )


def _name(kind: str, english: bool, dice: Random) -> str:
    if kind == "commercial":
        return dice.choice(w.FIRM_NAMES) + dice.choice(w.SHOPS)
    if kind == "industrial":
        return "光明县" + dice.choice(w.FIRM_NAMES) + dice.choice(w.FACTORIES)
    if english:
        return f"{dice.choice(w.ENGLISH_GIVEN)} {dice.choice(w.ENGLISH_SURNAMES)}"
    return dice.choice(w.SURNAMES) + dice.choice(w.GIVEN)


def address_of(folk: Folk, station: int, dice: Random) -> str:
    town = w.STATIONS[station][0] + "镇"
    if folk.language == "en" and dice.random() < 0.5:
        return f"{dice.randrange(1, 240)} {dice.choice(w.ENGLISH_STREETS)}, {w.STATIONS[station][1]}"
    street = f"{town}{dice.choice(w.STREETS)}{dice.randrange(1, 240)}号"
    if folk.kind == "industrial":
        return f"{town}工业园区{dice.randrange(1, 60)}号"
    if folk.kind == "commercial":
        return f"{street}商铺{dice.randrange(1, 40)}"
    door = f"{dice.randrange(1, 5)}单元{dice.randrange(1, 30)}0{dice.randrange(1, 5)}室"
    return f"{street}{dice.choice(w.ESTATES)}{dice.randrange(1, 20)}幢{door}"
