"""Agents see their stations' customers only, by whatever number; others do not exist for them."""

import re

import pytest

from kernel.db import Database
from tests.console.desk import Console
from tests.console.world import World, make_world, number_of
from webkit.signin import route_table

# Every address that names something: method and what its number means.
ADDRESSES = {
    "customers.customer": ("GET", "account"),
    "customers.moved": ("GET", "account"),
    "identity.ask": ("GET", "account"),
    "identity.prove": ("POST", "account"),
    "identity.text_code": ("POST", "account"),
    "identity.end": ("POST", "account"),
    "identity.show": ("POST", "account"),
    "people.form": ("GET", "account"),
    "people.add": ("POST", "account"),
    "bills.bill": ("GET", "bill"),
    "bills.pdf": ("GET", "bill"),
    "payments.payment": ("GET", "payment"),
}
ABSENT = {"account": "9999999999", "bill": "9999999999999", "payment": "999999999999"}


@pytest.fixture
def world(db: Database, console: Console) -> World:
    made = make_world(db)
    console.hire("mei", [made.here])
    console.sign_in("mei")
    return made


def _number(db: Database, home: object, thing: str) -> str:
    return home.account_number if thing == "account" else number_of(db, home, thing)  # type: ignore[attr-defined,arg-type]


def _call(console: Console, endpoint: str, number: str) -> tuple[int, str]:
    method, _thing = ADDRESSES[endpoint]
    values = {"number": number, "what": "phone"} if endpoint == "identity.show" else {"number": number}
    with console.app.test_request_context():
        path = console.app.url_map.bind("localhost").build(endpoint, values, method=method)
    answer = console.get(path) if method == "GET" else console.post(path, {"how": "identity", "answer": "1234"})
    body = re.sub(
        r"[0-9]{10,}|[23456789ABCDEFGHJKMNPQRSTVWXYZ]{12}|nonce=\"[^\"]+\"|value=\"[^\"]+\"",
        "",
        answer.data.decode(errors="replace"),
    )
    return answer.status_code, body


def test_every_address_that_names_something_is_fenced_here(console: Console) -> None:
    named = {rule.endpoint for rule in console.app.url_map.iter_rules() if "number" in rule.arguments}
    assert named == set(ADDRESSES)


def test_every_route_says_who_may_enter(console: Console) -> None:
    table = route_table(console.app)
    assert "" not in table.values()
    opened = {endpoint for endpoint, guard in table.items() if guard == "public"}
    assert opened == {
        "signin.form", "signin.enter", "assets.asset", "assets.favicon", "preferences.switch_language",
        "preferences.switch_type", "webkit.manifest",
    }  # fmt: skip


@pytest.mark.parametrize("endpoint", ADDRESSES)
def test_another_stations_number_answers_like_one_that_does_not_exist(
    db: Database, console: Console, world: World, endpoint: str
) -> None:
    thing = ADDRESSES[endpoint][1]
    own = _call(console, endpoint, _number(db, world.home, thing))
    foreign = _call(console, endpoint, _number(db, world.foreign, thing))
    absent = _call(console, endpoint, ABSENT[thing])
    assert own[0] != 404
    assert foreign[0] == absent[0] == 404
    assert foreign[1] == absent[1]


@pytest.mark.parametrize("endpoint", ADDRESSES)
def test_a_stranger_is_sent_to_sign_in(db: Database, console: Console, endpoint: str) -> None:
    method, thing = ADDRESSES[endpoint]
    values = {"number": ABSENT[thing], "what": "phone"} if endpoint == "identity.show" else {"number": ABSENT[thing]}
    path = console.app.url_map.bind("localhost").build(endpoint, values, method=method)
    answer = console.get(path) if method == "GET" else console.post(path, on="/sign-in")
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/console/sign-in")


def test_a_refused_look_leaves_no_look_on_the_account(db: Database, console: Console, world: World) -> None:
    for endpoint, (_method, thing) in ADDRESSES.items():
        _call(console, endpoint, _number(db, world.foreign, thing))
    assert all(account_id != world.foreign.account_id for _action, _subject, account_id in console.looks())


def test_an_agent_of_two_stations_sees_both(db: Database, console: Console, world: World) -> None:
    console.hire("zhao", [world.here, world.there])
    console.browser = console.new_browser()
    console.sign_in("zhao")
    for home in (world.home, world.foreign):
        assert console.get(f"/accounts/{home.account_number}").status_code == 200
