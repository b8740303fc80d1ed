"""Every page of every door costs the same few statements for two hundred customers and for twenty thousand."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from sqlalchemy import text

from kernel import crypto
from kernel.db import Database
from kernel.remember import Remembered
from portal.references import reference
from services.journeys.demo_county.plan import Plan
from services.journeys.seed_county import seed
from tests.console.desk import Console
from tests.portal.conftest import Browser, Portal
from tests.scale.crowd import COPIES, multiply
from webkit.limits import limiter

MOST = 6
CUSTOMERS = 200
BIG = 10_000
NOW = datetime(2026, 7, 9, 2, 0, tzinfo=UTC)
PLAN = Plan(customers=CUSTOMERS, seed=5, until=date(2026, 6, 1))
# Answers of one file or one redirect, the same for everybody.
PLAIN = {"assets.asset", "assets.favicon", "webkit.manifest", "preferences.switch_language", "preferences.switch_type"}

# Pages that may have nothing to show to these readers and send them on.
_LEAD_ON = ("/sign-in", "/search")

Sent = list[tuple[str, Any]]
Measured = dict[tuple[str, str], Sent]


@dataclass
class County:
    """The county in a database of its own, its hero's browser, a stranger's, and an agent's of every station."""

    url: str
    db: Database
    portal: Portal
    hero: Browser
    stranger: Browser
    console: Console
    account: str
    bill: str
    payment: str
    tie: str
    searches: tuple[str, ...]

    def pages(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Return door -> endpoint -> the addresses to ask."""
        own, bill, payment = f"/accounts/{self.account}", f"/bills/{self.bill}", f"/payments/{self.payment}"
        portal = {
            "front.first": ("/",),
            "front.account": (own,),
            "signin.form": ("/sign-in",),
            "signin.code_form": ("/sign-in/code",),
            "signin.password_form": ("/sign-in/password",),
            "paying.find": ("/pay",),
            "paying.payer": (f"/pay/{self.account}",),
            "paying.own": (f"{own}/pay",),
            "payments.payment": (payment,),
            "payments.receipt_pdf": (f"{payment}/receipt.pdf",),
            "payments.listed": (f"{own}/payments",),
            "bills.listed": (f"{own}/bills",),
            "bills.use": (f"{own}/use",),
            "bills.bill": (bill,),
            "bills.pdf": (f"{bill}.pdf",),
            "messages.listed": (f"{own}/messages",),
            "places.accounts": ("/accounts",),
            "places.name_form": (f"{own}/name",),
            "people.people": (f"{own}/people",),
            "people.ask_end": (f"{own}/people/{self.tie}/end",),
            "people.looks": (f"{own}/looks",),
            "me.details": ("/me",),
            "me.password_form": ("/me/password",),
        }
        console = {
            "signin.form": ("/sign-in",),
            "desk.home": ("/",),
            "desk.search": tuple(f"/search?q={words}" for words in self.searches),
            "customers.customer": (own,),
            "customers.moved": (f"{own}/moved?mark=old",),
            "identity.ask": (f"{own}/prove",),
            "people.form": (f"{own}/holder",),
            "bills.bill": (bill,),
            "bills.pdf": (f"{bill}/pdf",),
            "payments.payment": (payment,),
        }
        return {"portal": portal, "console": console}

    def measure(self) -> Measured:
        """Ask every page as a process asks that has just started; return what each sent to the database."""
        measured = {}
        for door, endpoints in self.pages().items():
            for path in (path for paths in endpoints.values() for path in paths):
                # Past the minute after which an agent's last sight is written down; a household's is once an hour.
                self.console.now += timedelta(minutes=2 if door == "console" else 0)
                _forget_everything()
                with _sent() as sent:
                    answer = self.console.get(path) if door == "console" else self._ask(path)
                assert answer.status_code == 200 or path.startswith(_LEAD_ON), (door, path, answer.status_code)
                measured[door, path] = sent
        return measured

    def _ask(self, path: str) -> Any:
        limiter.reset()
        return (self.stranger if path.startswith(("/sign-in", "/pay")) and "payments" not in path else self.hero).get(
            path
        )


def _forget_everything() -> None:
    for thing in gc.get_objects():
        if isinstance(thing, Remembered):
            thing._values.clear()


@contextmanager
def _sent() -> Iterator[Sent]:
    sent: Sent = []
    execute = psycopg.Cursor.execute

    def note(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
        sent.append((str(query), params))
        return execute(self, query, params, **options)

    with patch.object(psycopg.Cursor, "execute", note):
        yield sent


@pytest.fixture(scope="module")
def county(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    crypto.use_keys(crypto.Keys({1: bytes(32)}, b"h" * 32))
    head, _, options = database_url.partition("?")
    with psycopg.connect(database_url, autocommit=True) as connection:
        name = f"{head.rsplit('/', 1)[1]}_scale"
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # type: ignore[arg-type]
        connection.execute(f"CREATE DATABASE {name} TEMPLATE lightline")  # type: ignore[arg-type]
        url = f"{head.rsplit('/', 1)[0]}/{name}?{options}"
        db = Database(url)
        yield _stand(db, url, tmp_path_factory.mktemp("county"))
        db.dispose()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


def _stand(db: Database, url: str, folder: Path) -> County:
    seeded = seed(db, PLAN, folder=folder, now=NOW, zone="Asia/Shanghai", currency="CNY")
    household = seeded.households[0]
    account = household.accounts[0].account_number
    portal = Portal(db, now=NOW)
    limiter.reset()
    hero = portal.signed_in(household.phone)
    assert hero.post("/accounts/offered", {"account": account}, on="/accounts").status_code == 303
    console = Console(db, now=NOW)
    with db.read() as reader:
        console.hire("mei", [int(number) for number in reader.scalars(text("SELECT id FROM station"))])
        found = reader.execute(
            text("""
                SELECT b.bill_number, p.payment_number, h.id AS tie, m.meter_number, e.address, c.name
                FROM account a JOIN customer c ON c.id = a.customer_id JOIN holding h ON h.account_id = a.id
                JOIN bill_index b ON b.account_id = a.id JOIN payment p ON p.account_id = a.id
                JOIN agreement g ON g.account_id = a.id JOIN service_point s ON s.id = g.service_point_id
                JOIN premises e ON e.id = s.premises_id JOIN meter m ON m.service_point_id = s.id
                WHERE a.account_number = :number ORDER BY b.cycle_on DESC, p.id DESC LIMIT 1
            """),
            {"number": account},
        ).one()
    console.sign_in("mei")
    searches = (account, found.bill_number, found.meter_number, household.phone, found.name, found.address)
    return County(
        url, db, portal, hero, portal.browser(), console, account, found.bill_number, found.payment_number,
        reference("tie", found.tie), tuple(words.replace("+", "%2B") for words in searches),
    )  # fmt: skip


def test_every_page_of_every_door_is_measured(county: County) -> None:
    doors = {"portal": county.portal.app, "console": county.console.app}
    for door, app in doors.items():
        shown = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
        assert shown - PLAIN == set(county.pages()[door]), door


def test_pages_cost_the_same_few_statements_and_read_no_table_through_at_twenty_thousand(county: County) -> None:
    few = county.measure()
    multiply(county.url)
    with county.db.read() as reader:
        assert int(reader.scalar(text("SELECT count(*) FROM customer")) or 0) >= CUSTOMERS * (COPIES + 1)
    many = county.measure()
    counts = {page: (len(few[page]), len(many[page])) for page in many}
    assert {page: count for page, count in counts.items() if count[0] != count[1] or count[1] > MOST} == {}
    assert _read_through(county, many) == []


def _read_through(county: County, measured: Measured) -> list[tuple[str, str, str, str]]:
    """Return every page, statement and big table of which the statement reads every row."""
    with psycopg.connect(county.url) as connection:
        big = {
            str(name)
            for (name,) in connection.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > %s", (BIG,)
            )
        }
        assert {"customer", "account", "bill_index", "posting"} <= big
        told = []
        for (door, path), sent in measured.items():
            for query, params in sent:
                if not query.lstrip().upper().startswith(("SELECT", "WITH", "UPDATE", "INSERT")):
                    continue
                plan = connection.execute(f"EXPLAIN (FORMAT JSON) {query}", params).fetchone()  # type: ignore[arg-type]
                assert plan is not None
                told += [(door, path, table, query) for table in _scanned(plan[0][0]["Plan"]) if table in big]
        connection.rollback()
    return told


def _scanned(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for part in node.get("Plans", ()):
        yield from _scanned(part)
