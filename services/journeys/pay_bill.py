"""A bill is paid: begin at our page, pay at the vendor's, settle by the vendor's own word.

No transaction is held while the vendor is asked. Killed anywhere, the next step finds what the last one left: an
attempt without a checkout is found by its webhook (our number travels with it) or asked for again under the same
idempotency key; a lost webhook is looked up (`look_up_stale`).
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.actor import SYSTEM, Actor
from kernel.audit import record, record_many
from kernel.clock import local_date
from kernel.db import Database, Reader
from kernel.faults import NotFound
from kernel.i18n import format_money
from kernel.outbox import finish_many, postpone, receive, take_many
from services.ledger.queries import Owed, what_is_owed
from services.payments.events import PaymentSettled, tell_settled
from services.payments.operations import Attempt, Word, note_checkout, note_words, open_attempt
from services.payments.ports import CardEvent, CardsPort, CardsUnavailable, Checkout, CheckoutRequest
from services.payments.queries import PaymentRow, find_payments, read_payment, stale_payments
from services.payments.rules import LEAST_MINOR, BadChoice, NothingToPay, TooLittle, TooMuch

CHECKOUT_LIVES = timedelta(minutes=45)
LOOK_UP_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class Begun:
    """Where the browser goes now. `return_token` lets it see how its own payment went, without signing in."""

    payment_number: str
    checkout_url: str
    return_token: str


def begin(
    db: Database,
    cards: CardsPort,
    *,
    actor: Actor,
    account_id: int,
    choices: Sequence[tuple[int, int]],
    language: str,
    description: str,
    return_url: Callable[[str, str], str],
    cancel_url: Callable[[str, str], str],
    zone: str,
    now: datetime,
) -> Begun:
    """Open a checkout for chosen open items (receivable id, minor units) and return its address.

    The same choice clicked again goes to the same open checkout; another choice closes this payer's older one first.
    `return_url` and `cancel_url` make our addresses from (payment number, return token). Raises NothingToPay,
    BadChoice, TooMuch, TooLittle, CardsUnavailable, CardsRefused; nothing is charged by any of them.
    """
    with db.transaction() as session:
        # One begin at a time on an account: a doubled click finds the first one's attempt and goes on with it.
        account = session.execute(
            text("SELECT station_id, currency FROM account WHERE id = :id FOR UPDATE"), {"id": account_id}
        ).one()
        items = check_choice(what_is_owed(session, account_id, local_date(now, zone)), choices)
        waiting = _waiting(session, account_id, actor)
        fresh = [p for p in waiting if p.items == items and p.created_at > now - CHECKOUT_LIVES / 2]
        older = [p for p in waiting if p not in fresh]
        if fresh:
            attempt = Attempt(fresh[0].payment_id, fresh[0].payment_number, fresh[0].return_token)
        else:
            attempt = open_attempt(
                session,
                actor=actor,
                account_id=account_id,
                station_id=account.station_id,
                items=items,
                currency=account.currency,
                channel="card",
                language=language,
                now=now,
            )
            record(
                session,
                actor,
                "begin_payment",
                subject=("payment", attempt.payment_number),
                account_id=account_id,
                now=now,
                amount_minor=sum(items.values()),
                currency=account.currency,
            )
    if fresh and fresh[0].checkout_url:
        return Begun(attempt.payment_number, fresh[0].checkout_url, attempt.return_token)
    closed = [close_checkout(db, cards, payment_number=p.payment_number, zone=zone, now=now) for p in older]
    if any(payment is not None and payment.state in {"settled", "processing"} for payment in closed):
        with db.transaction() as session:
            note_words(session, [Word(attempt.payment_id, "cancelled", "begin")], value_on=now.date(), now=now)
        raise NothingToPay()
    checkout = _create(cards, attempt, items, account.currency, language, description, return_url, cancel_url, now)
    with db.transaction() as session:
        note_checkout(session, attempt.payment_id, checkout_id=checkout.checkout_id, url=checkout.url, now=now)
    if checkout.url is None:
        raise NothingToPay()
    return Begun(attempt.payment_number, checkout.url, attempt.return_token)


def _create(
    cards: CardsPort,
    attempt: Attempt,
    items: dict[int, int],
    currency: str,
    language: str,
    description: str,
    return_url: Callable[[str, str], str],
    cancel_url: Callable[[str, str], str],
    now: datetime,
) -> Checkout:
    request = CheckoutRequest(
        attempt=attempt.payment_number,
        amount_minor=sum(items.values()),
        currency=currency,
        description=description,
        success_url=return_url(attempt.payment_number, attempt.return_token),
        cancel_url=cancel_url(attempt.payment_number, attempt.return_token),
        language=language,
        expires_at=now + CHECKOUT_LIVES,
    )
    try:
        return cards.create_checkout(request)
    except CardsUnavailable:
        # Whether the vendor took it is unknown; asking once more under the same key cannot open a second one.
        return cards.create_checkout(request)


def check_choice(owed: Owed, choices: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Return the chosen items as {receivable id: minor units}; raises when one is not open or asks too much."""
    open_items = {item.receivable_id: item for item in owed.items}
    if not open_items:
        raise NothingToPay()
    items: dict[int, int] = {}
    for receivable_id, amount in choices:
        item = open_items.get(receivable_id)
        if item is None or receivable_id in items or amount <= 0:
            raise BadChoice(field="amount")
        if amount > item.open_minor:
            raise TooMuch(field="amount", most=format_money(item.open_minor, owed.currency))
        items[receivable_id] = amount
    if not items:
        raise BadChoice(field="items")
    least = LEAST_MINOR.get(owed.currency, 1)
    if sum(items.values()) < least:
        raise TooLittle(field="amount", least=format_money(least, owed.currency))
    return items


