"""Writes of payments: open an attempt, note what the vendor says, settle. Settling works on many at once, in a fixed
number of statements; one payment is the case n = 1."""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.ids import PAYMENT_DIGITS, new_number
from services.ledger.operations import NewPosting, pay_off, post
from services.ledger.rules import Open, Share, clearing_code, credit_code, receivable_code, spread
from services.payments.models import Payment, PaymentItem
from services.payments.rules import move


@dataclass(frozen=True)
class Attempt:
    payment_id: int
    payment_number: str
    return_token: str


@dataclass(frozen=True)
class Word:
    """What the vendor says of one payment. `amount_minor`/`currency` are what was taken; `source` names the event."""

    payment_id: int
    word: str
    source: str
    amount_minor: int | None = None
    currency: str | None = None
    failure_code: str | None = None
    checkout_id: str | None = None
    payment_intent: str | None = None


class WrongCurrency(Exception):
    """The vendor took another currency than asked for: no rule may guess a rate, a person must look."""


def open_attempt(
    session: Session,
    *,
    actor: Actor,
    account_id: int,
    station_id: int,
    items: Mapping[int, int],
    currency: str,
    channel: str,
    language: str,
    now: datetime,
) -> Attempt:
    """Write a payment in state created with what it is meant to pay (receivable id -> minor units)."""
    token = secrets.token_urlsafe(24)
    payment_id, number = None, ""
    while payment_id is None:
        # Numbers are random: one that is taken is drawn again.
        number = new_number(PAYMENT_DIGITS)
        payment_id = session.scalar(
            insert(Payment)
            .values(
                payment_number=number,
                account_id=account_id,
                station_id=station_id,
                amount_minor=sum(items.values()),
                currency=currency,
                state="created",
                channel=channel,
                payer_kind=actor.kind,
                payer_id=actor.id,
                language=language,
                return_token=token,
                created_at=now,
                changed_at=now,
            )
            .on_conflict_do_nothing(index_elements=["payment_number"])
            .returning(Payment.id)
        )
    session.execute(
        insert(PaymentItem),
        [
            {"payment_id": payment_id, "receivable_id": receivable_id, "amount_minor": amount}
            for receivable_id, amount in items.items()
        ],
    )
    return Attempt(payment_id, number, token)


def _lock(session: Session, payment_ids: Sequence[int]) -> dict[int, Any]:
    rows = session.execute(
        text("SELECT * FROM payment WHERE id = ANY(:ids) ORDER BY id FOR UPDATE"), {"ids": sorted(set(payment_ids))}
    )
    return {row.id: row for row in rows}


def note_words(session: Session, words: Sequence[Word], *, value_on: date, now: datetime) -> dict[int, int]:
    """Apply what the vendor says, in the order given; returns the payments that it settled (id -> account id).

    Locks the payments in order of id, so that two workers never wait for each other in a ring. Doubled and late words
    change nothing (`rules.move`). Raises WrongCurrency before anything is written.
    """
    payments = _lock(session, [word.payment_id for word in words])
    states = {payment_id: row.state for payment_id, row in payments.items()}
    settled: dict[int, Word] = {}
    changed: dict[int, Word] = {}
    for word in words:
        payment = payments.get(word.payment_id)
        if payment is None:
            continue
        before = states[payment.id]
        after = move(before, word.word)
        if after != before:
            states[payment.id] = after
            if after == "settled":
                if word.currency is not None and word.currency != payment.currency:
                    raise WrongCurrency(f"payment {payment.payment_number}: {word.currency} for {payment.currency}")
                settled[payment.id] = word
        if after != before or word.word in {"opened", "declined"}:
            changed[payment.id] = word
    _write_states(session, payments, states, changed, now)
    if settled:
        _settle(session, {i: payments[i] for i in settled}, settled, value_on=value_on, now=now)
    return {payment_id: payments[payment_id].account_id for payment_id in settled}


