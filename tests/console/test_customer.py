"""The customer on one page: money in words, masked numbers, looks on record, and a timeline that moves by itself."""

import html
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from kernel.crypto import derived_code, keyed_hash
from kernel.db import Database
from services.access.codes import secret_ref
from services.access.looks import who_looked
from services.messages.operations import queue_message
from tests.console.desk import Console
from tests.console.world import (
    World,
    begin_payment,
    give_identity,
    make_world,
    number_of,
    open_items,
    settle_payment,
)


@pytest.fixture
def world(db: Database, console: Console) -> World:
    made = make_world(db)
    console.hire("mei", [made.here])
    console.sign_in("mei")
    return made


def _ask(page: str) -> str:
    """Return the address that an open page asks every second, below the mount."""
    found = re.search(r'hx-get="/console([^"]+)"', page)
    assert found is not None
    return html.unescape(found.group(1))


def test_the_page_says_money_in_words_and_shows_bills_payments_and_meter(
    db: Database, console: Console, world: World
) -> None:
    page = console.get(f"/accounts/{world.home.account_number}").text
    (open_minor,) = open_items(db, world.home).values()
    assert f"To pay ¥{open_minor / 100:.2f} by 21 July 2026." in page
    assert "陈静" in page
    assert number_of(db, world.home, "payment") in page
    assert number_of(db, world.home, "bill") in page
    assert "1,400 kWh" in page


def test_the_phone_is_masked_until_it_is_asked_for_and_asking_is_on_record(
    db: Database, console: Console, world: World
) -> None:
    path = f"/accounts/{world.home.account_number}"
    local = world.home.phone.removeprefix("+86")
    hidden = console.get(path).text
    assert local not in hidden.replace(" ", "")
    shown = console.post(f"{path}/reveal/phone", on=path).text
    assert local in shown.replace(" ", "")
    assert ("reveal_phone", world.home.account_number, world.home.account_id) in console.looks()


def test_an_agent_may_not_see_an_identity_number_but_a_supervisor_may_on_record(
    db: Database, console: Console, world: World
) -> None:
    give_identity(db, world.home, "110101199003071234")
    path = f"/accounts/{world.home.account_number}"
    assert "110101199003071234" not in console.get(path).text
    assert console.post(f"{path}/reveal/identity", on=path).status_code == 403
    console.hire("zhao", [world.here], roles=("supervisor",))
    console.browser = console.new_browser()
    console.sign_in("zhao")
    assert "110101199003071234" in console.post(f"{path}/reveal/identity", on=path).text
    assert [look[0] for look in console.looks()].count("reveal_identity") == 1


def test_every_look_is_on_record_and_the_customer_can_read_who_looked(
    db: Database, console: Console, world: World
) -> None:
    console.get(f"/accounts/{world.home.account_number}")
    console.get(f"/accounts/{world.home.account_number}")
    console.get(f"/bills/{number_of(db, world.home, 'bill')}")
    console.get(f"/payments/{number_of(db, world.home, 'payment')}")
    with db.read() as reader:
        looks = who_looked(reader, world.home.account_id)
    assert [(look.label, look.role, look.what, look.times) for look in looks] == [
        ("Mei", "Agent", "Opened a payment", 1),
        ("Mei", "Agent", "Opened a bill", 1),
        ("Mei", "Agent", "Opened your account", 2),
    ]


def test_nothing_moved_answers_204_and_costs_two_statements(console: Console, world: World) -> None:
    ask = _ask(console.get(f"/accounts/{world.home.account_number}").text)
    with console.counting() as statements:
        assert console.get(ask).status_code == 204
    assert len(statements) == 2


def test_a_payment_that_settles_meanwhile_moves_the_open_page(db: Database, console: Console, world: World) -> None:
    path = f"/accounts/{world.home.account_number}"
    ask = _ask(console.get(path).text)
    attempt = begin_payment(db, world.home, console.now)
    console.now += timedelta(seconds=1)
    begun = console.get(ask)
    assert begun.status_code == 200
    assert "begun" in begun.text
    ask = _ask(begun.text)
    assert console.get(ask).status_code == 204
    settle_payment(db, attempt, console.now)
    console.now += timedelta(seconds=1)
    settled = console.get(ask).text
    assert "Nothing to pay." in settled
    assert 'hx-swap-oob="outerHTML"' in settled
    assert re.search(rf'll-fresh[^>]*id="payment-{attempt.payment_number}"', settled)
    assert console.get(_ask(settled)).status_code == 204


