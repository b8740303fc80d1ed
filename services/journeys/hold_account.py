"""Becoming the holder of an account, and letting others in."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.audit import record
from kernel.crypto import keyed_hash
from kernel.db import Database
from kernel.faults import Fault, NotFound
from kernel.i18n import N_
from services.access.signins import ensure_sign_in
from services.accounts import operations
from services.accounts.queries import Place, find_masked, offered_accounts
from services.accounts.rules import GRANTABLE, may
from services.journeys.find_place import NotAllowed
from services.journeys.sign_in_household import phone_of

PAPER_TRIES_A_DAY = 10
LONGEST_NICKNAME = 20
_LONGEST_GRANT = timedelta(days=366 * 3)


class PaperCodeRefused(Fault):
    code = "paper_code_refused"
    status = 403
    message = N_("Account number and code do not fit together. Both stand on your newest paper bill.")


class TooManyTries(Fault):
    code = "too_many_tries"
    status = 429
    message = N_("Too many tries today. Please try again tomorrow, or call us.")


class BadGrant(Fault):
    code = "bad_grant"
    message = N_("Choose what this person may do, and a last day within three years or none.")


class TiedAlready(Fault):
    code = "tied_already"
    status = 409
    message = N_("This phone number can see the account already.")


def accept_offer(db: Database, *, actor: Actor, account_number: str, now: datetime) -> None:
    """Hold an account whose phone on file is the one this person has verified. Raises NotFound."""
    assert actor.id is not None
    with db.transaction() as session:
        offer = next((o for o in offered_accounts(session, actor.id) if o.account_number == account_number), None)
        if offer is None:
            raise NotFound()
        _hold(session, actor, offer.account_id, "phone", now)


def hold_by_paper_code(db: Database, *, actor: Actor, account_number: str, code: str, now: datetime) -> None:
    """Hold an account by the code on its paper bill. Raises PaperCodeRefused, TooManyTries; both answer alike whether
    the account exists."""
    assert actor.id is not None
    number = account_number.strip()
    with db.transaction() as session:
        session.execute(text("SELECT FROM sign_in WHERE id = :id FOR UPDATE"), {"id": actor.id})
        if _tries(session, actor, number, now) >= PAPER_TRIES_A_DAY:
            raise TooManyTries(field="code")
        account = find_masked(session, number)
        # The same work when there is no such account: only the page for payers tells which numbers exist.
        account_id, known = (account.account_id, account.account_number) if account else (0, number)
        fits = operations.paper_code_fits(session, account_id, known, code)
        if account is not None and fits:
            _hold(session, actor, account.account_id, "paper_code", now)
        else:
            hidden = keyed_hash("account_number", number).hex()
            record(session, actor, "refuse_paper_code", subject=("account_number", hidden), now=now)
    if not fits:
        raise PaperCodeRefused(field="code")


def _tries(session: Session, actor: Actor, number: str, now: datetime) -> int:
    """Count today's refusals of this person, and of anybody at this account."""
    return int(
        session.scalar(
            text("""
                SELECT count(*) FROM audit_entry WHERE action = 'refuse_paper_code' AND at > :since
                    AND (actor_id = :who OR subject_id = :hidden)
            """),
            {"since": now - timedelta(days=1), "who": actor.id, "hidden": keyed_hash("account_number", number).hex()},
        )
        or 0
    )


def _hold(session: Session, actor: Actor, account_id: int, proof: str, now: datetime) -> None:
    assert actor.id is not None
    holding_id = operations.tie(
        session,
        sign_in_id=actor.id,
        account_id=account_id,
        role="holder",
        proof=proof,
        granted_by=None,
        ends_on=None,
        now=now,
    )
    if holding_id is not None:
        record(
            session, actor, "hold_account", subject=("holding", holding_id), account_id=account_id, now=now, proof=proof
        )


def grant(
    db: Database,
    *,
    actor: Actor,
    place: Place,
    phone: str,
    role: str,
    ends_on: date | None,
    today: date,
    language: str,
    now: datetime,
) -> None:
    """Let whoever signs in with this phone view, pay or manage. Raises NotAllowed, BadPhone, BadGrant, TiedAlready."""
    if not may(place.role, "grant"):
        raise NotAllowed()
    if role not in GRANTABLE or (ends_on is not None and not today < ends_on <= today + _LONGEST_GRANT):
        raise BadGrant(field="ends_on" if role in GRANTABLE else "role")
    number = phone_of(phone)
    with db.transaction() as session:
        other = ensure_sign_in(session, number, language=language, now=now)
        holding_id = operations.tie(
            session,
            sign_in_id=other.sign_in_id,
            account_id=place.account_id,
            role=role,
            proof="holder",
            granted_by=actor.id,
            ends_on=ends_on,
            now=now,
        )
        if holding_id is None:
            raise TiedAlready(field="phone")
        record(
            session,
            actor,
            "let_in",
            subject=("holding", holding_id),
            account_id=place.account_id,
            now=now,
            role=role,
            ends_on=ends_on.isoformat() if ends_on else None,
        )


def revoke(db: Database, *, actor: Actor, place: Place, holding_id: int, now: datetime) -> None:
    """End somebody's tie; a person may always give up their own. Raises NotAllowed, NotFound."""
    if holding_id != place.holding_id and not may(place.role, "grant"):
        raise NotAllowed()
    with db.transaction() as session:
        if not operations.untie(session, holding_id=holding_id, account_id=place.account_id, now=now):
            raise NotFound()
        record(session, actor, "let_out", subject=("holding", holding_id), account_id=place.account_id, now=now)


def rename(db: Database, *, actor: Actor, place: Place, nickname: str, now: datetime) -> Place:
    """Give the account the name this person knows it by; empty takes it away."""
    name = " ".join(nickname.split())[:LONGEST_NICKNAME] or None
    with db.transaction() as session:
        operations.rename(session, holding_id=place.holding_id, nickname=name)
        record(session, actor, "rename_account", subject=("holding", place.holding_id), now=now)
    return replace(place, nickname=name)
