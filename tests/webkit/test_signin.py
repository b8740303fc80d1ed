"""Who may enter: a route that declares nothing lets nobody in; kind, epoch and a living session are all asked for."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel.actor import Actor
from tests.webkit.gallery import SETTINGS
from webkit.app import make_app
from webkit.signin import SignedIn, agents_only, current_actor, customers_only, public, route_table, sign_in, sign_out

WANG = SignedIn("customer", 17, 1, 3, label="Wang", language="en")
LI = SignedIn("agent", 17, 2, 8, label="Li Hua", roles=frozenset({"agent"}), stations=frozenset({1, 2}))


class Sessions:
    """A session table in memory."""

    def __init__(self) -> None:
        self.living: dict[str, SignedIn] = {}
        self.asked = 0

    def find(self, token: str, now: datetime) -> SignedIn | None:
        self.asked += 1
        return self.living.get(token)

    def end(self, token: str, now: datetime) -> None:
        self.living.pop(token, None)


def door(name: str, who: SignedIn, sessions: Sessions) -> Flask:
    app = make_app(
        name, import_name=__name__, settings=SETTINGS, sessions=sessions, clock=lambda: datetime(2026, 7, 1, tzinfo=UTC)
    )

    @app.get("/enter")
    @public
    def enter() -> str:
        sessions.living["t1"] = who
        sign_in("t1", who)
        return "in"

    @app.get("/leave")
    @public
    def leave() -> str:
        sign_out()
        return "out"

    @app.get("/customers")
    @customers_only
    def customers() -> str:
        return repr(current_actor())

    @app.get("/agents")
    @agents_only()
    def agents() -> str:
        return repr(current_actor())

    @app.get("/cashiers")
    @agents_only(role="cashier")
    def cashiers() -> str:
        return "cash"

    @app.get("/open")
    @public
    def open_to_all() -> str:
        return repr(current_actor())

    @app.get("/forgotten")
    def forgotten() -> str:
        return "nobody said who may see this"

    return app


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


@pytest.fixture
def portal(sessions: Sessions) -> FlaskClient:
    return door("portal", WANG, sessions).test_client()


def test_a_route_that_declares_no_guard_lets_nobody_in(portal: FlaskClient) -> None:
    assert portal.get("/forgotten").status_code == 403
    portal.get("/enter")
    assert portal.get("/forgotten").status_code == 403


def test_the_route_table_names_every_guard(sessions: Sessions) -> None:
    table = route_table(door("portal", WANG, sessions))
    assert table["customers"] == "customers"
    assert table["cashiers"] == "agents (cashier)"
    assert table["open_to_all"] == "public"
    assert [endpoint for endpoint, guard in table.items() if not guard] == ["forgotten"]


def test_a_stranger_is_sent_to_sign_in_and_back(portal: FlaskClient) -> None:
    answer = portal.get("/customers?page=2")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/customers%3Fpage%3D2")


def test_a_program_that_is_not_signed_in_gets_401(portal: FlaskClient) -> None:
    answer = portal.get("/customers", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (401, "sign_in_needed")


def test_htmx_is_told_to_leave_for_the_sign_in_page(portal: FlaskClient) -> None:
    answer = portal.get("/customers", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/sign-in"


def test_a_signed_in_customer_acts_under_their_own_name_and_pages_are_not_stored(portal: FlaskClient) -> None:
    portal.get("/enter")
    answer = portal.get("/customers")
    actor = Actor(kind="customer", id=17, label="Wang", stations=frozenset(), request_id=answer.headers["X-Request-ID"])
    assert answer.get_data(as_text=True) == repr(actor)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Language"] == "en" or answer.mimetype != "text/html"


def test_a_public_page_asks_no_session_table_of_a_stranger(portal: FlaskClient, sessions: Sessions) -> None:
    assert "kind='payer'" in portal.get("/open").get_data(as_text=True)
    assert sessions.asked == 0


def test_one_page_asks_the_session_table_once(portal: FlaskClient, sessions: Sessions) -> None:
    portal.get("/enter")
    sessions.asked = 0
    portal.get("/customers")
    assert sessions.asked == 1


def test_a_customer_enters_no_agents_page(portal: FlaskClient) -> None:
    portal.get("/enter")
    assert portal.get("/agents").status_code == 403


def test_an_agent_enters_agents_pages_but_none_of_another_role_or_kind(sessions: Sessions) -> None:
    app = door("console", LI, sessions)
    app.config["SESSION_COOKIE_PATH"] = "/"
    client = app.test_client()
    client.get("/enter")
    assert client.get("/agents").status_code == 200
    assert client.get("/customers").status_code == 403
    assert client.get("/cashiers").status_code == 403


def test_a_session_ended_elsewhere_signs_this_browser_out(portal: FlaskClient, sessions: Sessions) -> None:
    portal.get("/enter")
    sessions.living.clear()
    assert portal.get("/customers").status_code == 303


def test_a_raised_epoch_signs_every_older_cookie_out(portal: FlaskClient, sessions: Sessions) -> None:
    portal.get("/enter")
    sessions.living["t1"] = replace(WANG, epoch=4)
    assert portal.get("/customers").status_code == 303


def test_a_session_of_the_other_kind_names_nobody_here(portal: FlaskClient, sessions: Sessions) -> None:
    portal.get("/enter")
    sessions.living["t1"] = replace(LI, epoch=3)
    assert portal.get("/customers").status_code == 303


def test_signing_out_ends_the_session_in_the_table_too(portal: FlaskClient, sessions: Sessions) -> None:
    portal.get("/enter")
    portal.get("/leave")
    assert sessions.living == {}
    assert portal.get("/customers").status_code == 303


def test_the_cookie_holds_the_token_and_no_name(portal: FlaskClient) -> None:
    import base64

    cookie = portal.get("/enter").headers["Set-Cookie"].split("=", 1)[1].split(";")[0]
    payload = cookie.split(".")[0] or cookie.split(".")[1]
    held = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    assert b"Wang" not in held


def test_when_the_session_table_does_not_answer_people_still_get_a_page(
    portal: FlaskClient, sessions: Sessions
) -> None:
    portal.get("/enter")

    def broken(token: str, now: datetime) -> SignedIn | None:
        raise ConnectionError

    sessions.find = broken  # type: ignore[method-assign]
    answer = portal.get("/customers")
    assert answer.status_code == 500
    assert "Something went wrong on our side." in answer.get_data(as_text=True)
    assert portal.get("/nowhere").status_code == 404