def test_a_message_and_its_fate_move_the_open_page(db: Database, console: Console, world: World) -> None:
    ask = _ask(console.get(f"/accounts/{world.home.account_number}").text)
    with db.transaction() as session:
        queue_message(
            session,
            once_key="r1",
            category="receipt",
            language="en",
            phone=world.home.phone,
            account_id=world.home.account_id,
            body="Received 86.42",
            now=console.now,
        )
    answer = console.get(ask).text
    assert "Received 86.42" in answer
    assert "Waiting to go" in answer
    with db.transaction() as session:
        # A late worker may write a time before the newest one: the page moves all the same.
        earlier = console.now - timedelta(minutes=5)
        session.execute(
            text("UPDATE message SET state = 'failed', reason = 'stopped', changed_at = :t"), {"t": earlier}
        )
    fate = console.get(_ask(answer)).text
    assert "The customer has stopped our messages." in fate


def test_an_open_page_that_asks_is_no_look_and_keeps_no_idle_desk_signed_in(console: Console, world: World) -> None:
    ask = _ask(console.get(f"/accounts/{world.home.account_number}").text)
    looks = console.looks()
    for _ in range(3):
        console.now += timedelta(minutes=9)
        assert console.get(ask, **{"HX-Request": "true"}).status_code == 204
    console.now += timedelta(minutes=9)
    gone = console.get(ask, **{"HX-Request": "true"})
    assert gone.headers["HX-Redirect"] == "/console/sign-in"
    assert console.looks() == looks


def test_a_failed_payment_is_told_with_its_reason(db: Database, console: Console, world: World) -> None:
    from services.payments.operations import Word, note_words

    attempt = begin_payment(db, world.home, console.now)
    with db.transaction() as session:
        word = Word(attempt.payment_id, "failed", "f1", failure_code="insufficient_funds")
        note_words(session, [word], value_on=date(2026, 7, 2), now=console.now)
    page = console.get(f"/accounts/{world.home.account_number}").text
    assert "There was not enough money on the card." in page
    assert "To pay" in page
    desk = console.get("/").text
    assert "There was not enough money on the card." in desk


def test_identity_is_proved_for_this_agent_for_half_an_hour(db: Database, console: Console, world: World) -> None:
    give_identity(db, world.home, "11010119900307123X")
    path = f"/accounts/{world.home.account_number}"
    assert "Identity not proved" in console.get(path).text
    refused = console.post(f"{path}/prove", {"how": "identity", "answer": "0000"}, on=path)
    assert refused.status_code == 400
    assert "does not fit" in refused.text
    assert console.post(f"{path}/prove", {"how": "identity", "answer": "123x"}, on=path).status_code == 303
    assert "Identity proved until 10:30" in console.get(path).text
    console.now += timedelta(minutes=29)
    assert "Identity proved until 10:30" in console.get(path).text
    console.now += timedelta(minutes=2)
    assert "Identity not proved" in console.get(path).text


def test_a_proof_that_runs_out_leaves_the_open_page_too(db: Database, console: Console, world: World) -> None:
    give_identity(db, world.home, "110101199003071234")
    path = f"/accounts/{world.home.account_number}"
    console.post(f"{path}/prove", {"how": "identity", "answer": "1234"}, on=path)
    ask = _ask(console.get(path).text)
    console.now += timedelta(minutes=20)
    console.get("/")
    assert console.get(ask).status_code == 204
    console.now += timedelta(minutes=11)
    after = console.get(ask).text
    assert "Identity not proved" in after
    assert 'id="caller" hx-swap-oob' in after
    assert 'id="caller"' not in console.get(_ask(after).replace("mark=", "mark=x")).text


def test_the_parts_of_a_page_are_shown_to_nobody_who_did_not_open_it(console: Console, world: World) -> None:
    answer = console.get(f"/accounts/{world.home.account_number}/moved?mark=x")
    assert (answer.status_code, answer.headers["HX-Refresh"], answer.data) == (204, "true", b"")


def test_every_page_with_a_customers_strip_is_a_look(console: Console, world: World) -> None:
    for page in ("prove", "holder"):
        before = len(console.looks())
        console.get(f"/accounts/{world.home.account_number}/{page}")
        assert console.looks()[before:] == [("view_customer", world.home.account_number, world.home.account_id)]


def test_the_amount_of_the_last_bill_proves_identity_too_and_the_end_of_the_call_forgets_it(
    db: Database, console: Console, world: World
) -> None:
    path = f"/accounts/{world.home.account_number}"
    (last_minor,) = open_items(db, world.home).values()
    answer = console.post(f"{path}/prove", {"how": "bill", "answer": f"{last_minor / 100:.2f}"}, on=path)
    assert answer.status_code == 303
    assert "Identity proved" in console.get(path).text
    console.post(f"{path}/end-call", on=path)
    assert "Identity not proved" in console.get(path).text


