"""A one-time code's digits exist only on the wire: never stored, never logged, found again by the same bytes."""

import logging
from collections.abc import Callable

import pytest
from sqlalchemy import text

from kernel.crypto import derived_code
from kernel.db import Database
from notifications.compose import one_time_code_text
from services.access import codes
from services.messages.ports import MessageRefused, MessagesUnavailable
from services.messages.queries import list_messages
from services.messages.rules import CODE_LIVES, HIDDEN_CODE
from tests.factories import make_home
from tests.messages.fakes import Clock, FakeVendor, Killed, raising
from tests.messages.ports import UTILITY

BODY = one_time_code_text(UTILITY, "en", minutes=5)


@pytest.fixture
def code(queue: Callable[..., int], db: Database) -> int:
    with db.transaction() as session:
        home = make_home(session)
    return queue(once_key="code:41", category="one_time_code", body=BODY, secret_ref="41", account_id=home.account_id)


def test_the_digits_are_filled_in_on_the_wire_only(
    db: Database, vendor: FakeVendor, relay: Callable[[], int], code: int, caplog: pytest.LogCaptureFixture
) -> None:
    digits = derived_code("one_time_code", "41")
    vendor.before = raising(MessageRefused("other", "30008"))
    with caplog.at_level(logging.DEBUG):
        relay()
    assert digits not in caplog.text
    with db.read() as reader:
        everything = str(reader.execute(text("SELECT m, o FROM message m, outbox o")).all())
        (shown,) = list_messages(reader, reader.scalar(text("SELECT account_id FROM message")))
    assert digits not in everything
    assert HIDDEN_CODE in shown.body


def test_a_code_whose_send_was_killed_is_found_by_its_own_digits(
    db: Database, vendor: FakeVendor, relay: Callable[[], int], code: int, clock: Clock,
    state: Callable[[int], tuple[str, str | None]],
) -> None:  # fmt: skip
    vendor.after = raising(Killed())
    with pytest.raises(Killed):
        relay()
    assert derived_code("one_time_code", "41") in vendor.taken[0].body
    clock.pass_(seconds=61)
    relay()
    assert len(vendor.taken) == 1
    assert state(code) == ("sent", None)


def test_an_expired_code_is_withheld(
    vendor: FakeVendor, relay: Callable[[], int], code: int, clock: Clock,
    state: Callable[[int], tuple[str, str | None]],
) -> None:  # fmt: skip
    clock.now += CODE_LIVES
    relay()
    assert state(code) == ("withheld", "expired")
    assert vendor.taken == []


def test_a_code_that_expires_in_doubt_is_never_sent_again(
    vendor: FakeVendor, relay: Callable[[], int], code: int, clock: Clock,
    state: Callable[[int], tuple[str, str | None]],
) -> None:  # fmt: skip
    vendor.before = raising(MessagesUnavailable())
    relay()
    clock.now += CODE_LIVES
    relay()
    assert state(code) == ("failed", "gave_up")
    assert vendor.taken == []


def test_a_code_is_worth_sending_as_long_as_it_is_accepted() -> None:
    assert CODE_LIVES == codes.LIVES


def test_codes_go_before_receipts(db: Database, queue: Callable[..., int], code: int, vendor: FakeVendor) -> None:
    queue()
    with db.read() as reader:
        order = reader.scalars(text("SELECT key FROM outbox ORDER BY priority, due_at")).all()
    assert order[0] == f"MessageQueued:{code}"
