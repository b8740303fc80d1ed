"""Every route says who may enter, beside its path; a route that says nothing lets nobody in.

A guard only marks the view function, so its place among the other decorators does not matter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, request

from kernel.faults import Fault, Forbidden, NotFound
from kernel.i18n import N_
from kernel.logs import logger
from webkit.door import webkit

View = TypeVar("View", bound=Callable[..., Any])
_log = logger("web")


@dataclass(frozen=True)
class Guard:
    """`check` raises when this request may not enter; `name` is what `route_table` shows."""

    name: str
    check: Callable[[], None]


def install(app: Flask) -> None:
    app.before_request(_refuse_unspeakable)
    app.before_request(_enforce)


def _refuse_unspeakable() -> None:
    """Refuse a NUL: no person writes one, no name or number holds one, and the database takes none."""
    if "\0" in request.path:
        raise NotFound
    # A machine's body is read raw, for its signature is over the bytes.
    form = request.form.to_dict(flat=False).values() if request.method == "POST" and not webkit().door.machines else ()
    if "%00" in request.environ.get("QUERY_STRING", "") or any("\0" in text for texts in form for text in texts):
        raise UnspeakableText


class UnspeakableText(Fault):
    code = "unspeakable_text"
    status = 400
    message = N_("This text holds a character that cannot be written. Please type it again.")


def guarded_by(guard: Guard) -> Callable[[View], View]:
    """Return a decorator that declares the guard of a route."""

    def mark(view: View) -> View:
        view.__guard__ = guard  # type: ignore[attr-defined]
        return view

    return mark


def _everyone() -> None:
    """Let everyone in: the page is for people who are not signed in too."""


def public(view: View) -> View:
    """Anyone may enter."""
    return guarded_by(Guard("public", _everyone))(view)


def vendor_signed(view: View) -> View:
    """Machines that sign what they send: the view verifies the signature through the port before anything else."""
    return guarded_by(Guard("vendor signature", _everyone))(view)


def route_table(app: Flask) -> dict[str, str]:
    """Return endpoint -> name of its guard, "" where none was declared (an architecture test refuses that)."""
    guards = {name: getattr(view, "__guard__", None) for name, view in app.view_functions.items()}
    return {name: guard.name if guard else "" for name, guard in guards.items()}


def _enforce() -> None:
    if request.endpoint is None:
        return
    guard = getattr(current_app.view_functions[request.endpoint], "__guard__", None)
    if guard is None:
        _log.error("route_without_guard", endpoint=request.endpoint)
        raise Forbidden
    guard.check()
