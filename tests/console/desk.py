"""A console over the real database, with a clock that tests move and agents who sign in like people do."""

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import text
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, TestResponse

from callcenter.app import create_app
from kernel.actor import SYSTEM
from kernel.db import Database
from services.access.agents import add_agent
from services.access.totp import STEP_SECONDS, code_at
from tests.factories import NOW
from tests.statements import statements
from wiring.ports import Ports, Utility

PASSWORD = "rather-a-long-one"


def make_ports(db: Database) -> Ports:
    return Ports(
        db=db,
        cards=cast(Any, None),
        messages=cast(Any, None),
        utility=Utility("清水县供电公司", "Qingshui Power", "Asia/Shanghai", "CNY", "95598", "http://localhost"),
        redis_url="",
        mode="demo",
        simulating=True,
        secret_key="k" * 32,
    )


@dataclass
class Console:
    """The console behind its mount, and one browser. `secrets` holds each agent's second factor."""

    db: Database
    now: datetime = NOW
    secrets: dict[str, str] = field(default_factory=dict)
    statements: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = create_app(make_ports(self.db), clock=lambda: self.now)
        self.browser = self.new_browser()

    def new_browser(self) -> Client:
        return Client(DispatcherMiddleware(NotFound(), {"/console": self.app}))

    def hire(self, username: str, station_ids: list[int], roles: tuple[str, ...] = ("agent",)) -> None:
        with self.db.transaction() as session:
            codes = session.scalars(text("SELECT code FROM station WHERE id = ANY(:ids)"), {"ids": station_ids})
            self.secrets[username] = add_agent(
                session,
                actor=SYSTEM,
                username=username,
                name=username.title(),
                password=PASSWORD,
                stations=list(codes),
                roles=roles,
                language="en",
                now=self.now,
            )

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.browser.get(f"/console{path}", headers={"Accept-Language": "en", **headers})

    def post(self, path: str, data: dict[str, str] | None = None, *, on: str = "/", **headers: str) -> TestResponse:
        """Send a form with the token that the page `on` carries."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(on).text)
        assert found is not None
        body = {**(data or {}), "csrf_token": found.group(1)}
        return self.browser.post(f"/console{path}", data=body, headers={"Accept-Language": "en", **headers})

    def try_sign_in(self, username: str, password: str = PASSWORD, code: str | None = None) -> TestResponse:
        if code is None:
            code = code_at(self.secrets[username], self.now) if username in self.secrets else "123456"
        return self.post("/sign-in", {"username": username, "password": password, "code": code}, on="/sign-in")

    def sign_in(self, username: str) -> None:
        self.now += timedelta(seconds=STEP_SECONDS)
        assert self.try_sign_in(username).status_code == 303

    def counting(self) -> AbstractContextManager[list[str]]:
        """Collect the statements that reach the database meanwhile."""
        return statements()

    def looks(self) -> list[tuple[str, str, int | None]]:
        with self.db.read() as reader:
            rows = reader.execute(
                text("SELECT action, subject_id, account_id FROM audit_entry WHERE actor_kind = 'agent' ORDER BY id")
            )
            return [tuple(row) for row in rows if row.action not in {"sign_in", "refuse_sign_in"}]
