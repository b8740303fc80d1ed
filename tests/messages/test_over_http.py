"""From a settled payment to a delivered text over real HTTP: our adapter, the vendor's stand-in, our hooks."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from backends.messages.simulator import book
from backends.messages.simulator.api import TwilioApi
from backends.messages.simulator.signing import signer
from backends.messages.twilio import TwilioMessages
from backends.simulators import deliveries, switches
from backends.simulators.config import SimulatorsConfig
from backends.simulators.deliveries import Deliverer
from backends.simulators.store import Store
from kernel.crypto import derived_code
from kernel.db import Database
from kernel.outbox import claim
from services.messages.queries import list_messages
from tests.factories import Home, make_home
from tests.messages.fakes import Clock
from tests.messages.ports import UTILITY, ports_of
from tests.messages.test_receipt_texts import settle
from webhooks.app import create_app
from wiring.ports import Ports
from workers.work import work_rows

SID, TOKEN, SERVICE = "AC" + "1" * 32, "k" * 32, "MG" + "1" * 32


class World:
    """The vendor, our hooks and our jobs, with one clock; nothing moves by itself."""

    def __init__(self, db: Database, clock: Clock, folder: Path):
        self.clock, self.db = clock, db
        self.config = SimulatorsConfig(
            file=folder / "sim.sqlite", public_base="http://unused", public_url=UTILITY.public_url, stripe_key="",
            stripe_webhook_secret="", stripe_api_version="", twilio_account_sid=SID, twilio_auth_token=TOKEN,
            twilio_sender=SERVICE, stripe_events=(), clock=clock, hang_seconds=0.6,
        )  # fmt: skip
        self.store = Store(self.config.file, [book.SCHEMA, deliveries.SCHEMA, switches.SCHEMA])
        vendor = Flask("vendor")
        vendor.register_blueprint(TwilioApi(self.store, self.config).blueprint())
        self.server = make_server("127.0.0.1", 0, lambda *call: self.site(*call), threaded=True)
        here = f"http://127.0.0.1:{self.server.server_port}"
        wire = TwilioMessages(
            SID, TOKEN, SERVICE, public_url=UTILITY.public_url, api_base=f"{here}/twilio", timeout=(0.3, 0.3)
        )
        self.ports: Ports = ports_of(db, wire)
        self.site = DispatcherMiddleware(
            Flask("nothing"), {"/twilio": vendor, "/hooks": create_app(self.ports, clock=clock)}
        )
        signers = {"messages": signer(TOKEN), "messages-forged": signer("forged")}
        self.deliverer = Deliverer(self.store, signers, via=here)
        Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.deliverer.close()

    def work(self) -> None:
        """Do what relay and worker would do now, both boxes, until nothing is due."""
        for _ in range(10):
            with self.db.transaction() as session:
                due = [(box, row) for box in ("inbox", "outbox") for row in claim(session, box, now=self.clock())]  # type: ignore[arg-type]
            for box, row in due:
                work_rows(self.ports, box, row.topic, [row.id], now=self.clock())  # type: ignore[arg-type]
            if not due:
                return

    def pass_(self, seconds: float) -> None:
        """Let time pass, in steps, for the vendor and for us."""
        while seconds > 0:
            step = min(seconds, 5.0)
            self.clock.pass_(seconds=step)
            seconds -= step
            with self.store.write() as db:
                book.advance(db, self.config, self.clock())
            self.deliverer.deliver_due(self.clock())
            self.work()

    def sent_to(self, phone: str) -> int:
        with self.store.read() as db:
            return int(db.execute("SELECT count(*) FROM message WHERE to_number = ?", (phone,)).fetchone()[0])


@pytest.fixture
def world(db: Database, clock: Clock, tmp_path: Path) -> Iterator[World]:
    made = World(db, clock, tmp_path)
    yield made
    made.close()


@pytest.fixture
def home(db: Database) -> Home:
    with db.transaction() as session:
        return make_home(session)


def _receipt(world: World, home: Home) -> tuple[str, str | None, int | None]:
    with world.db.read() as reader:
        (shown,) = list_messages(reader, home.account_id)
        assert shown.body.startswith("Lantern Electric")
    return shown.state, shown.reason, shown.parts


def test_a_payer_is_texted_and_the_receipt_is_delivered(world: World, home: Home) -> None:
    settle(world.db, home, now_of=world.clock)
    world.work()
    assert _receipt(world, home) == ("accepted", None, 1)
    world.pass_(6)
    assert _receipt(world, home) == ("delivered", None, 1)
    assert world.sent_to(home.phone) == 1


@pytest.mark.parametrize("switch", ["messages.next_429", "messages.next_500", "messages.next_lost"])
def test_whatever_the_first_answer_is_one_receipt_is_delivered(world: World, home: Home, switch: str) -> None:
    switches.turn(world.store, switch, 1)
    settle(world.db, home, now_of=world.clock)
    world.work()
    world.pass_(70)
    assert _receipt(world, home)[0] == "delivered"
    assert world.sent_to(home.phone) == 1


def test_an_answer_and_every_callback_lost_is_found_at_the_vendor(world: World, home: Home) -> None:
    switches.turn(world.store, "messages.next_lost", 1)
    switches.turn(world.store, "messages.drop", 99)
    settle(world.db, home, now_of=world.clock)
    world.work()
    assert _receipt(world, home) == ("uncertain", None, None)
    world.pass_(70)
    assert _receipt(world, home) == ("delivered", None, 1)
    assert world.sent_to(home.phone) == 1


def test_doubled_reordered_and_forged_callbacks_change_nothing(world: World, home: Home) -> None:
    for switch in ("messages.copies", "messages.reorder", "messages.forge"):
        switches.turn(world.store, switch, 1)
    settle(world.db, home, now_of=world.clock)
    world.work()
    world.pass_(10)
    assert _receipt(world, home)[0] == "delivered"
    with world.db.read() as reader:
        assert reader.scalar(text("SELECT count(*) FROM inbox WHERE done_at IS NULL")) == 0
        assert reader.scalar(text("SELECT count(DISTINCT event_id) FROM inbox")) == reader.scalar(
            text("SELECT count(*) FROM message_receipt")
        )


@pytest.mark.parametrize(
    ("phone", "state", "reason"),
    [("+15005550001", "failed", "bad_number"), ("+15005550009", "failed", "not_mobile"),
     ("+15005550004", "failed", "stopped"), ("+15005551003", "undelivered", None)],
)  # fmt: skip
def test_a_receipt_that_cannot_arrive_says_why(
    world: World, home: Home, queue: Callable[..., int], phone: str, state: str, reason: str | None
) -> None:
    queue(phone=phone, account_id=home.account_id, body="Lantern Electric: test.")
    world.work()
    world.pass_(6)
    shown = _receipt(world, home)
    assert shown[0] == state
    assert reason is None or shown[1] == reason


def test_a_lost_codes_digits_are_found_at_the_vendor(world: World, home: Home, queue: Callable[..., int]) -> None:
    switches.turn(world.store, "messages.next_lost", 1)
    switches.turn(world.store, "messages.drop", 99)
    body = "Lantern Electric: your code is {code}."
    queue(phone=home.phone, account_id=home.account_id, category="one_time_code", body=body, secret_ref="5")
    world.work()
    world.pass_(70)
    assert world.sent_to(home.phone) == 1
    with world.store.read() as db:
        assert derived_code("one_time_code", "5") in db.execute("SELECT body FROM message").fetchone()[0]


def test_a_person_who_writes_stop_gets_no_receipt_until_they_write_start(world: World, home: Home) -> None:
    def write(body: str) -> None:
        with world.store.write() as db:
            book.take_inbound(db, world.config, home.phone, "+8610", body, world.clock())
        world.pass_(2)

    write("STOP")
    settle(world.db, home, now_of=world.clock)
    world.work()
    assert _receipt(world, home)[:2] == ("withheld", "stopped")
    write("START")
    settle(world.db, home, now_of=world.clock)
    world.work()
    assert world.sent_to(home.phone) == 1
