"""The portal's app: `create_app(ports)`, mounted at / by wsgi.py. Every room of the door is named here.

/  /accounts/<n>                       front      first screen
/sign-in...  /sign-out                 signin
/pay  /pay/<n>  /accounts/<n>/pay      paying
/payments/<p>  .../receipt.pdf         payments   and /accounts/<n>/payments
/bills/<b>  /bills/<b>.pdf             bills      and /accounts/<n>/bills, /accounts/<n>/use
/accounts/<n>/messages                 messages
/accounts  /accounts/<n>/name          places
/accounts/<n>/people  .../looks        people
/me...                                 me
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Flask

from kernel.clock import utc_now
from portal import bills, front, me, messages, paying, payments, people, places, signin, words
from webkit.app import make_app
from webkit.door import WebSettings
from webkit.health import Check
from webkit.session_table import SessionTable
from wiring.ports import Ports


def create_app(
    ports: Ports,
    *,
    settings: WebSettings | None = None,
    clock: Callable[[], datetime] = utc_now,
    checks: Mapping[str, Check] | None = None,
) -> Flask:
    """Return the portal."""
    app = make_app(
        "portal",
        import_name=__name__,
        ports=ports,
        settings=settings,
        sessions=SessionTable(ports.db, "customer"),
        clock=clock,
        checks=checks,
    )
    for room in (front, signin, paying, payments, bills, messages, places, people, me):
        app.register_blueprint(room.blueprint)
    words.install(app)
    return app