@dataclass(frozen=True)
class _Waiting:
    payment_id: int
    payment_number: str
    checkout_url: str | None
    return_token: str
    created_at: datetime
    items: dict[int, int]


def _waiting(session: Session, account_id: int, actor: Actor) -> tuple[_Waiting, ...]:
    """Return this payer's own open attempts. A payer of whom nothing is known shares theirs with nobody."""
    if actor.id is None:
        return ()
    rows = session.execute(
        text("""
            SELECT p.id, p.payment_number, p.checkout_url, p.return_token, p.created_at,
                jsonb_object_agg(i.receivable_id, i.amount_minor) AS chosen
            FROM payment p JOIN payment_item i ON i.payment_id = p.id
            WHERE p.account_id = :account AND p.payer_kind = :kind AND p.payer_id = :payer
                AND p.state IN ('created', 'open')
            GROUP BY p.id ORDER BY p.id DESC
        """),
        {"account": account_id, "kind": actor.kind, "payer": actor.id},
    )
    return tuple(
        _Waiting(
            row.id,
            row.payment_number,
            row.checkout_url,
            row.return_token,
            row.created_at,
            {int(receivable_id): amount for receivable_id, amount in row.chosen.items()},
        )
        for row in rows
    )


def close_checkout(
    db: Database, cards: CardsPort, *, payment_number: str, zone: str, now: datetime
) -> PaymentRow | None:
    """Close a checkout that its payer gave up, so that it cannot be paid later; paid meanwhile, it settles."""
    with db.read() as reader:
        payment = read_payment(reader, payment_number)
    if payment is None or payment.state != "open" or payment.checkout_id is None:
        return payment
    return _note_checkout_state(db, payment, cards.expire_checkout(payment.checkout_id), zone=zone, now=now)


def look_up(db: Database, cards: CardsPort, *, payment_number: str, zone: str, now: datetime) -> PaymentRow | None:
    """Ask the vendor how a waiting payment stands and note the answer; for lost webhooks and impatient pages."""
    with db.read() as reader:
        payment = read_payment(reader, payment_number)
    if payment is None or payment.state not in {"open", "processing"} or payment.checkout_id is None:
        return payment
    return _note_checkout_state(db, payment, cards.find_checkout(payment.checkout_id), zone=zone, now=now)


def look_up_stale(db: Database, cards: CardsPort, *, zone: str, now: datetime) -> int:
    """Look up payments that have waited too long for their webhook; returns how many were asked for."""
    with db.read() as reader:
        waiting = stale_payments(reader, before=now - LOOK_UP_AFTER)
    for payment in waiting:
        look_up(db, cards, payment_number=payment.payment_number, zone=zone, now=now)
    return len(waiting)


def _note_checkout_state(
    db: Database, payment: PaymentRow, checkout: Checkout, *, zone: str, now: datetime
) -> PaymentRow | None:
    word = Word(
        payment.payment_id,
        _word_of(checkout),
        f"stripe-lookup:{checkout.checkout_id}",
        amount_minor=checkout.amount_minor,
        currency=checkout.currency,
        failure_code=checkout.failure_code,
        payment_intent=checkout.payment_intent,
    )
    with db.transaction() as session:
        _settle_words(session, [word], zone=zone, now=now)
        session.execute(
            text("UPDATE payment SET changed_at = :now WHERE id = :id AND state IN ('open', 'processing')"),
            {"now": now, "id": payment.payment_id},
        )
    with db.read() as reader:
        return read_payment(reader, payment.payment_number)


