"""A household enters: by phone and code (which is also how one registers), or by phone and password.

The same answer and the same work whether a number is known or not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from kernel.actor import Actor
from kernel.audit import record
from kernel.crypto import keyed_hash, unseal
from kernel.db import Database
from kernel.faults import Fault
from kernel.i18n import N_
from kernel.phones import normal_phone
from services.access import sessions
from services.access.codes import check_code, issue_code, secret_ref
from services.access.passwords import hash_password, verify_password
from services.access.sessions import LivingSession, find_session
from services.access.signins import (
    SignInRow,
    check_password_strength,
    ensure_sign_in,
    find_sign_in,
    store_language,
    store_large_type,
    store_password,
)
from services.messages.operations import queue_message


class BadPhone(Fault):
    code = "bad_phone"
    message = N_("That is not a phone number. Write it like 138 1234 5678.")


class CodeRefused(Fault):
    code = "code_refused"
    status = 403
    message = N_("This code is wrong or too old. Check the newest text message, or ask for a new code.")


class PasswordRefused(Fault):
    code = "password_refused"
    status = 403
    message = N_("Phone number and password do not fit together. You can always sign in with a code instead.")


@dataclass(frozen=True, repr=False)
class Entered:
    """A new session: its token goes into the cookie once; `large_type` is how this person reads."""

    token: str
    session: LivingSession
    large_type: bool


def phone_of(text_typed: str) -> str:
    """Return E.164 for a number as people write it. Raises BadPhone."""
    phone = normal_phone(text_typed)
    if phone is None:
        raise BadPhone(field="phone")
    return phone


def ask_code(
    db: Database, *, phone: str, address: str, language: str, compose: Callable[[], str], now: datetime
) -> str:
    """Queue a text with a new code; returns the number in E.164. Raises BadPhone, TooManyCodes."""
    number = phone_of(phone)
    with db.transaction() as session:
        code_id = issue_code(session, purpose="sign_in", phone=number, address=address, now=now)
        queue_message(
            session,
            once_key=f"code:{code_id}",
            category="one_time_code",
            language=language,
            phone=number,
            account_id=None,
            body=compose(),
            secret_ref=secret_ref(code_id),
            now=now,
        )
    return number


def enter_with_code(
    db: Database, *, phone: str, code: str, device: str, language: str, request_id: str, now: datetime
) -> Entered:
    """Open a session for whoever holds the phone; its first time makes the sign-in. Raises BadPhone, CodeRefused."""
    number = phone_of(phone)
    with db.transaction() as session:
        fits = check_code(session, purpose="sign_in", phone=number, code=code, now=now)
    if not fits:
        _record_refusal(db, number, request_id, now)
        raise CodeRefused(field="code")
    with db.transaction() as session:
        row = ensure_sign_in(session, number, language=language, now=now)
    return _enter(db, row, "code", device, request_id, now)


def enter_with_password(
    db: Database, *, phone: str, password: str, device: str, request_id: str, now: datetime
) -> Entered:
    """Open a session for a phone and its password. Raises BadPhone, PasswordRefused.

    The door limits the rate first: every call costs a password hash, and no transaction is open meanwhile.
    """
    number = phone_of(phone)
    with db.read() as reader:
        row = find_sign_in(reader, number)
    if not verify_password(row.password_hash if row else None, password) or row is None:
        _record_refusal(db, number, request_id, now)
        raise PasswordRefused(field="password")
    return _enter(db, row, "password", device, request_id, now)


def _enter(db: Database, row: SignInRow, how: str, device: str, request_id: str, now: datetime) -> Entered:
    actor = Actor(kind="customer", id=row.sign_in_id, request_id=request_id)
    with db.transaction() as session:
        token, _ = sessions.open_session(
            session, "customer", principal_id=row.sign_in_id, epoch=row.epoch, device=device, now=now
        )
        record(session, actor, "sign_in", subject=("sign_in", row.sign_in_id), now=now, how=how)
        living = find_session(session, "customer", token, now=now)
    if living is None:
        # The password was changed between the check and here: the session that opened is dead already.
        raise CodeRefused(field="code")
    return Entered(token, living, row.large_type)


def _record_refusal(db: Database, number: str, request_id: str, now: datetime) -> None:
    with db.transaction() as session:
        actor = Actor(kind="customer", request_id=request_id)
        record(session, actor, "refuse_sign_in", subject=("phone", keyed_hash("phone", number).hex()), now=now)


@dataclass(frozen=True)
class Me:
    """What a person sees of their own sign-in."""

    phone: str
    has_password: bool
    language: str
    large_type: bool


def read_me(db: Database, actor: Actor) -> Me:
    """Return the signed-in person's own details."""
    with db.read() as reader:
        row = reader.execute(
            text("SELECT phone, password_hash IS NOT NULL AS has, language, large_type FROM sign_in WHERE id = :id"),
            {"id": actor.id},
        ).one()
    return Me(unseal(bytes(row.phone)), row.has, row.language, row.large_type)


def set_password(db: Database, *, actor: Actor, new: str, device: str, now: datetime) -> Entered:
    """Set a new password: every device is signed out, this one gets a new session. Raises WeakPassword."""
    assert actor.id is not None
    check_password_strength(new, phone=read_me(db, actor).phone)
    hashed = hash_password(new)
    with db.transaction() as session:
        epoch = store_password(session, actor.id, hashed)
        sessions.revoke_all(session, "customer", actor.id, now=now)
        token, _ = sessions.open_session(
            session, "customer", principal_id=actor.id, epoch=epoch, device=device, now=now
        )
        record(session, actor, "set_password", subject=("sign_in", actor.id), now=now)
        living = find_session(session, "customer", token, now=now)
        assert living is not None
        large = bool(session.scalar(text("SELECT large_type FROM sign_in WHERE id = :id"), {"id": actor.id}))
    return Entered(token, living, large)


def set_language(db: Database, actor: Actor, language: str) -> None:
    """Remember the language this person reads, for pages and texts."""
    assert actor.id is not None
    with db.transaction() as session:
        store_language(session, actor.id, language)


def set_large_type(db: Database, actor: Actor, on: bool) -> None:
    """Remember that this person reads large type."""
    assert actor.id is not None
    with db.transaction() as session:
        store_large_type(session, actor.id, on)


def sign_out_device(db: Database, *, actor: Actor, session_id: int, now: datetime) -> bool:
    """Sign one of this person's devices out; False when there is no such device."""
    assert actor.id is not None
    with db.transaction() as session:
        ended = sessions.revoke_session(session, "customer", actor.id, session_id=session_id, now=now)
        if ended:
            record(session, actor, "sign_out_device", subject=("session", session_id), now=now)
    return ended


def sign_out_everywhere(db: Database, *, actor: Actor, now: datetime) -> int:
    """Sign every device of this person out, this one too; returns how many."""
    assert actor.id is not None
    with db.transaction() as session:
        ended = sessions.revoke_all(session, "customer", actor.id, now=now)
        record(session, actor, "sign_out_everywhere", subject=("sign_in", actor.id), now=now)
    return ended
