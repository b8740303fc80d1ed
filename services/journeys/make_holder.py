"""An agent lets somebody act for an account: only after the caller's identity was proved, and on record."""

from datetime import datetime

from kernel.actor import Actor
from kernel.audit import record
from kernel.db import Database
from kernel.faults import Fault
from kernel.i18n import N_
from kernel.phones import masked_phone
from services.access.roles import must
from services.access.signins import ensure_sign_in
from services.accounts.operations import tie
from services.journeys.customer_view import Strip
from services.journeys.prove_identity import need_proof
from services.journeys.sign_in_household import phone_of


class HolderAlready(Fault):
    code = "holder_already"
    status = 409
    message = N_("This phone is a holder of the account already.")


def make_holder(db: Database, *, actor: Actor, strip: Strip, phone: str, now: datetime) -> str:
    """Make whoever signs in with this phone a holder of the account; returns the phone, masked.

    A lesser tie that the phone has already ends, and its row stays to tell of it. Raises ProofNeeded, BadPhone,
    HolderAlready, Forbidden.
    """
    must(actor, "make_holder")
    need_proof(strip)
    number = phone_of(phone)
    with db.transaction() as session:
        sign_in = ensure_sign_in(session, number, language=strip.language, now=now)
        holding_id = tie(
            session,
            sign_in_id=sign_in.sign_in_id,
            account_id=strip.account_id,
            role="holder",
            proof="agent",
            granted_by=actor.id,
            ends_on=None,
            now=now,
        )
        if holding_id is None:
            raise HolderAlready(field="phone")
        record(
            session,
            actor,
            "make_holder",
            subject=("holding", holding_id),
            account_id=strip.account_id,
            now=now,
            proved_by=strip.proof.how if strip.proof else "",
        )
    return masked_phone(number)