def _write_states(
    session: Session, payments: dict[int, Any], states: dict[int, str], changed: dict[int, Word], now: datetime
) -> None:
    if not changed:
        return
    session.execute(
        text("""
            UPDATE payment p SET state = c.state, changed_at = :now,
                settled_at = CASE WHEN c.state = 'settled' THEN :now ELSE p.settled_at END,
                failure_code = CASE WHEN c.state = 'settled' THEN NULL ELSE COALESCE(c.failure, p.failure_code) END,
                checkout_id = COALESCE(p.checkout_id, c.checkout_id),
                payment_intent = COALESCE(c.intent, p.payment_intent)
            FROM unnest(CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:failures AS text[]),
                CAST(:checkouts AS text[]), CAST(:intents AS text[])) AS c(id, state, failure, checkout_id, intent)
            WHERE p.id = c.id
        """),
        {
            "ids": list(changed),
            "states": [states[i] for i in changed],
            "failures": [changed[i].failure_code for i in changed],
            "checkouts": [changed[i].checkout_id for i in changed],
            "intents": [changed[i].payment_intent for i in changed],
            "now": now,
        },
    )


def _write_receipts(session: Session, sources: Mapping[int, str], now: datetime) -> None:
    """Write the one receipt of each payment; a random number that is taken already is drawn again."""
    waiting = dict(sources)
    while waiting:
        written = session.scalars(
            text("""
                INSERT INTO receipt (payment_id, receipt_number, settled_by, issued_at)
                SELECT i, n, s, :now
                FROM unnest(CAST(:ids AS bigint[]), CAST(:numbers AS text[]), CAST(:sources AS text[])) AS r(i, n, s)
                ON CONFLICT (receipt_number) DO NOTHING RETURNING payment_id
            """),
            {
                "ids": list(waiting),
                "numbers": [new_number(PAYMENT_DIGITS) for _ in waiting],
                "sources": list(waiting.values()),
                "now": now,
            },
        )
        for payment_id in written.all():
            del waiting[payment_id]


def _settle(
    session: Session, payments: dict[int, Any], words: dict[int, Word], *, value_on: date, now: datetime
) -> None:
    """Receipts, postings and lowered open items of payments that are settled now; each payment id comes once ever."""
    _write_receipts(session, {i: words[i].source for i in payments}, now)
    account_ids = sorted({payment.account_id for payment in payments.values()})
    open_items: dict[int, list[Open]] = defaultdict(list)
    for row in session.execute(
        text("""
            SELECT id, account_id, open_minor FROM (
                SELECT id, account_id, open_minor, due_on FROM receivable
                WHERE account_id = ANY(:accounts) AND open_minor > 0 ORDER BY id FOR UPDATE
            ) locked ORDER BY due_on, id
        """),
        {"accounts": account_ids},
    ):
        open_items[row.account_id].append(Open(row.id, row.open_minor))
    wanted: dict[int, list[Share]] = defaultdict(list)
    for row in session.execute(
        text("SELECT payment_id, receivable_id, amount_minor FROM payment_item WHERE payment_id = ANY(:ids)"),
        {"ids": list(payments)},
    ):
        wanted[row.payment_id].append(Share(row.receivable_id, row.amount_minor))
    lowered: dict[int, int] = defaultdict(int)
    postings: dict[str, list[NewPosting]] = defaultdict(list)
    for payment_id, payment in payments.items():
        word = words[payment_id]
        amount = payment.amount_minor if word.amount_minor is None else word.amount_minor
        left = [Open(o.receivable_id, o.open_minor - lowered[o.receivable_id]) for o in open_items[payment.account_id]]
        for share in spread(amount, wanted[payment_id], [item for item in left if item.open_minor > 0]):
            if share.receivable_id is not None:
                lowered[share.receivable_id] += share.amount_minor
            postings[payment.currency].append(_posting(payment, share))
    for currency, rows in postings.items():
        post(session, rows, currency=currency, value_on=value_on, now=now)
    pay_off(session, {i: amount for i, amount in lowered.items() if amount})


def _posting(payment: Any, share: Share) -> NewPosting:
    to_credit = share.receivable_id is None
    return NewPosting(
        debit=clearing_code(payment.channel),
        credit=credit_code(payment.account_id) if to_credit else receivable_code(payment.account_id),
        amount_minor=share.amount_minor,
        source=f"payment:{payment.payment_number}:{share.receivable_id or 'credit'}",
        account_id=payment.account_id,
        receivable_id=share.receivable_id,
    )


def note_checkout(session: Session, payment_id: int, *, checkout_id: str, url: str | None, now: datetime) -> None:
    """Remember the vendor's checkout for an attempt; a webhook that was faster is not undone."""
    note_words(session, [Word(payment_id, "opened", "begin", checkout_id=checkout_id)], value_on=now.date(), now=now)
    session.execute(
        text("UPDATE payment SET checkout_url = :url WHERE id = :id AND state = 'open'"), {"url": url, "id": payment_id}
    )
