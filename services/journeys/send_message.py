"""A message goes out once: claim, hand over, record; and when the outcome is unknown, wait, look up, only then repeat.

No transaction is held while the vendor is asked; each locks the outbox row first and the message second. Killed before
the claim, nothing happened. Killed after it, the row is found in `sending` by a later lease: whether the vendor has the
message is unknown, and it is treated like a send that timed out. Its status callback carries our number and settles it
at any moment.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from kernel import outbox
from kernel.db import Database
from kernel.logs import logger
from services.messages import operations
from services.messages.operations import Letter, note_sent, note_step
from services.messages.ports import (
    MessageRefused,
    MessagesPort,
    MessagesUnavailable,
    RateLimited,
    SentMessage,
)
from services.messages.queries import standing_consents
from services.messages.rules import (
    LOOK_BACK,
    MAX_ATTEMPTS,
    OURS_TO_ACT,
    UNCERTAIN_WAIT,
    Verdict,
    life_of,
    pause_after,
)

log = logger(__name__)
HAND_OVER_WITHIN = timedelta(seconds=20)


class Decide(Protocol):
    def __call__(
        self, *, category: str, consents: Mapping[str, bool], queued_at: datetime, now: datetime, zone: str
    ) -> Verdict: ...


@dataclass(frozen=True)
class Sender:
    """What sending needs. `clock` is asked again after each wire call: a wire may take long."""

    db: Database
    wire: MessagesPort
    decide: Decide
    zone: str
    clock: Callable[[], datetime]


def send(sender: Sender, row_id: int) -> bool:
    """Do the next step of one `MessageQueued` row. Returns False when the vendor does not answer just now."""
    letter = _begin(sender, row_id)
    if letter is None:
        return True
    if letter.state == "uncertain":
        found = _look_up(sender, row_id, letter)
        if found is not None:
            return found
        letter = _begin_again(sender, row_id, letter)
        if letter is None:
            return True
    return _hand_over(sender, row_id, letter)


def _begin(sender: Sender, row_id: int) -> Letter | None:
    """Decide what this row needs: a claimed letter to send, an uncertain one to look up, or None: nothing now."""
    now = sender.clock()
    with sender.db.transaction() as session:
        payload = outbox.take(session, "outbox", row_id)
        if payload is None:
            return None
        letter = operations.lock_message(session, payload["message_id"])
        if letter.state not in OURS_TO_ACT:
            outbox.finish(session, "outbox", row_id, now=now)
            return None
        if letter.state == "queued":
            return _claim(sender, session, row_id, letter, now)
        return _doubt(session, row_id, letter, now)


def _claim(sender: Sender, session: Session, row_id: int, letter: Letter, now: datetime) -> Letter | None:
    consents = standing_consents(session, letter.contact_hash, letter.channel)
    verdict = sender.decide(
        category=letter.category, consents=consents, queued_at=letter.created_at, now=now, zone=sender.zone
    )
    if verdict.until is not None:
        outbox.postpone(session, "outbox", row_id, now=now, seconds=(verdict.until - now).total_seconds())
        return None
    if verdict.kind == "withhold":
        _end(session, row_id, letter, "withhold", verdict.reason or "", now)
        return None
    if _worn_out(letter, now):
        _end(session, row_id, letter, "give_up", "gave_up", now)
        return None
    return _attempt(session, row_id, letter, "claim", now)


def _attempt(session: Session, row_id: int, letter: Letter, word: str, now: datetime) -> Letter | None:
    """Claim one attempt; the row comes back by itself when this attempt's outcome has been unknown for long enough."""
    if not operations.begin_attempt(session, letter, word=word, now=now):
        return None
    outbox.postpone(session, "outbox", row_id, now=now, seconds=pause_after(letter.attempts + 1).total_seconds())
    return operations.lock_message(session, letter.id)


def _doubt(session: Session, row_id: int, letter: Letter, now: datetime) -> Letter | None:
    """A send without an answer: uncertain; look it up when its callback has had its time."""
    note_step(session, letter.id, "doubt", now=now)
    ready = (letter.attempted_at or letter.created_at) + pause_after(letter.attempts)
    if now < ready:
        outbox.postpone(session, "outbox", row_id, now=now, seconds=(ready - now).total_seconds(), error="uncertain")
        return None
    outbox.postpone(session, "outbox", row_id, now=now, seconds=pause_after(1).total_seconds(), error="looking up")
    return operations.lock_message(session, letter.id)


def _end(session: Session, row_id: int, letter: Letter, word: str, reason: str, now: datetime) -> None:
    note_step(session, letter.id, word, reason=reason, now=now)
    outbox.finish(session, "outbox", row_id, now=now)
    log.warning("message.ended", message=letter.message_number, word=word, reason=reason, attempts=letter.attempts)


