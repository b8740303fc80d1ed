"""One search box finds a customer by anything they may say, within the agent's stations, and remembers no phone."""

import pytest
from sqlalchemy import text

from kernel.crypto import keyed_hash
from kernel.db import Database
from tests.console.desk import Console
from tests.console.world import World, make_world, number_of
from tests.factories import Home


@pytest.fixture
def world(db: Database, console: Console) -> World:
    made = make_world(db)
    console.hire("mei", [made.here])
    console.sign_in("mei")
    return made


def _said(db: Database, home: Home) -> dict[str, str]:
    with db.read() as reader:
        meter = reader.scalar(text("SELECT meter_number FROM meter WHERE id = :id"), {"id": home.meter_id})
        address = reader.scalar(
            text("SELECT p.address FROM premises p JOIN service_point s ON s.premises_id = p.id WHERE s.id = :id"),
            {"id": home.service_point_id},
        )
        name = reader.scalar(text("SELECT name FROM customer WHERE id = :id"), {"id": home.customer_id})
    local = home.phone.removeprefix("+86")
    return {
        "account": home.account_number,
        "account with spaces": f" {home.account_number[:4]} {home.account_number[4:]} ",
        "bill": number_of(db, home, "bill"),
        "payment": number_of(db, home, "payment"),
        "meter": str(meter),
        "phone": f"{local[:3]} {local[3:7]} {local[7:]}",
        "phone with country": home.phone,
        "name": str(name),
        "address": str(address),
    }


EXACT = {"account", "account with spaces", "bill", "payment", "meter", "phone", "phone with country"}


def test_whatever_the_caller_says_finds_the_account(db: Database, console: Console, world: World) -> None:
    for kind, words in _said(db, world.home).items():
        answer = console.browser.get("/console/search", query_string={"q": words}, headers={"Accept-Language": "en"})
        if kind in EXACT:
            assert answer.headers.get("Location") == f"/console/accounts/{world.home.account_number}", kind
        else:
            assert world.home.account_number in answer.text, kind


def test_nothing_finds_an_account_of_another_station(db: Database, console: Console, world: World) -> None:
    for kind, words in _said(db, world.foreign).items():
        answer = console.browser.get("/console/search", query_string={"q": words}, headers={"Accept-Language": "en"})
        assert answer.status_code == 200, kind
        assert world.foreign.account_number not in answer.text.replace(words, ""), kind
        assert "Nobody found" in answer.text, kind


def test_results_hide_the_phone(console: Console, world: World) -> None:
    page = console.browser.get("/console/search", query_string={"q": "陈"}).text
    assert "陈静" in page
    assert "陈大文" not in page
    assert world.home.phone.removeprefix("+86") not in page.replace(" ", "")


def test_a_search_is_on_record_with_a_phone_as_its_keyed_hash(db: Database, console: Console, world: World) -> None:
    for words in (world.home.phone, "陈静", "13911112222"):
        console.browser.get("/console/search", query_string={"q": words})
    with db.read() as reader:
        details = reader.scalars(text("SELECT detail FROM audit_entry WHERE action = 'search_customers' ORDER BY id"))
        found = list(details)
    assert found == [
        {"found": 1, "phone": keyed_hash("phone", world.home.phone).hex()},
        {"found": 1, "words": "陈静"},
        {"found": 0, "phone": keyed_hash("phone", "+8613911112222").hex()},
    ]


@pytest.mark.parametrize("words", ["", "  ", "!", "&|!():*", "'; --", "\\", "a" * 500, "王 & 李", "<b>", "0"])
def test_odd_words_are_no_error(console: Console, world: World, words: str) -> None:
    answer = console.browser.get("/console/search", query_string={"q": words})
    assert answer.status_code in {200, 303}
    assert "<b>" not in answer.text


def test_the_phone_of_somebody_let_in_finds_the_account(db: Database, console: Console, world: World) -> None:
    with db.transaction() as session:
        sign_in = session.scalar(
            text(
                "INSERT INTO sign_in (phone, phone_hash, language, created_at) VALUES ('x', :h, 'en', :now)"
                " RETURNING id"
            ),
            {"h": keyed_hash("phone", "+8613900001234"), "now": console.now},
        )
        session.execute(
            text(
                "INSERT INTO holding (sign_in_id, account_id, role, proof, created_at)"
                " VALUES (:s, :a, 'pay', 'holder', :now)"
            ),
            {"s": sign_in, "a": world.home.account_id, "now": console.now},
        )
    answer = console.browser.get("/console/search", query_string={"q": "13900001234"})
    assert answer.headers["Location"] == f"/console/accounts/{world.home.account_number}"
