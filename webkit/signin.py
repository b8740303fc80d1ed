"""Who is signed in, from an opaque session id in a signed cookie to a frozen value; and the doors' guards.

The cookie holds the session's token and `get_id()` (kind, id, epoch: `c:17:3`); the table behind `SessionStore` says
whether the token still lives. A new password raises the epoch, and every older cookie stops naming anyone. The two
kinds of people share ids, so a guard always asks for the kind.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, cast
from urllib.parse import quote

import structlog
from flask import Flask, Response, current_app, g, redirect, request, session
from flask_login import LoginManager, current_user, login_user

from kernel.actor import Actor
from kernel.faults import Fault, Forbidden
from kernel.i18n import N_
from webkit import errors, guards
from webkit.door import webkit
from webkit.guards import Guard, View, guarded_by, public, route_table, vendor_signed
from webkit.request_log import request_id

__all__ = [
    "SessionStore",
    "SignInNeeded",
    "SignedIn",
    "agents_only",
    "current_actor",
    "customers_only",
    "public",
    "route_table",
    "session_token",
    "sign_in",
    "sign_out",
    "signed_in",
    "vendor_signed",
]


@dataclass(frozen=True)
class SignedIn:
    """A living session and whose it is. `stations`: the ids an agent may see, None for all of them.

    `session_id` is the row in the list of devices, `label` the name shown in the header, `language` ours or None.
    """

    kind: Literal["customer", "agent"]
    principal_id: int
    session_id: int
    epoch: int
    label: str = ""
    language: str | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    stations: frozenset[int] | None = field(default_factory=frozenset)

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return f"{self.kind[0]}:{self.principal_id}:{self.epoch}"

    def actor(self) -> Actor:
        """Return the actor of this request, for operations and queries."""
        return Actor(
            kind=self.kind,
            id=self.principal_id,
            label=self.label,
            roles=self.roles,
            stations=self.stations,
            request_id=request_id(),
        )


class SessionStore(Protocol):
    """The table of sessions, as a door implements it over `services.access`. Every method is its own transaction."""

    def find(self, token: str, now: datetime) -> SignedIn | None:
        """Return whose session this is; None when it is unknown, idle too long, ended or revoked."""

    def end(self, token: str, now: datetime) -> None:
        """End the session; ending an unknown or ended one changes nothing."""


class SignInNeeded(Fault):
    code = "sign_in_needed"
    status = 401
    message = N_("Please sign in to go on.")


def install(app: Flask, sessions: SessionStore | None) -> None:
    manager = LoginManager()
    # Tying a session to the address signs telephones out whenever they change cells; the table revokes instead.
    manager.session_protection = None
    # Without its context processor: that would ask the session table for every page, an error page's too.
    manager.init_app(app, add_context_processor=False)
    app.jinja_env.globals["signed_in"] = signed_in
    manager.user_loader(_load)
    app.extensions["webkit_sessions"] = sessions
    app.register_error_handler(SignInNeeded, _send_to_sign_in)
    guards.install(app)


def _store() -> SessionStore | None:
    return cast("SessionStore | None", current_app.extensions["webkit_sessions"])


def _load(user_id: str) -> SignedIn | None:
    store, token, kit = _store(), session.get("sid"), webkit()
    if store is None or not isinstance(token, str):
        return None
    who = store.find(token, kit.clock())
    if who is None or who.get_id() != user_id or who.kind != kit.door.kind:
        return None
    structlog.contextvars.bind_contextvars(principal=who.get_id())
    return who


def sign_in(token: str, who: SignedIn) -> None:
    """Put a new session into a new cookie. What the browser held before is dropped, its CSRF token too."""
    session.clear()
    g.pop("csrf_token", None)
    session["sid"] = token
    if who.language:
        session["language"] = who.language
    # A customer's own telephone stays signed in; a shared desk's browser forgets when it is closed.
    session.permanent = who.kind == "customer"
    login_user(who)


def sign_out() -> None:
    """End this session in the table and in the browser."""
    store, token = _store(), session.get("sid")
    if store is not None and isinstance(token, str):
        store.end(token, webkit().clock())
    session.clear()
    g.pop("_login_user", None)
    g.pop("csrf_token", None)


def session_token() -> str | None:
    """Return the token of this browser's session (to mark "this device" in the list), None when nobody is signed in."""
    token = session.get("sid")
    return token if isinstance(token, str) else None


def signed_in() -> SignedIn | None:
    """Return who is signed in at this door, or None. The first call of a request asks the session store."""
    who = g.get("_login_user") or current_user._get_current_object()
    return cast(SignedIn, who) if who.is_authenticated else None


def current_actor() -> Actor:
    """Return the actor to hand to operations and queries; somebody not signed in acts as a payer."""
    who = signed_in()
    return who.actor() if who else Actor(kind="payer", request_id=request_id())


def _require(kind: str, roles: frozenset[str]) -> None:
    who = signed_in()
    if who is None:
        raise SignInNeeded
    if who.kind != kind or (roles and not roles & who.roles):
        raise Forbidden


def customers_only(view: View) -> View:
    """Only a signed-in customer may enter."""
    return guarded_by(Guard("customers", lambda: _require("customer", frozenset())))(view)


def agents_only(*, role: str | tuple[str, ...] = ()) -> Callable[[View], View]:
    """Return the guard that lets in a signed-in agent who holds any of the roles; no role named: every agent."""
    roles = frozenset((role,) if isinstance(role, str) else role)
    name = "agents" + (f" ({', '.join(sorted(roles))})" if roles else "")
    return guarded_by(Guard(name, lambda: _require("agent", roles)))


def _send_to_sign_in(fault: SignInNeeded) -> Any:
    if errors.wants_problem():
        return errors.answer(errors.describe_fault(fault))
    path = request.script_root + webkit().sign_in_path
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": path})
    # A form that was sent cannot be sent again by a redirect: after signing in, people start at the first page.
    if request.method != "GET" or request.path == "/":
        return redirect(path, 303)
    return redirect(f"{path}?next={quote(request.script_root + request.full_path.rstrip('?'))}", 303)