def _worn_out(letter: Letter, now: datetime) -> bool:
    return letter.attempts >= MAX_ATTEMPTS or now - letter.created_at >= life_of(letter.category)


def _look_up(sender: Sender, row_id: int, letter: Letter) -> bool | None:
    """Ask the vendor whether it has the message: True adopted, False it does not answer, None it is absent there."""

    def known(vendor_id: str) -> bool:
        with sender.db.transaction() as session:
            return operations.belongs_to_another(session, letter.id, vendor_id)

    try:
        sent = sender.wire.find_sent(letter.outgoing(), letter.created_at - LOOK_BACK, known=known)
    except (MessagesUnavailable, RateLimited) as trouble:
        _wait_for_vendor(sender, row_id, letter, trouble)
        return False
    if sent is None or not _record(sender, row_id, letter, sent):
        return None
    return True


def _wait_for_vendor(sender: Sender, row_id: int, letter: Letter, trouble: Exception) -> None:
    now = sender.clock()
    pause = pause_after(letter.attempts)
    if isinstance(trouble, RateLimited):
        pause = timedelta(seconds=max(1.0, trouble.retry_after))
    with sender.db.transaction() as session:
        # Too long without an answer: said to be failed, never sent again; a later callback still corrects it.
        if now - letter.created_at >= life_of(letter.category) and outbox.take(session, "outbox", row_id) is not None:
            _end(session, row_id, letter, "give_up", "outcome_unknown", now)
            return
        outbox.postpone(session, "outbox", row_id, now=now, seconds=pause.total_seconds(), error=type(trouble).__name__)


def _begin_again(sender: Sender, row_id: int, letter: Letter) -> Letter | None:
    """The vendor has no such message: claim one more attempt, unless it has moved meanwhile or is worn out."""
    now = sender.clock()
    with sender.db.transaction() as session:
        outbox.postpone(session, "outbox", row_id, now=now, seconds=UNCERTAIN_WAIT.total_seconds())
        current = operations.lock_message(session, letter.id)
        if current.state != "uncertain" or current.attempts != letter.attempts:
            return None
        if _worn_out(current, now):
            _end(session, row_id, current, "give_up", "gave_up", now)
            return None
        return _attempt(session, row_id, current, "resend", now)


def _hand_over(sender: Sender, row_id: int, letter: Letter) -> bool:
    if letter.attempted_at is not None and sender.clock() - letter.attempted_at > HAND_OVER_WITHIN:
        # This process stood still after its claim: another may be looking the message up by now.
        _step(sender, row_id, letter, "slow_down", pause=UNCERTAIN_WAIT)
        return True
    try:
        sent = sender.wire.send(letter.outgoing())
    except RateLimited as slow:
        _step(sender, row_id, letter, "slow_down", pause=timedelta(seconds=max(1.0, slow.retry_after)))
        return False
    except MessagesUnavailable:
        _step(sender, row_id, letter, "doubt", pause=pause_after(letter.attempts))
        return False
    except MessageRefused as refused:
        _refuse(sender, row_id, letter, refused)
        return True
    _record(sender, row_id, letter, sent)
    return True


def _step(sender: Sender, row_id: int, letter: Letter, word: str, *, pause: timedelta) -> None:
    now = sender.clock()
    with sender.db.transaction() as session:
        outbox.postpone(session, "outbox", row_id, now=now, seconds=pause.total_seconds(), error=word)
        note_step(session, letter.id, word, now=now, attempt=letter.attempts)


def _refuse(sender: Sender, row_id: int, letter: Letter, refused: MessageRefused) -> None:
    now = sender.clock()
    with sender.db.transaction() as session:
        outbox.postpone(session, "outbox", row_id, now=now, seconds=UNCERTAIN_WAIT.total_seconds())
        state = note_step(session, letter.id, "refuse", reason=refused.reason, now=now, attempt=letter.attempts)
        if refused.reason == "stopped":
            operations.note_consent(session, letter.contact_hash, granted=False, source="vendor", at=now)
        if state not in OURS_TO_ACT:
            outbox.finish(session, "outbox", row_id, now=now)
    log.warning("message.refused", message=letter.message_number, reason=refused.reason)


def _record(sender: Sender, row_id: int, letter: Letter, sent: SentMessage) -> bool:
    """Record that the vendor has it; False when what it has is another message of ours with the same words."""
    now = sender.clock()
    with sender.db.transaction() as session:
        if operations.belongs_to_another(session, letter.id, sent.vendor_id):
            return False
        outbox.finish(session, "outbox", row_id, now=now)
        note_sent(session, letter.id, sent, now=now)
        return True
