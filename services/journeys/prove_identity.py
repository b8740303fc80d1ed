"""An agent records how the caller proved who they are; good for this agent, this account and half an hour.

Something only the customer knows is compared here and never shown: the last four of the identity number, the amount of
the last bill with the address said right, or a code texted to the phone on file. Few tries; each is on record.
"""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.audit import record
from kernel.crypto import unseal
from kernel.db import Database
from kernel.faults import Fault, Forbidden
from kernel.i18n import N_
from kernel.money import parse_minor
from services.access.codes import check_code, issue_code, secret_ref
from services.access.roles import must
from services.journeys.customer_view import Strip
from services.messages.operations import queue_message

How = Literal["identity", "bill", "code"]
TRIES = 5
_TRIES_WITHIN = timedelta(hours=1)


class NotProved(Fault):
    code = "not_proved"
    message = N_("That does not fit what we have on file. Identity is not proved.")


class NothingOnFile(Fault):
    code = "nothing_on_file"
    message = N_("There is nothing on file to compare this with. Choose another way.")


class TooManyTries(Fault):
    code = "too_many_tries"
    status = 429
    message = N_("Too many tries for this account. Ask a supervisor, or prove identity another way in an hour.")


class ProofNeeded(Forbidden):
    code = "proof_needed"
    message = N_("First record how the caller proved who they are.")


def prove_identity(db: Database, *, actor: Actor, strip: Strip, how: How, answer: str, now: datetime) -> None:
    """Compare what the caller said and put the outcome on record.

    Raises NotProved, NothingOnFile, TooManyTries, BadAmount (an amount that is none), Forbidden.
    """
    must(actor, "prove_identity")
    with db.transaction() as session:
        session.execute(text("SELECT FROM account WHERE id = :id FOR UPDATE"), {"id": strip.account_id})
        tries = session.scalar(
            text(
                "SELECT count(*) FROM audit_entry WHERE account_id = :account AND at > :since"
                " AND action = 'identity_not_proved'"
            ),
            {"account": strip.account_id, "since": now - _TRIES_WITHIN},
        )
        if int(tries or 0) >= TRIES:
            raise TooManyTries(field="answer")
        fits = _fits(session, strip, how, answer.strip(), now)
        record(
            session,
            actor,
            "prove_identity" if fits else "identity_not_proved",
            subject=("account", strip.account_number),
            account_id=strip.account_id,
            now=now,
            how=how,
        )
    if not fits:
        raise NotProved(field="answer")


def send_code(db: Database, *, actor: Actor, strip: Strip, compose: Callable[[], str], now: datetime) -> None:
    """Text a code to the phone on file; it opens nothing but this proof.

    Raises NothingOnFile, TooManyCodes, Forbidden.
    """
    must(actor, "prove_identity")
    with db.transaction() as session:
        phone = _on_file(session, strip, "phone")
        if phone is None:
            raise NothingOnFile(field="answer")
        code_id = issue_code(session, purpose="prove_identity", phone=phone, address=f"agent:{actor.id}", now=now)
        queue_message(
            session,
            once_key=f"code:{code_id}",
            category="one_time_code",
            language=strip.language,
            phone=phone,
            account_id=strip.account_id,
            body=compose(),
            secret_ref=secret_ref(code_id),
            now=now,
        )
        record(
            session,
            actor,
            "send_proof_code",
            subject=("account", strip.account_number),
            account_id=strip.account_id,
            now=now,
        )


def end_call(db: Database, *, actor: Actor, strip: Strip, now: datetime) -> None:
    """Forget the proof: the next caller proves themselves anew."""
    with db.transaction() as session:
        record(
            session, actor, "end_call", subject=("account", strip.account_number), account_id=strip.account_id, now=now
        )


def need_proof(strip: Strip) -> None:
    """Raise ProofNeeded unless this agent proved the caller's identity for this account."""
    if strip.proof is None:
        raise ProofNeeded()


def reveal(db: Database, *, actor: Actor, strip: Strip, what: Literal["phone", "identity"], now: datetime) -> str:
    """Return the customer's phone or identity number in full, on record. Raises Forbidden, NothingOnFile."""
    must(actor, f"reveal_{what}")
    with db.transaction() as session:
        on_file = _on_file(session, strip, what)
        if on_file is None:
            raise NothingOnFile()
        record(
            session,
            actor,
            f"reveal_{what}",
            subject=("account", strip.account_number),
            account_id=strip.account_id,
            now=now,
        )
    return on_file


def _fits(session: Session, strip: Strip, how: How, answer: str, now: datetime) -> bool:
    if how == "bill":
        last_minor: int | None = session.scalar(
            text(
                "SELECT total_minor FROM bill_index WHERE account_id = :account ORDER BY cycle_on DESC, id DESC LIMIT 1"
            ),
            {"account": strip.account_id},
        )
        if last_minor is None:
            raise NothingOnFile(field="answer")
        return parse_minor(answer, strip.currency, field="answer") == last_minor
    on_file = _on_file(session, strip, "phone" if how == "code" else "identity")
    if on_file is None:
        raise NothingOnFile(field="answer")
    if how == "code":
        return check_code(session, purpose="prove_identity", phone=on_file, code=answer, now=now)
    return hmac.compare_digest(on_file[-4:].upper().encode(), answer.upper().encode())


def _on_file(session: Session, strip: Strip, what: Literal["phone", "identity"]) -> str | None:
    sealed = session.scalar(text(f"SELECT {what} FROM customer WHERE id = :id"), {"id": strip.customer_id})
    return None if sealed is None else unseal(bytes(sealed))
