"""Which account a signed-in person means, and whether they may: the object check of every household page.

A number that is not theirs answers exactly as one that does not exist. Looks of people who were let in are recorded; a
holder's look at their own is not.
"""

from datetime import date, datetime

from kernel.actor import Actor
from kernel.audit import record
from kernel.db import Database, Reader
from kernel.faults import Fault, NotFound
from kernel.i18n import N_
from kernel.reading import ReadConnection
from services.accounts.queries import PLACE_OF, Place, find_place, list_places
from services.accounts.rules import may
from services.billing.queries import BILL_HEAD, BillView, bill_of_head


class NotAllowed(Fault):
    code = "not_allowed"
    status = 403
    message = N_("The holder of this account has not let you do this. They can change that under “People”.")


def places_of(reader: Reader, actor: Actor, today: date) -> tuple[Place, ...]:
    """Return every account of this person."""
    return list_places(reader, actor.id or 0, today)


def place_of(reader: Reader, actor: Actor, account_number: str, today: date, *, act: str = "view") -> Place:
    """Return this person's account by its number. Raises NotFound, NotAllowed."""
    return _checked(reader, actor, "account", account_number, today, act)


def bill_of(reader: ReadConnection, actor: Actor, bill_number: str, today: date) -> tuple[Place, BillView]:
    """Return a bill and its account if it is this person's; one statement. Raises NotFound."""
    place, head = reader.first_of_two(
        PLACE_OF["bill"], BILL_HEAD, {"sign_in": actor.id or 0, "today": today, "number": bill_number}
    )
    if place is None or head is None or actor.kind != "customer":
        raise NotFound()
    return Place(*place), bill_of_head(reader, head)


def place_of_payment(reader: Reader, actor: Actor, payment_number: str, today: date, *, act: str = "view") -> Place:
    """Return the account of a payment if it is this person's. Raises NotFound, NotAllowed."""
    return _checked(reader, actor, "payment", payment_number, today, act)


def _checked(reader: Reader, actor: Actor, kind: str, number: str, today: date, act: str) -> Place:
    place = find_place(reader, actor.id or 0, kind, number, today)
    if place is None or actor.kind != "customer":
        raise NotFound()
    if not may(place.role, act):
        raise NotAllowed()
    return place


def record_delegate_look(
    db: Database, actor: Actor, place: Place, action: str, *, subject: tuple[str, object], now: datetime
) -> None:
    """Put the look of somebody who was let in on record; a holder's own look leaves no trace."""
    if place.role == "holder":
        return
    with db.transaction() as session:
        record(session, actor, action, subject=subject, account_id=place.account_id, now=now, role=place.role)
