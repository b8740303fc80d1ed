"""A message goes out once, wherever the worker is killed and whatever the vendor leaves unsaid."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from kernel.db import Database
from services.journeys.send_message import Sender, send
from services.messages.operations import note_receipt
from services.messages.ports import (
    DeliveryReceipt,
    MessageRefused,
    MessagesUnavailable,
    OutgoingMessage,
    RateLimited,
)
from services.messages.queries import count_messages
from services.messages.rules import MAX_ATTEMPTS
from tests.messages.fakes import DAY, Clock, FakeVendor, Killed, raising, sender_of

Queue = Callable[..., int]
Relay = Callable[[], int]
State = Callable[[int], tuple[str, str | None]]


def _waiting(db: Database) -> int:
    with db.read() as reader:
        return int(reader.scalar(text("SELECT count(*) FROM outbox WHERE done_at IS NULL")))


def _row(db: Database) -> int:
    with db.read() as reader:
        return int(reader.scalar(text("SELECT max(id) FROM outbox")))


def _tell(db: Database, message: OutgoingMessage, status: str, vendor_id: str = "SM1") -> None:
    receipt = DeliveryReceipt(f"{vendor_id}:{status}", message.message_number, vendor_id, status)  # type: ignore[arg-type]
    with db.transaction() as session:
        assert note_receipt(session, receipt, now=DAY) is not None


def test_a_message_is_handed_over_and_its_row_is_done(
    db: Database, vendor: FakeVendor, queue: Queue, relay: Relay, state: State
) -> None:
    message = queue()
    assert relay() == 1
    assert state(message) == ("accepted", None)
    assert len(vendor.taken) == 1
    assert _waiting(db) == 0


def test_the_same_thing_is_queued_once(db: Database, queue: Queue) -> None:
    queue()
    with pytest.raises(AssertionError):
        queue()
    assert _waiting(db) == 1


def test_killed_before_the_claim_nothing_happened_and_the_lease_brings_it_back(
    vendor: FakeVendor, queue: Queue, relay: Relay, state: State, clock: Clock, sender: Sender, db: Database
) -> None:
    message = queue()

    def dies(**_given: object) -> None:
        raise Killed

    with pytest.raises(Killed):
        send(Sender(db, vendor, dies, sender.zone, clock), _row(db))  # type: ignore[arg-type]
    assert state(message) == ("queued", None)
    relay()
    assert state(message) == ("accepted", None)
    assert len(vendor.taken) == 1


def test_killed_after_the_claim_it_is_looked_up_and_sent_because_absent(
    db: Database, vendor: FakeVendor, queue: Queue, relay: Relay, state: State, clock: Clock
) -> None:
    message = queue()
    vendor.before = raising(Killed())
    with pytest.raises(Killed):
        relay()
    assert state(message) == ("sending", None)
    clock.pass_(seconds=31)
    assert relay() == 0
    clock.pass_(seconds=30)
    relay()
    assert (vendor.looked_up, len(vendor.taken)) == (1, 1)
    assert state(message) == ("accepted", None)
    assert _waiting(db) == 0


def test_killed_after_the_vendor_took_it_it_is_adopted_and_not_sent_again(
    db: Database, vendor: FakeVendor, queue: Queue, relay: Relay, state: State, clock: Clock
) -> None:
    message = queue()
    vendor.after = raising(Killed())
    with pytest.raises(Killed):
        relay()
    clock.pass_(seconds=61)
    relay()
    assert (vendor.looked_up, len(vendor.taken)) == (1, 1)
    assert state(message) == ("sent", None)
    assert _waiting(db) == 0


def test_killed_before_the_vendors_word_was_recorded_it_is_adopted(
    db: Database,
    vendor: FakeVendor,
    queue: Queue,
    relay: Relay,
    state: State,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = queue()

    def dies(*_given: object, **_more: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("services.journeys.send_message.note_sent", dies)
        with pytest.raises(Killed):
            relay()
    assert state(message) == ("sending", None)
    clock.pass_(seconds=61)
    relay()
    assert len(vendor.taken) == 1
    assert state(message) == ("sent", None)


def test_a_message_found_in_sending_by_an_early_second_job_is_only_doubted(
    db: Database, vendor: FakeVendor, queue: Queue, relay: Relay, state: State, clock: Clock, sender: Sender
) -> None:
    message = queue()

    def second_job(_message: OutgoingMessage) -> None:
        send(sender_of(db, FakeVendor(before=raising(AssertionError())), clock), _row(db))
        assert state(message) == ("uncertain", None)

    vendor.before = second_job
    relay()
    assert state(message) == ("accepted", None)
    assert (vendor.looked_up, len(vendor.taken)) == (0, 1)


def test_a_time_out_waits_for_the_callback_which_settles_it(
    db: Database, vendor: FakeVendor, queue: Queue, relay: Relay, state: State, clock: Clock
) -> None:
    message = queue()
    vendor.after = raising(MessagesUnavailable())
    relay()
    assert state(message) == ("uncertain", None)
    _tell(db, vendor.taken[0], "delivered")
    assert state(message) == ("delivered", None)
    clock.pass_(seconds=61)
    relay()
    assert (vendor.looked_up, len(vendor.taken)) == (0, 1)
    assert _waiting(db) == 0


def test_a_callback_that_overtakes_the_send_keeps_its_word(
    db: Database, vendor: FakeVendor, queue: Queue, relay: Relay, state: State
) -> None:
    message = queue()
    vendor.after = lambda taken: _tell(db, taken, "delivered")
    relay()
    assert state(message) == ("delivered", None)
    with db.read() as reader:
        assert reader.execute(text("SELECT vendor_id, parts FROM message")).one() == ("SM1", 1)


def test_a_vendor_that_never_takes_it_is_asked_with_growing_pauses_and_given_up(
    db: Database, vendor: FakeVendor, queue: Queue, relay: Relay, state: State, clock: Clock
) -> None:
    message = queue()
    vendor.before = raising(*[MessagesUnavailable() for _ in range(99)])
    pauses, waited = [], 0
    for _ in range(3600):
        if relay():
            pauses.append(waited)
            waited = 0
        clock.pass_(seconds=5)
        waited += 5
        if state(message)[0] == "failed":
            break
    assert state(message) == ("failed", "gave_up")
    assert vendor.looked_up == MAX_ATTEMPTS
    assert pauses == [0, 60, 120, 240, 480, 960]
    assert _waiting(db) == 0
    with db.read() as reader:
        assert count_messages(reader, since=DAY - timedelta(days=1)).by_state == {"failed": 1}


def test_what_was_given_up_is_corrected_by_a_late_callback(
    db: Database, vendor: FakeVendor, queue: Queue, relay: Relay, state: State, clock: Clock
) -> None:
    message = queue()
    vendor.after = raising(MessagesUnavailable())
    vendor.look_up = raising(*[MessagesUnavailable() for _ in range(2000)])
    relay()
    clock.pass_(hours=25)
    relay()
    assert state(message) == ("failed", "outcome_unknown")
    _tell(db, vendor.taken[0], "sent")
    assert state(message) == ("sent", None)


def test_too_many_requests_waits_as_long_as_asked_and_is_no_attempt(
    db: Database, vendor: FakeVendor, queue: Queue, relay: Relay, state: State, clock: Clock
) -> None:
    message = queue()
    vendor.before = raising(RateLimited(7), RateLimited(7))
    relay()
    assert state(message) == ("queued", None)
    clock.pass_(seconds=6)
    assert relay() == 0
    clock.pass_(seconds=1)
    assert relay() == 1
    clock.pass_(seconds=7)
    relay()
    assert state(message) == ("accepted", None)
    with db.read() as reader:
        assert reader.scalar(text("SELECT attempts FROM message")) == 1


def test_a_refused_message_fails_with_our_reason_and_is_never_tried_again(
    db: Database, vendor: FakeVendor, queue: Queue, relay: Relay, state: State
) -> None:
    message = queue()
    vendor.before = raising(MessageRefused("bad_number", "21211"))
    relay()
    assert state(message) == ("failed", "bad_number")
    assert _waiting(db) == 0


def test_a_process_that_stood_still_after_its_claim_does_not_send(
    db: Database, vendor: FakeVendor, queue: Queue, state: State, clock: Clock
) -> None:
    message = queue()
    times = iter([DAY, DAY + timedelta(seconds=90)])
    send(sender_of(db, vendor, lambda: next(times, DAY + timedelta(seconds=91))), _row(db))  # type: ignore[arg-type]
    assert vendor.taken == []
    assert state(message) == ("queued", None)


def test_an_equal_message_that_the_vendor_has_already_is_not_taken_for_ours(
    db: Database, vendor: FakeVendor, queue: Queue, relay: Relay, state: State, clock: Clock
) -> None:
    queue()
    relay()
    second = queue(once_key="receipt:2")
    vendor.before = raising(MessagesUnavailable())
    relay()
    clock.pass_(seconds=61)
    relay()
    assert len(vendor.taken) == 2
    assert state(second) == ("accepted", None)


def test_many_workers_on_the_same_row_send_once(
    db: Database, vendor: FakeVendor, queue: Queue, state: State, clock: Clock
) -> None:
    message = queue()
    row = _row(db)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: send(sender_of(db, vendor, clock), row), range(12)))
    assert len(vendor.taken) == 1
    assert state(message)[0] == "accepted"
