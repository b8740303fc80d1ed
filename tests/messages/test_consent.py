"""STOP holds, codes that were asked for pass, quiet hours end at eight."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from kernel.crypto import keyed_hash
from kernel.db import Database
from notifications.decide import decide, quiet_until
from services.journeys.hear_of_message import apply_inbound, receive_inbound
from services.messages.operations import note_consent
from services.messages.ports import InboundMessage, MessageRefused
from services.messages.queries import standing_consents
from services.messages.rules import CODE_LIVES, consent_in
from tests.factories import ZONE
from tests.messages.fakes import DAY, Clock, FakeVendor, raising

PHONE = "+8613800000001"
State = Callable[[int], tuple[str, str | None]]


def _write(db: Database, body: str, event: str, at: datetime = DAY) -> None:
    receive_inbound(db, InboundMessage(event, event, PHONE, "+8610", body), now=at)
    with db.read() as reader:
        rows = reader.scalars(text("SELECT id FROM inbox WHERE done_at IS NULL")).all()
    for row in rows:
        apply_inbound(db, row, now=at)


def _consents(db: Database) -> dict[str, bool]:
    with db.read() as reader:
        return standing_consents(reader, keyed_hash("phone", PHONE), "sms")


@pytest.mark.parametrize("word", ["STOP", " stop. ", "Unsubscribe", "退订", "td"])
def test_a_stop_withholds_receipts(
    db: Database, vendor: FakeVendor, queue: Callable[..., int], relay: Callable[[], int], state: State, word: str
) -> None:
    _write(db, word, "IN1")
    message = queue(phone=PHONE)
    relay()
    assert state(message) == ("withheld", "stopped")
    assert vendor.taken == []


def test_start_gives_back_what_stop_took(
    db: Database, queue: Callable[..., int], relay: Callable[[], int], state: State
) -> None:
    _write(db, "STOP", "IN1")
    _write(db, "START", "IN2", DAY + timedelta(minutes=1))
    message = queue(phone=PHONE)
    relay()
    assert state(message) == ("accepted", None)


def test_words_that_are_stored_out_of_order_stand_in_the_order_they_came(db: Database) -> None:
    _write(db, "START", "IN2", DAY + timedelta(minutes=1))
    _write(db, "STOP", "IN1", DAY)
    assert _consents(db) == {"all": True}


def test_an_ordinary_reply_changes_no_consent_and_is_kept_sealed(db: Database) -> None:
    _write(db, "When is my bill due?", "IN1")
    assert _consents(db) == {}
    with db.read() as reader:
        stored = str(reader.scalar(text("SELECT payload FROM inbox")))
    assert "bill" not in stored
    assert PHONE not in stored


def test_a_doubled_reply_is_one_row(db: Database) -> None:
    _write(db, "STOP", "IN1")
    _write(db, "STOP", "IN1")
    with db.read() as reader:
        assert reader.scalar(text("SELECT count(*) FROM consent")) == 1
        assert reader.scalar(text("SELECT count(*) FROM inbox")) == 1


def test_a_refused_category_withholds_only_that(
    db: Database, queue: Callable[..., int], relay: Callable[[], int], state: State
) -> None:
    with db.transaction() as session:
        note_consent(session, keyed_hash("phone", PHONE), granted=False, source="import", category="marketing", at=DAY)
    message = queue(phone=PHONE)
    relay()
    assert state(message)[0] == "accepted"
    with db.transaction() as session:
        note_consent(session, keyed_hash("phone", PHONE), granted=False, source="import", category="receipt", at=DAY)
    second = queue(phone=PHONE, once_key="receipt:2")
    relay()
    assert state(second) == ("withheld", "stopped")


def test_the_vendors_stop_is_written_into_our_ledger_once(
    db: Database, vendor: FakeVendor, queue: Callable[..., int], relay: Callable[[], int], state: State
) -> None:
    vendor.before = raising(MessageRefused("stopped", "21610"), MessageRefused("stopped", "21610"))
    first = queue(phone=PHONE)
    relay()
    code = queue(phone=PHONE, once_key="code:1", category="one_time_code", body="{code}", secret_ref="1")
    relay()
    assert state(first) == state(code) == ("failed", "stopped")
    with db.read() as reader:
        assert reader.execute(text("SELECT granted, source FROM consent")).all() == [(False, "vendor")]
    later = queue(phone=PHONE, once_key="receipt:2")
    relay()
    assert state(later) == ("withheld", "stopped")


def test_a_code_that_was_asked_for_passes_a_stop_and_the_night(
    db: Database, vendor: FakeVendor, queue: Callable[..., int], relay: Callable[[], int], clock: Clock
) -> None:
    _write(db, "STOP", "IN1")
    clock.at(3)
    queue(phone=PHONE, category="one_time_code", body="Your code is {code}.", secret_ref="9")
    relay()
    assert len(vendor.taken) == 1


@pytest.mark.parametrize(
    ("utc_hour", "until_hour"),
    [(0, None), (12, None), (13, 24), (14, 24), (20, 24), (23, 24)],  # Shanghai 08, 20, 21, 22, 04, 07
)
def test_quiet_hours_are_21_to_08_in_the_utilitys_zone(utc_hour: int, until_hour: int | None) -> None:
    now = datetime(2026, 7, 2, utc_hour, tzinfo=UTC)
    expected = None if until_hour is None else datetime(2026, 7, 2, tzinfo=UTC) + timedelta(hours=until_hour)
    assert quiet_until(now, ZONE) == expected


def test_a_night_that_loses_an_hour_still_ends_at_eight() -> None:
    night = datetime(2026, 3, 28, 21, 0, tzinfo=UTC)
    assert quiet_until(night, "Europe/Berlin") == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)


def test_an_old_receipt_waits_for_the_morning_and_an_old_code_is_withheld() -> None:
    night = datetime(2026, 7, 2, 15, 0, tzinfo=UTC)
    old = decide(category="receipt", consents={}, queued_at=night - timedelta(hours=1), now=night, zone=ZONE)
    assert (old.kind, old.until) == ("wait", datetime(2026, 7, 3, 0, 0, tzinfo=UTC))
    code = decide(category="one_time_code", consents={}, queued_at=night - CODE_LIVES, now=night, zone=ZONE)
    assert (code.kind, code.reason) == ("withhold", "expired")


def test_only_the_whole_word_is_a_stop() -> None:
    assert consent_in("Please do not stop") is None
    assert consent_in("unstop") is True