def test_a_code_to_the_phone_on_file_proves_identity_once(db: Database, console: Console, world: World) -> None:
    path = f"/accounts/{world.home.account_number}"
    assert console.post(f"{path}/prove/code", on=path).status_code == 303
    with db.read() as reader:
        code_id, purpose = reader.execute(text("SELECT id, purpose FROM one_time_code")).one()
        body, contact_hash = reader.execute(text("SELECT body, contact_hash FROM message")).one()
    assert purpose == "prove_identity"
    assert "only if you called us" in body or "来电" in body
    assert bytes(contact_hash) == keyed_hash("phone", world.home.phone)
    code = derived_code("one_time_code", secret_ref(code_id))
    page = console.get(path).text
    assert code not in page
    assert "••••••" in page
    again = console.post(f"{path}/prove/code", on=path)
    assert (again.status_code, "Too many codes" in again.text) == (429, True)
    wrong = "000000" if code != "000000" else "000001"
    assert console.post(f"{path}/prove", {"how": "code", "answer": wrong}, on=path).status_code == 400
    assert console.post(f"{path}/prove", {"how": "code", "answer": code}, on=path).status_code == 303
    assert "Identity proved" in console.get(path).text
    console.post(f"{path}/end-call", on=path)
    assert console.post(f"{path}/prove", {"how": "code", "answer": code}, on=path).status_code == 400


def test_another_agents_proof_is_not_mine(db: Database, console: Console, world: World) -> None:
    give_identity(db, world.home, "110101199003071234")
    path = f"/accounts/{world.home.account_number}"
    console.post(f"{path}/prove", {"how": "identity", "answer": "1234"}, on=path)
    console.hire("zhao", [world.here])
    console.browser = console.new_browser()
    console.sign_in("zhao")
    assert "Identity not proved" in console.get(path).text


def test_five_wrong_answers_close_the_question_for_an_hour(db: Database, console: Console, world: World) -> None:
    give_identity(db, world.home, "110101199003071234")
    path = f"/accounts/{world.home.account_number}"
    for _ in range(5):
        assert console.post(f"{path}/prove", {"how": "identity", "answer": "0000"}, on=path).status_code == 400
    assert console.post(f"{path}/prove", {"how": "identity", "answer": "1234"}, on=path).status_code == 429
    console.now += timedelta(minutes=25)
    console.get(path)
    console.now += timedelta(minutes=25)
    console.get(path)
    console.now += timedelta(minutes=25)
    assert console.post(f"{path}/prove", {"how": "identity", "answer": "1234"}, on=path).status_code == 303


def test_an_agent_makes_a_holder_only_after_proof(db: Database, console: Console, world: World) -> None:
    give_identity(db, world.home, "110101199003071234")
    path = f"/accounts/{world.home.account_number}"
    refused = console.post(f"{path}/holder", {"phone": "13900001234"}, on=path)
    assert refused.status_code == 403
    console.post(f"{path}/prove", {"how": "identity", "answer": "1234"}, on=path)
    assert console.post(f"{path}/holder", {"phone": "what"}, on=path).status_code == 400
    assert console.post(f"{path}/holder", {"phone": "139 0000 1234"}, on=path).status_code == 303
    assert console.post(f"{path}/holder", {"phone": "+86 13900001234"}, on=path).status_code == 409
    page = console.get(path).text
    assert "139 •••• 1234" in page
    assert "proved to an agent" in page
    with db.read() as reader:
        row = reader.execute(text("SELECT role, proof, account_id FROM holding")).one()
        assert tuple(row) == ("holder", "agent", world.home.account_id)
        assert reader.scalar(text("SELECT count(*) FROM audit_entry WHERE action = 'make_holder'")) == 1


def test_the_bill_shows_the_figures_of_the_bill_itself_and_prints(db: Database, console: Console, world: World) -> None:
    from services.billing.queries import read_bill

    number = number_of(db, world.home, "bill")
    with db.read() as reader:
        view = read_bill(reader, number)
    assert view is not None
    page = console.get(f"/bills/{number}").text
    for line in view.lines:
        assert f"¥{line.amount_minor / 100:.2f}" in page
    assert f"¥{view.total_minor / 100:.2f}" in page
    paper = console.get(f"/bills/{number}/pdf")
    assert paper.mimetype == "application/pdf"
    assert paper.data.startswith(b"%PDF-")


def test_the_first_screen_lists_my_own_recent_customers_alone(db: Database, console: Console, world: World) -> None:
    console.get(f"/accounts/{world.home.account_number}")
    assert world.home.account_number in console.get("/").text
    console.hire("zhao", [world.here])
    console.browser = console.new_browser()
    console.sign_in("zhao")
    assert world.home.account_number not in console.get("/").text


def test_life_support_and_dispute_stand_in_the_strip(db: Database, console: Console, world: World) -> None:
    with db.transaction() as session:
        session.execute(
            text("UPDATE service_point SET life_support = true WHERE id = :id"), {"id": world.home.service_point_id}
        )
        session.execute(
            text("UPDATE account SET dispute_on = '2026-06-25' WHERE id = :id"), {"id": world.home.account_id}
        )
    for path in (f"/accounts/{world.home.account_number}", f"/bills/{number_of(db, world.home, 'bill')}"):
        page = console.get(path).text
        assert "Life support" in page
        assert "Dispute since 25 June" in page
