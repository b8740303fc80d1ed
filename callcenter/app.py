"""The console's app: `create_app(ports)`, mounted at /console by wsgi.py. Every route of the door is named here."""

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Flask

from callcenter import bills, customers, desk, events, identity, payments, people, signin, words
from kernel.clock import utc_now
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
    """Return the console. An open customer page asks by itself what moved; that never keeps an idle desk signed in."""
    app = make_app(
        "console",
        import_name=__name__,
        ports=ports,
        settings=settings,
        sessions=SessionTable(ports.db, "agent", unattended=frozenset({"customers.moved"})),
        clock=clock,
        checks=checks,
    )
    for room in (signin, desk, customers, identity, people, bills, payments):
        app.register_blueprint(room.blueprint)
    words.install(app)
    events.install(app)
    return app
