"""The county as an import folder: written in one pass, in bounded memory, the same bytes for the same plan."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

from services.journeys.demo_county.folks import Folk, account_number, make_folk
from services.journeys.demo_county.grid import write_grid
from services.journeys.demo_county.homes import write_customer, write_home
from services.journeys.demo_county.plan import Plan, keep_plan
from services.journeys.demo_county.sheets import Sheets, money
from services.journeys.demo_county.stories import story_of
from services.journeys.demo_county.use import make_load


def write_county(plan: Plan, folder: Path, progress: Callable[[int, int], None] = lambda done, total: None) -> None:
    """Write the folder, over an older one of the same name. `progress` is told customers done and in all."""
    with Sheets(folder) as sheets:
        write_grid(sheets, plan)
        for number in range(plan.customers):
            _write(sheets, plan, number)
            if number % 500 == 0:
                progress(number, plan.customers)
    keep_plan(plan, folder)
    progress(plan.customers, plan.customers)


def _write(sheets: Sheets, plan: Plan, number: int) -> None:
    dice = plan.chance("customer", number)
    folk = make_folk(plan, number, dice)
    story = story_of(number)
    if story is not None:
        home = replace(folk, kind="residential", load=make_load("residential", dice))
        story(sheets, plan, _household(home, dice), dice)
        return
    write_customer(sheets, folk)
    account = account_number(plan, number)
    write_home(sheets, plan, folk, account, dice)
    _old_debt(sheets, plan, account, dice)
    _deposit(sheets, folk, account, dice)
    _consent(sheets, plan, folk, dice)


def _household(folk: Folk, dice: Random) -> Folk:
    """Return the customer of a story as a household, whatever the dice had made of it."""
    plain = folk if any("a" <= ch.lower() <= "z" for ch in folk.name) or len(folk.name) <= 3 else None
    return plain or replace(folk, name=dice.choice(("杨敏", "周杰", "孙丽华", "何志强", "郭欣怡", "梁海燕")))


def _old_debt(sheets: Sheets, plan: Plan, account: str, dice: Random) -> None:
    """One account in thirty brings a debt from the old system, one to three months old."""
    if dice.random() < 0.03:
        for nth in range(dice.randrange(1, 3)):
            due_on = plan.first - timedelta(days=30 * nth + dice.randrange(5, 25))
            amount = money(dice.randrange(2_000, 30_000))
            sheets.add(
                "opening_balances", reference=f"OB{account}-{nth + 1}", account=account, due_on=due_on, amount=amount
            )


def _deposit(sheets: Sheets, folk: Folk, account: str, dice: Random) -> None:
    if dice.random() < (0.02 if folk.kind == "residential" else 0.3):
        amount = money(100_00 * dice.randrange(1, 20))
        sheets.add("deposits", reference=f"D{account}", account=account, amount=amount)


def _consent(sheets: Sheets, plan: Plan, folk: Folk, dice: Random) -> None:
    """Some have said how they may be texted: yes to advertising, or no to everything."""
    if not folk.phone or (drawn := dice.random()) > 0.06:
        return
    stop = drawn < 0.003
    sheets.add(
        "consents",
        phone=folk.phone,
        category="all" if stop else "marketing",
        channel="sms",
        granted="no" if stop else "yes",
        source="text" if stop else dice.choice(("paper form", "web")),
        recorded_at=f"{plan.first - timedelta(days=dice.randrange(10, 400))}T10:00:00+08:00",
    )