def _word_of(checkout: Checkout) -> str:
    if checkout.payment_status == "paid":
        return "completed"
    if checkout.payment_status == "failed" and checkout.status != "open":
        return "failed"
    if checkout.status == "expired":
        return "expired"
    return "processing" if checkout.payment_status == "processing" else "other"


def receive_event(db: Database, cards: CardsPort, *, body: bytes, signature: str, now: datetime) -> bool:
    """Verify a webhook and store it in the inbox; False when it was stored before. Raises BadSignature."""
    event = cards.verify_event(body, signature, now)
    with db.transaction() as session:
        return receive(
            session,
            source="stripe",
            event_id=event.event_id,
            topic="stripe.event",
            payload={"body": body.decode("utf-8"), "type": event.vendor_type},
            now=now,
        )


def settle_events(db: Database, cards: CardsPort, *, row_ids: Sequence[int], zone: str, now: datetime) -> int:
    """Apply stored events in one transaction: states, receipts, postings, outbox, inbox rows done. Returns settlements.

    An event whose payment is not known yet (our own row not committed) waits and is tried again.
    """
    with db.transaction() as session:
        taken = take_many(session, "inbox", row_ids)
        if not taken:
            return 0
        events = {row_id: cards.read_event(payload["body"].encode()) for row_id, payload in taken.items()}
        words = _words(session, events)
        settled = _settle_words(session, [word for found in words.values() for word in found], zone=zone, now=now)
        done = [row_id for row_id, event in events.items() if words[row_id] or not _speaks_of_payment(event)]
        finish_many(session, "inbox", done, now=now)
        for row_id in events.keys() - set(done):
            postpone(session, "inbox", row_id, now=now, error="no such payment")
        return len(settled)


def _speaks_of_payment(event: CardEvent) -> bool:
    """Say whether an event must find its payment: one of ours, and a kind that we act upon."""
    return event.kind != "other" and bool(event.attempt or event.checkout_id or event.payment_intent)


def _words(reader: Reader, events: dict[int, CardEvent]) -> dict[int, list[Word]]:
    """Match each event with its payment: by our own number first, then by the vendor's ids."""
    spoken = list(events.values())
    payments = find_payments(
        reader,
        attempts=[event.attempt for event in spoken if event.attempt],
        checkouts=[event.checkout_id for event in spoken if event.checkout_id],
        intents=[event.payment_intent for event in spoken if event.payment_intent],
    )
    by_name: dict[str, PaymentRow] = {}
    for payment in payments:
        for name in (payment.payment_intent, payment.checkout_id, payment.payment_number):
            if name:
                by_name[name] = payment
    words: dict[int, list[Word]] = {}
    for row_id, event in sorted(events.items(), key=lambda pair: (pair[1].created_at, pair[0])):
        names = (event.attempt, event.checkout_id, event.payment_intent)
        words[row_id] = [_word(by_name[name], event) for name in names if name and name in by_name][:1]
    return words


def _word(payment: PaymentRow, event: CardEvent) -> Word:
    return Word(
        payment.payment_id,
        event.kind,
        f"stripe:{event.event_id}",
        amount_minor=event.amount_minor,
        currency=event.currency,
        failure_code=event.failure_code,
        checkout_id=event.checkout_id,
        payment_intent=event.payment_intent,
    )


def _settle_words(session: Session, words: Sequence[Word], *, zone: str, now: datetime) -> dict[int, int]:
    settled = note_words(session, words, value_on=local_date(now, zone), now=now)
    tell_settled(session, (PaymentSettled(payment_id) for payment_id in settled), now=now)
    subjects = ((("payment", payment_id), account_id) for payment_id, account_id in settled.items())
    record_many(session, SYSTEM, "settle_payment", subjects=subjects, now=now)
    return settled


def seen_by(reader: Reader, *, payment_number: str, return_token: str) -> PaymentRow:
    """Return a payment to the browser that began it. Raises NotFound for a wrong number or token alike."""
    payment = read_payment(reader, payment_number)
    if payment is None or not hmac.compare_digest(payment.return_token.encode(), return_token.encode()):
        raise NotFound()
    return payment
