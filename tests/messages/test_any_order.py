"""Kills, time-outs, doubled jobs and callbacks in random order: the vendor takes a message once and we know it."""

import random
from collections.abc import Callable

import pytest
from sqlalchemy import text

from kernel.db import Database
from services.journeys.send_message import Sender, send
from services.messages.operations import note_receipt
from services.messages.ports import DeliveryReceipt, MessagesUnavailable, OutgoingMessage, RateLimited
from tests.messages.fakes import Clock, FakeVendor, Killed

MISHAPS: tuple[Callable[[], BaseException | None], ...] = (
    Killed, Killed, MessagesUnavailable, lambda: None, lambda: None, lambda: RateLimited(3)
)  # fmt: skip


class _Trouble:
    """Raises something, or nothing, a few times; then the world is calm."""

    def __init__(self, chance: random.Random, times: int, kinds: tuple[Callable[[], BaseException | None], ...]):
        self.chance, self.left, self.kinds = chance, times, kinds

    def __call__(self, _message: OutgoingMessage) -> None:
        if self.left > 0:
            self.left -= 1
            error = self.chance.choice(self.kinds)()
            if error is not None:
                raise error


@pytest.mark.parametrize("seed", range(40))
def test_whatever_happens_the_vendor_takes_it_once(
    db: Database, vendor: FakeVendor, queue: Callable[..., int], clock: Clock, sender: Sender,
    relay: Callable[[], int], state: Callable[[int], tuple[str, str | None]], seed: int,
) -> None:  # fmt: skip
    chance = random.Random(seed)
    message = queue()
    # After the vendor took it, "too many requests" is no answer that exists.
    vendor.before = _Trouble(chance, 3, MISHAPS)
    vendor.after = _Trouble(chance, 2, MISHAPS[:5])
    vendor.look_up = _Trouble(chance, 2, MISHAPS)
    for _ in range(400):
        step = chance.choice(["relay", "relay", "job again", "callback", "time", "time"])
        try:
            if step == "relay":
                relay()
            elif step == "job again":
                send(sender, _outbox_row(db))
            elif step == "callback" and vendor.taken and chance.random() < 0.2:
                _call_back(db, vendor, chance, clock)
        except Killed:
            pass
        clock.pass_(seconds=chance.choice([0, 0, 1, 10, 31, 61]))
        if _done(db):
            break
    assert _done(db)
    assert state(message)[0] in {"accepted", "sent", "delivered"}
    assert len(vendor.taken) == 1


def _outbox_row(db: Database) -> int:
    with db.read() as reader:
        return int(reader.scalar(text("SELECT id FROM outbox")))


def _done(db: Database) -> bool:
    with db.read() as reader:
        return reader.scalar(text("SELECT done_at FROM outbox")) is not None


def _call_back(db: Database, vendor: FakeVendor, chance: random.Random, clock: Clock) -> None:
    status = chance.choice(["accepted", "sent", "delivered"])
    receipt = DeliveryReceipt(f"SM1:{status}", vendor.taken[0].message_number, "SM1", status)  # type: ignore[arg-type]
    with db.transaction() as session:
        note_receipt(session, receipt, now=clock())
