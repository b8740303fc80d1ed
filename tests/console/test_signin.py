"""Into the console with password and second factor, out of it by will or by the clock; no answer tells who exists."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import Client

import services.journeys.sign_in_agent as journey
from kernel.db import Database
from services.access.sessions import open_session
from services.access.totp import code_at
from tests.console.desk import PASSWORD, Console, make_ports
from tests.factories import NOW, make_station
from webkit.app import make_app
from webkit.session_table import SessionTable
from webkit.signin import customers_only, public, sign_in


@pytest.fixture(autouse=True)
def mei(db: Database, console: Console) -> None:
    with db.transaction() as session:
        station = make_station(session)
    console.hire("mei", [station])


def test_password_and_code_open_the_console(console: Console) -> None:
    assert console.get("/").status_code == 303
    console.sign_in("mei")
    assert "My recent customers" in console.get("/").text


def test_a_code_opens_only_once(console: Console) -> None:
    code = code_at(console.secrets["mei"], console.now)
    assert console.try_sign_in("mei", code=code).status_code == 303
    console.browser = console.new_browser()
    again = console.try_sign_in("mei", code=code)
    assert again.status_code == 403
    assert "do not fit together" in again.text


def test_whatever_was_wrong_the_answer_is_the_same(console: Console) -> None:
    answers = {
        (answer.status_code, answer.text.count("do not fit together"), answer.text.count("govuk-error-summary__title"))
        for answer in (
            console.try_sign_in("mei", password="wrong-password"),
            console.try_sign_in("mei", code="000000"),
            console.try_sign_in("nobody"),
        )
    }
    assert answers == {(403, 1, 1)}


def test_an_unknown_name_costs_a_password_hash_too(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str | None] = []
    monkeypatch.setattr(journey, "verify_password", lambda stored, _password: hashed.append(stored) or False)
    console.try_sign_in("nobody")
    console.try_sign_in("mei", password="wrong-password")
    assert len(hashed) == 2
    assert hashed[0] is None


def test_the_rate_is_limited_before_the_hash(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str | None] = []
    monkeypatch.setattr(journey, "verify_password", lambda stored, _password: hashed.append(stored) or False)
    answers = [console.try_sign_in("mei", password="guess").status_code for _ in range(7)]
    assert answers == [403] * 5 + [429] * 2
    assert len(hashed) == 5


def test_a_refused_name_is_kept_as_a_keyed_hash_alone(db: Database, console: Console) -> None:
    console.try_sign_in("my-password-by-mistake")
    with db.read() as reader:
        (row,) = reader.execute(text("SELECT * FROM audit_entry WHERE action = 'refuse_sign_in'")).all()
    assert "mistake" not in repr(row)


def test_thirty_idle_minutes_end_the_session(console: Console) -> None:
    console.sign_in("mei")
    for _ in range(3):
        console.now += timedelta(minutes=29)
        assert console.get("/").status_code == 200
    console.now += timedelta(minutes=31)
    assert console.get("/").status_code == 303


def test_twelve_hours_end_the_session_however_busy(console: Console) -> None:
    console.sign_in("mei")
    opened = console.now
    while console.now < opened + timedelta(hours=12):
        assert console.get("/").status_code == 200
        console.now += timedelta(minutes=20)
    assert console.get("/").status_code == 303


def test_signing_out_ends_it_in_the_table_too(db: Database, console: Console) -> None:
    console.sign_in("mei")
    assert console.post("/sign-out").status_code == 303
    assert console.get("/").status_code == 303
    with db.read() as reader:
        assert reader.scalar(text("SELECT count(*) FROM web_session WHERE revoked_at IS NULL")) == 0


def test_a_form_without_its_token_is_refused(console: Console) -> None:
    code = code_at(console.secrets["mei"], console.now)
    answer = console.browser.post("/console/sign-in", data={"username": "mei", "password": PASSWORD, "code": code})
    assert answer.status_code == 400


def test_after_signing_in_nobody_is_sent_out_of_the_console(console: Console) -> None:
    for target, expected in {
        "https://elsewhere.example/": "/console/",
        "//elsewhere.example": "/console/",
        "/": "/console/",
        "/console/search?q=1": "/console/search?q=1",
    }.items():
        console.browser = console.new_browser()
        console.now += timedelta(minutes=1)
        code = code_at(console.secrets["mei"], console.now)
        fields = {"username": "mei", "password": PASSWORD, "code": code, "next": target}
        assert console.post("/sign-in", fields, on="/sign-in").headers["Location"] == expected


def _portal(db: Database) -> Flask:
    app = make_app(
        "portal", import_name=__name__, ports=make_ports(db), sessions=SessionTable(db, "customer"), clock=lambda: NOW
    )

    @app.get("/mine")
    @customers_only
    def mine() -> str:
        return "mine"

    @app.get("/enter")
    @public
    def enter() -> str:
        with db.transaction() as session:
            token, _ = open_session(session, "customer", principal_id=1, epoch=1, device="", now=NOW)
        living = SessionTable(db, "customer").find(token, NOW)
        assert living is not None
        sign_in(token, living)
        return "in"

    return app


def _add_customer(db: Database) -> None:
    with db.transaction() as session:
        session.execute(
            text("INSERT INTO sign_in (id, phone, phone_hash, language, created_at) VALUES (1, 'x', 'x', 'en', :now)"),
            {"now": NOW},
        )


def _cookie(answer_headers: list[str]) -> tuple[str, str]:
    name, value = answer_headers[-1].split(";")[0].split("=", 1)
    return name, value


def test_a_customers_cookie_opens_no_console_and_an_agents_no_portal(db: Database, console: Console) -> None:
    _add_customer(db)
    portal = Client(_portal(db))
    entered = portal.get("/enter")
    _name, customers = _cookie(entered.headers.getlist("Set-Cookie"))
    assert portal.get("/mine").text == "mine"

    stranger = console.new_browser()
    stranger.set_cookie("lightline_console", customers, path="/console")
    assert stranger.get("/console/").status_code == 303

    answer = console.try_sign_in("mei")
    cookie = answer.headers.getlist("Set-Cookie")[-1]
    assert cookie.startswith("lightline_console=")
    assert "Path=/console" in cookie
    assert "HttpOnly" in cookie
    _name, agents = _cookie([cookie])
    thief = Client(_portal(db))
    thief.set_cookie("lightline", agents)
    assert thief.get("/mine").status_code == 303
