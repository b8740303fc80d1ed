"""Statuses in any order, doubled, of two copies: a message only moves forward."""

from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import text

from kernel.db import Database
from services.journeys.hear_of_message import UNKNOWN_MESSAGE_WAITS, apply_status, receive_status
from services.messages.ports import DeliveryReceipt
from services.messages.rules import VENDOR_WORDS, ImpossibleMove, move, move_by_other_copy
from tests.messages.fakes import DAY, FakeVendor

STATES = ("queued", "sending", "uncertain", "accepted", "sent", "delivered", "undelivered", "failed", "withheld")


def _hear(db: Database, number: str | None, status: str, vendor_id: str = "SM1", reason: str | None = None) -> None:
    receipt = DeliveryReceipt(f"{vendor_id}:{status}", number, vendor_id, status, reason)  # type: ignore[arg-type]
    receive_status(db, receipt, now=DAY)
    with db.read() as reader:
        rows = reader.scalars(text("SELECT id FROM inbox WHERE done_at IS NULL ORDER BY id")).all()
    for row in rows:
        apply_status(db, row, now=DAY)


@pytest.mark.parametrize("order", list(permutations(["accepted", "sent", "delivered"])))
def test_statuses_in_any_order_and_doubled_end_delivered(
    db: Database,
    vendor: FakeVendor,
    queue: Callable[..., int],
    relay: Callable[[], int],
    state: Callable[[int], tuple[str, str | None]],
    order: tuple[str, ...],
) -> None:
    message = queue()
    relay()
    for status in order * 2:
        _hear(db, vendor.taken[0].message_number, status)
    assert state(message) == ("delivered", None)
    with db.read() as reader:
        assert reader.scalar(text("SELECT count(*) FROM message_receipt")) == 3
        assert reader.scalar(text("SELECT count(*) FROM inbox WHERE done_at IS NULL")) == 0


def test_an_undelivered_message_tells_its_reason(
    db: Database,
    vendor: FakeVendor,
    queue: Callable[..., int],
    relay: Callable[[], int],
    state: Callable[[int], tuple[str, str | None]],
) -> None:
    message = queue()
    relay()
    _hear(db, None, "undelivered", reason="not_mobile")
    assert state(message) == ("undelivered", "not_mobile")


def test_a_status_of_a_second_copy_counts_only_when_it_is_good_news(
    db: Database,
    vendor: FakeVendor,
    queue: Callable[..., int],
    relay: Callable[[], int],
    state: Callable[[int], tuple[str, str | None]],
) -> None:
    message = queue()
    relay()
    number = vendor.taken[0].message_number
    _hear(db, number, "failed", vendor_id="SM77", reason="other")
    assert state(message) == ("accepted", None)
    _hear(db, number, "delivered", vendor_id="SM77")
    assert state(message) == ("delivered", None)


def test_a_status_of_no_message_of_ours_waits_a_little_and_is_put_aside(db: Database) -> None:
    _hear(db, None, "sent", vendor_id="SM404")
    with db.read() as reader:
        row = reader.execute(text("SELECT id, done_at, last_error FROM inbox")).one()
    assert (row.done_at, row.last_error) == (None, "no such message")
    apply_status(db, row.id, now=DAY + UNKNOWN_MESSAGE_WAITS)
    with db.read() as reader:
        assert reader.scalar(text("SELECT done_at FROM inbox")) is not None


@given(st.sampled_from(STATES), st.sampled_from(sorted(VENDOR_WORDS)))
def test_a_vendors_word_never_moves_a_message_back(state: str, word: str) -> None:
    if state == "withheld":
        with pytest.raises(ImpossibleMove):
            move(state, word)
        return
    order = {
        name: rank
        for rank, names in enumerate(
            (("queued", "sending", "uncertain"), ("accepted",), ("sent",), ("undelivered", "failed"), ("delivered",))
        )
        for name in names
    }
    assert order[move(state, word)] == max(order[state], order[word])


@pytest.mark.parametrize(
    ("state", "word"),
    [("accepted", "claim"), ("withheld", "claim"), ("delivered", "resend"), ("sent", "withhold"), ("queued", "resend"),
     ("withheld", "delivered"), ("sending", "withhold"), ("sending", "claim"), ("queued", "read")],
)  # fmt: skip
def test_an_impossible_move_raises(state: str, word: str) -> None:
    with pytest.raises(ImpossibleMove):
        move(state, word)


class MessageLife(RuleBasedStateMachine):
    """Words of ours and the vendor's in any order the handlers could bring them."""

    def __init__(self) -> None:
        super().__init__()
        self.state = "queued"
        self.handed_over = 0
        self.heard: list[str] = []

    @precondition(lambda self: self.state == "queued")
    @rule()
    def begin(self) -> None:
        self.state = move(self.state, "claim")
        self.handed_over += 1

    @precondition(lambda self: self.handed_over > 0)
    @rule(word=st.sampled_from(["doubt", "slow_down", "refuse"]))
    def answer(self, word: str) -> None:
        self.state = move(self.state, word)

    @precondition(lambda self: self.state == "uncertain")
    @rule(word=st.sampled_from(["resend", "give_up"]))
    def after_look_up(self, word: str) -> None:
        self.state = move(self.state, word)

    @precondition(lambda self: self.handed_over > 0)
    @rule(word=st.sampled_from(sorted(VENDOR_WORDS)), other=st.booleans())
    def vendor_says(self, word: str, other: bool) -> None:
        before = self.state
        self.state = (move_by_other_copy if other else move)(self.state, word)
        self.heard.append(word)
        assert move(self.state, word) == self.state or other, (before, word)

    @invariant()
    def delivered_stays_delivered(self) -> None:
        assert self.state in STATES
        if "delivered" in self.heard:
            assert self.state == "delivered"


TestMessageLife = MessageLife.TestCase
