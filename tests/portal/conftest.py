"""The portal over the real database: a clock that tests move, browsers that sign in as people do, a card desk."""

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from kernel.crypto import derived_code
from kernel.db import Database
from portal.app import create_app
from services.access.codes import secret_ref
from services.payments.ports import Checkout, CheckoutRequest
from tests.factories import NOW
from tests.portal.world import World, make_world
from tests.statements import statements
from webkit.limits import limiter
from wiring.ports import Ports, Utility


@dataclass
class CardDesk:
    """What the vendor was asked for, and what it says; no money moves here."""

    asked: list[CheckoutRequest] = field(default_factory=list)
    paid: bool = False

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        self.asked.append(request)
        return self._checkout(request, "open")

    def find_checkout(self, checkout_id: str) -> Checkout:
        request = self.asked[-1]
        return self._checkout(request, "complete" if self.paid else "open")

    def expire_checkout(self, checkout_id: str) -> Checkout:
        return self._checkout(self.asked[-1], "expired")

    def _checkout(self, request: CheckoutRequest, status: Any) -> Checkout:
        return Checkout(
            checkout_id=f"cs_{request.attempt}",
            url=f"https://checkout.example/{request.attempt}" if status == "open" else None,
            status=status,
            payment_status="paid" if self.paid else "unpaid",
            payment_intent=f"pi_{request.attempt}" if self.paid else None,
            amount_minor=request.amount_minor,
            currency=request.currency,
            attempt=request.attempt,
        )


def make_ports(db: Database, cards: CardDesk) -> Ports:
    return Ports(
        db=db,
        cards=cast(Any, cards),
        messages=cast(Any, None),
        utility=Utility("清水县供电公司", "Qingshui Power", "Asia/Shanghai", "CNY", "95598", "http://localhost"),
        redis_url="",
        mode="demo",
        simulating=True,
        secret_key="k" * 32,
    )


class Browser:
    """One person's browser. Forms are sent with the hidden fields of the page they stand on."""

    def __init__(self, portal: "Portal") -> None:
        self.portal = portal
        self.client: FlaskClient = portal.app.test_client()

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers={"Accept-Language": "en", **headers})

    def post(self, path: str, data: dict[str, Any] | None = None, *, on: str | None = None) -> TestResponse:
        page = self.get(on or path)
        hidden = dict(re.findall(r'<input type="hidden" name="(csrf_token|stamp)" value="([^"]+)"', page.text))
        return self.client.post(path, data={**hidden, **(data or {})}, headers={"Accept-Language": "en"})

    def ask_code(self, phone: str, *, wait_s: int = 3, **more: str) -> TestResponse:
        page = self.get("/sign-in")
        hidden = dict(re.findall(r'<input type="hidden" name="(csrf_token|stamp)" value="([^"]+)"', page.text))
        self.portal.now += timedelta(seconds=wait_s)
        return self.client.post("/sign-in", data={**hidden, "phone": phone, **more}, headers={"Accept-Language": "en"})

    def sign_in(self, phone: str) -> TestResponse:
        """Ask for a code, read it as the telephone would show it, type it."""
        assert self.ask_code(phone).status_code == 303
        return self.post("/sign-in/code", {"code": self.portal.newest_code()})


@dataclass
class Portal:
    db: Database
    now: datetime = NOW
    cards: CardDesk = field(default_factory=CardDesk)

    def __post_init__(self) -> None:
        self.app = create_app(make_ports(self.db, self.cards), clock=lambda: self.now)

    def browser(self) -> Browser:
        return Browser(self)

    def signed_in(self, phone: str) -> Browser:
        """Return the browser of somebody who has signed in; a minute and more after the last code."""
        self.now += timedelta(minutes=5)
        browser = self.browser()
        assert browser.sign_in(phone).status_code == 303
        return browser

    def holder(self, world: World) -> Browser:
        """Return the browser of the customer of `home`, who has taken the account over."""
        browser = self.signed_in(world.home.phone)
        taken = browser.post("/accounts/offered", {"account": world.home.account_number}, on="/accounts")
        assert taken.status_code == 303
        return browser

    def newest_code(self) -> str:
        with self.db.read() as reader:
            number = reader.scalar(text("SELECT max(id) FROM one_time_code"))
        return derived_code("one_time_code", secret_ref(int(number or 0)))

    def count(self, query: str) -> int:
        with self.db.read() as reader:
            return int(reader.scalar(text(query)) or 0)

    def counting(self) -> AbstractContextManager[list[str]]:
        """Collect the statements that reach the database meanwhile."""
        return statements()


@pytest.fixture
def portal(db: Database) -> Portal:
    made = Portal(db)
    limiter.reset()
    return made


@pytest.fixture
def world(db: Database) -> World:
    return make_world(db, months=3)
