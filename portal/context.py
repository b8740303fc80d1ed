"""What every view of the portal starts from: the database, this moment, today, and who asks."""

import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import cast

from flask import Response, current_app, redirect, session

from kernel.actor import Actor
from kernel.clock import local_date
from kernel.db import Database
from kernel.faults import Fault
from kernel.i18n import _
from webkit.door import webkit
from webkit.signin import current_actor
from wiring.ports import Ports

_PAYER = "payer"


@dataclass(frozen=True)
class Moment:
    """One request: `today` is the utility's local date of `now`."""

    db: Database
    actor: Actor
    now: datetime
    today: date
    zone: str


def ports() -> Ports:
    return cast(Ports, current_app.extensions["ports"])


def moment() -> Moment:
    kit = webkit()
    now, zone = kit.clock(), kit.settings.zone
    return Moment(ports().db, current_actor(), now, local_date(now, zone), zone)


def as_payer(actor: Actor) -> Actor:
    """Return the actor; somebody not signed in gets a number of this browser's own, so that a second click or a second
    tab finds the checkout of the first instead of opening another."""
    if actor.id is not None:
        return actor
    if _PAYER not in session:
        session[_PAYER] = secrets.randbits(62)
    return replace(actor, id=session[_PAYER])


def go(target: str) -> Response:
    """Answer a form by sending the browser on with a GET."""
    answer = redirect(target, 303)
    return Response(answer.get_data(), 303, answer.headers)


def errors_of(fault: Fault) -> dict[str, str]:
    """Return a refusal as the form's errors: the field it is about ("" for the form as a whole) and the sentence."""
    return {fault.field or "": _(fault.message, **fault.params)}
