"""Households enter, hold accounts, let others in: on the real PostgreSQL."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from kernel.actor import Actor
from kernel.crypto import derived_code
from kernel.db import Database
from kernel.faults import Fault, NotFound
from services.access.codes import LIMITS, TRIES, TooManyCodes, secret_ref
from services.access.sessions import find_session
from services.access.signins import WeakPassword
from services.accounts.operations import paper_code_hash
from services.accounts.queries import find_masked, list_people, list_places
from services.accounts.rules import masked_address, masked_name
from services.journeys import find_place, hold_account, sign_in_household
from services.journeys.hold_account import PAPER_TRIES_A_DAY, PaperCodeRefused, TooManyTries
from services.journeys.sign_in_household import CodeRefused, Entered, PasswordRefused
from tests.factories import NOW, Home, make_home

TODAY = date(2026, 7, 2)
PHONE = "138 0000 9999"


def _ask(db: Database, phone: str = PHONE, address: str = "10.0.0.1", at: timedelta = timedelta(0)) -> str:
    sign_in_household.ask_code(
        db, phone=phone, address=address, language="en", compose=lambda: "Your code is {code}.", now=NOW + at
    )
    with db.read() as reader:
        return derived_code("one_time_code", secret_ref(reader.scalar(text("SELECT max(id) FROM one_time_code"))))


def _enter(db: Database, phone: str = PHONE, code: str | None = None, at: timedelta = timedelta(0)) -> Entered:
    code = code or _ask(db, phone, at=at)
    return sign_in_household.enter_with_code(
        db, phone=phone, code=code, device="Chrome", language="en", request_id="r", now=NOW + at
    )


def _actor(entered: Entered) -> Actor:
    return Actor(kind="customer", id=entered.session.principal_id)


@pytest.fixture
def home(db: Database) -> Home:
    with db.transaction() as session:
        home = make_home(session)
        session.execute(
            text("UPDATE account SET paper_code_hash = :h WHERE id = :id"),
            {"h": paper_code_hash(home.account_number, "K7QM2X"), "id": home.account_id},
        )
    return home


def test_a_phone_and_its_code_open_a_session_and_make_the_sign_in(db: Database) -> None:
    entered = _enter(db)
    with db.read() as reader:
        assert find_session(reader, "customer", entered.token, now=NOW) is not None
    assert _enter(db, at=timedelta(minutes=2)).session.principal_id == entered.session.principal_id


def test_a_code_opens_once(db: Database) -> None:
    code = _ask(db)
    _enter(db, code=code)
    with pytest.raises(CodeRefused):
        _enter(db, code=code)


def test_a_code_dies_after_its_tries_even_for_the_right_digits(db: Database) -> None:
    code = _ask(db)
    wrong = str((int(code) + 1) % 10**6).zfill(6)
    for _ in range(TRIES):
        with pytest.raises(CodeRefused):
            _enter(db, code=wrong)
    with pytest.raises(CodeRefused):
        _enter(db, code=code)


def test_an_old_code_and_a_superseded_code_open_nothing(db: Database) -> None:
    first = _ask(db)
    with pytest.raises(CodeRefused):
        _enter(db, code=first, at=timedelta(minutes=6))
    second = _ask(db, at=timedelta(minutes=7))
    third = _ask(db, at=timedelta(minutes=10))
    with pytest.raises(CodeRefused):
        sign_in_household.enter_with_code(
            db, phone=PHONE, code=second, device="", language="en", request_id="", now=NOW + timedelta(minutes=10)
        )
    assert third


def test_codes_are_limited_per_number_with_growing_pauses(db: Database) -> None:
    _ask(db)
    with pytest.raises(TooManyCodes):
        _ask(db, at=timedelta(seconds=59))
    _ask(db, at=timedelta(seconds=60))
    with pytest.raises(TooManyCodes):
        _ask(db, at=timedelta(seconds=170))
    _ask(db, at=timedelta(seconds=180))


def test_codes_are_limited_per_address(db: Database) -> None:
    for number in range(LIMITS.address_per_hour):
        _ask(db, phone=f"1380000{number:04d}")
    with pytest.raises(TooManyCodes):
        _ask(db, phone="13811112222")
    _ask(db, phone="13811112222", address="10.0.0.2")


def test_one_household_is_one_address_however_many_it_was_given(db: Database) -> None:
    for number in range(LIMITS.address_per_hour):
        _ask(db, phone=f"1380000{number:04d}", address=f"2001:db8:0:1::{number:x}")
    with pytest.raises(TooManyCodes):
        _ask(db, phone="13811112222", address="2001:db8:0:1:ffff::1")
    _ask(db, phone="13811112222", address="2001:db8:0:2::1")


def test_codes_are_limited_in_what_a_day_may_cost(db: Database) -> None:
    most = LIMITS.day_cost_minor // LIMITS.cost_of_one_minor
    with db.transaction() as session:
        session.execute(
            text("""
                INSERT INTO one_time_code (purpose, phone_hash, address_hash, created_at, expires_at)
                SELECT 'sign_in', decode(lpad(to_hex(n), 8, '0'), 'hex'), '\\x00', :now, :now
                FROM generate_series(1, :n) AS n
            """),
            {"now": NOW, "n": most},
        )
    with pytest.raises(TooManyCodes):
        _ask(db)


def test_the_digits_of_a_code_are_stored_nowhere(db: Database) -> None:
    code = _ask(db)
    with db.read() as reader:
        for table in ("one_time_code", "message", "outbox", "audit_entry"):
            dumped = reader.scalar(text(f"SELECT COALESCE(string_agg(t::text, ' '), '') FROM {table} t"))
            assert code not in dumped


@pytest.mark.parametrize("weak", ["short", "password1", "qwertyuiop", "11111111", "13800009999", "88888888"])
def test_a_weak_password_is_refused(db: Database, weak: str) -> None:
    entered = _enter(db)
    with pytest.raises(WeakPassword):
        sign_in_household.set_password(db, actor=_actor(entered), new=weak, device="", now=NOW)


def test_a_new_password_signs_every_other_device_out_and_opens_the_door(db: Database) -> None:
    one = _enter(db)
    other = _enter(db, at=timedelta(minutes=2))
    fresh = sign_in_household.set_password(db, actor=_actor(one), new="gentle-river-42", device="", now=NOW)
    with db.read() as reader:
        assert [find_session(reader, "customer", e.token, now=NOW) is None for e in (one, other, fresh)] == [
            True,
            True,
            False,
        ]
    enter = {"db": db, "phone": PHONE, "device": "", "request_id": "", "now": NOW}
    assert sign_in_household.enter_with_password(password="gentle-river-42", **enter)  # type: ignore[arg-type]
    with pytest.raises(PasswordRefused):
        sign_in_household.enter_with_password(password="gentle-river-43", **enter)  # type: ignore[arg-type]


def test_an_unknown_number_is_refused_with_the_same_words(db: Database) -> None:
    _enter(db)
    said = set()
    for phone in (PHONE, "13911112222"):
        with pytest.raises(PasswordRefused) as refused:
            sign_in_household.enter_with_password(
                db, phone=phone, password="whatever-else", device="", request_id="", now=NOW
            )
        said.add(str(refused.value))
    assert len(said) == 1


def test_the_phone_on_file_proves_the_holder(db: Database, home: Home) -> None:
    entered = _enter(db, phone=home.phone)
    hold_account.accept_offer(db, actor=_actor(entered), account_number=home.account_number, now=NOW)
    with db.read() as reader:
        (place,) = list_places(reader, entered.session.principal_id, TODAY)
    assert (place.role, place.proof) == ("holder", "phone")


def test_another_phone_is_offered_nothing(db: Database, home: Home) -> None:
    with pytest.raises(NotFound):
        hold_account.accept_offer(db, actor=_actor(_enter(db)), account_number=home.account_number, now=NOW)


def test_the_code_on_the_paper_bill_proves_the_holder(db: Database, home: Home) -> None:
    entered = _enter(db)
    hold_account.hold_by_paper_code(
        db, actor=_actor(entered), account_number=home.account_number, code="k7q-m2x", now=NOW
    )
    with db.read() as reader:
        assert list_places(reader, entered.session.principal_id, TODAY)[0].proof == "paper_code"


def test_paper_codes_cannot_be_guessed_by_trying(db: Database, home: Home) -> None:
    actor = _actor(_enter(db))
    for _ in range(PAPER_TRIES_A_DAY):
        with pytest.raises(PaperCodeRefused):
            hold_account.hold_by_paper_code(db, actor=actor, account_number=home.account_number, code="AAAAAA", now=NOW)
    other = _actor(_enter(db, phone="13911112222"))
    for who in (actor, other):
        with pytest.raises(TooManyTries):
            hold_account.hold_by_paper_code(db, actor=who, account_number=home.account_number, code="K7QM2X", now=NOW)


def test_an_unknown_account_answers_as_a_wrong_code_does(db: Database, home: Home) -> None:
    actor = _actor(_enter(db))
    for number in (home.account_number, "0000000000"):
        with pytest.raises(PaperCodeRefused):
            hold_account.hold_by_paper_code(db, actor=actor, account_number=number, code="AAAAAA", now=NOW)


def _let_in(db: Database, home: Home, role: str, ends_on: date | None = None) -> tuple[Actor, Actor]:
    holder, guest = _actor(_enter(db, phone=home.phone)), _actor(_enter(db, phone="13911112222"))
    hold_account.accept_offer(db, actor=holder, account_number=home.account_number, now=NOW)
    with db.read() as reader:
        place = find_place.place_of(reader, holder, home.account_number, TODAY)
    hold_account.grant(
        db,
        actor=holder,
        place=place,
        phone="139 1111 2222",
        role=role,
        ends_on=ends_on,
        today=TODAY,
        language="en",
        now=NOW,
    )
    return holder, guest


def test_somebody_let_in_may_do_what_was_said_and_no_more(db: Database, home: Home) -> None:
    _, guest = _let_in(db, home, "view")
    with db.read() as reader:
        place = find_place.place_of(reader, guest, home.account_number, TODAY)
        for act in ("pay", "manage", "grant"):
            with pytest.raises(Fault) as refused:
                find_place.place_of(reader, guest, home.account_number, TODAY, act=act)
            assert refused.value.status == 403
    with pytest.raises(find_place.NotAllowed):
        hold_account.grant(
            db,
            actor=guest,
            place=place,
            phone="13922223333",
            role="view",
            ends_on=None,
            today=TODAY,
            language="en",
            now=NOW,
        )


def test_what_was_given_until_a_day_ends_on_that_day(db: Database, home: Home) -> None:
    _, guest = _let_in(db, home, "pay", ends_on=TODAY + timedelta(days=3))
    with db.read() as reader:
        assert find_place.place_of(reader, guest, home.account_number, TODAY + timedelta(days=2), act="pay")
        with pytest.raises(NotFound):
            find_place.place_of(reader, guest, home.account_number, TODAY + timedelta(days=3))


def test_the_holder_ends_a_tie_at_once(db: Database, home: Home) -> None:
    holder, guest = _let_in(db, home, "manage")
    with db.read() as reader:
        place = find_place.place_of(reader, holder, home.account_number, TODAY)
        (tie,) = [p for p in list_people(reader, home.account_id, TODAY) if p.role == "manage"]
    hold_account.revoke(db, actor=holder, place=place, holding_id=tie.holding_id, now=NOW)
    with db.read() as reader, pytest.raises(NotFound):
        find_place.place_of(reader, guest, home.account_number, TODAY)


def test_a_look_of_somebody_let_in_is_recorded_and_a_holders_is_not(db: Database, home: Home) -> None:
    holder, guest = _let_in(db, home, "view")
    for actor in (holder, guest):
        with db.read() as reader:
            place = find_place.place_of(reader, actor, home.account_number, TODAY)
        find_place.record_delegate_look(
            db, actor, place, "view_account", subject=("account", home.account_number), now=NOW
        )
    with db.read() as reader:
        looks = reader.execute(text("SELECT actor_id FROM audit_entry WHERE action = 'view_account'")).scalars().all()
    assert looks == [guest.id]


def test_a_stranger_finds_nothing_by_any_number(db: Database, home: Home) -> None:
    stranger = _actor(_enter(db))
    with db.read() as reader:
        for number in (home.account_number, "nonsense"):
            with pytest.raises(NotFound):
                find_place.place_of(reader, stranger, number, TODAY)
        agent_with_the_same_id = Actor(kind="agent", id=stranger.id)
        with pytest.raises(NotFound):
            find_place.place_of(reader, agent_with_the_same_id, home.account_number, TODAY)


def test_a_payer_sees_names_and_addresses_masked(db: Database, home: Home) -> None:
    with db.read() as reader:
        seen = find_masked(reader, home.account_number)
    assert seen is not None
    assert seen.masked_name == "陈*"
    assert not any(ch.isdigit() for ch in seen.masked_address)


def test_masks_keep_the_first_letter_only() -> None:
    assert masked_name("Emma Carter") == "E*** C*****"
    assert masked_name("欧阳小雨") == "欧***"
    assert masked_name("") == ""
    assert masked_address("和平路12号3单元") == "和平路**号*单元"
