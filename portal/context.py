"""What the portal's forms share: who pays without a sign-in, where a form leads, its errors."""

import secrets
from dataclasses import replace

from flask import Response, redirect, session

from kernel.actor import Actor
from kernel.faults import Fault
from kernel.i18n import _

_PAYER = "payer"


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
