"""The only place that assembles the web apps: `granian --interface wsgi wsgi:app`, `wsgi:simulators`.

The doors are separate Flask apps behind one address: the portal at /, the console at /console, machines at /hooks, and,
only while simulators are in use, what they show at /_sim.
"""

import gc
import importlib
import multiprocessing
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from callcenter.app import create_app as create_console
from kernel.clock import utc_now
from kernel.logs import configure
from portal.app import create_app as create_portal
from services.access.agents import current_code
from webhooks.app import create_app as create_webhooks
from webkit.door import settings_from
from wiring.assembly import assemble
from wiring.ports import Ports
from wiring.servers.own import ask_queue
from wiring.servers.supervisor import die_with_parent
from wiring.settings import Settings, read_settings

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def by_prefix(root: Wsgi, doors: dict[str, Wsgi]) -> Wsgi:
    """Hand a request to the door its path begins with, its prefix moved to SCRIPT_NAME as WSGI has it (PEP 3333)."""

    def dispatch(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        for prefix, door in doors.items():
            if path == prefix or path.startswith(prefix + "/"):
                environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
                environ["PATH_INFO"] = path[len(prefix) :] or "/"
                return door(environ, start_response)
        return root(environ, start_response)

    return dispatch


def make_web(settings: Settings) -> Wsgi:
    """Return all doors behind one address."""
    configure(process="web")
    ports = assemble(settings, process="web")
    kit = replace(settings_from(ports, form_targets=_pay_pages(settings)), metrics_dir=str(settings.metrics_folder))
    checks = {"database": ports.db.ping, "queue": lambda: ask_queue(settings)}
    doors: dict[str, Wsgi] = {
        "/console": create_console(ports, settings=kit).wsgi_app,
        "/hooks": create_webhooks(ports).wsgi_app,
    }
    if settings.simulating:
        doors["/_sim"] = make_simulators(settings, ports)
    return by_prefix(create_portal(ports, settings=kit, checks=checks).wsgi_app, doors)


def _pay_pages(settings: Settings) -> tuple[str, ...]:
    """Return the origins of vendors' pay pages, to which a form of ours may lead (CSP form-action)."""
    pages = ["https://checkout.stripe.com"]
    if settings.stripe_api_base and not settings.simulate_cards:
        pages.append("{0.scheme}://{0.netloc}".format(urlsplit(settings.stripe_api_base)))
    return tuple(pages)


def make_simulators(settings: Settings, ports: Ports) -> Wsgi:
    """Return the simulators' app; loaded only where it is used, never in production."""
    if settings.mode == "production":
        raise RuntimeError("a production installation has no simulators")

    def code_of(username: str) -> str | None:
        with ports.db.read() as reader:
            return current_code(reader, username, utc_now())

    front: Wsgi = importlib.import_module("backends.front").make_front(settings, code_of)
    return front


def __getattr__(name: str) -> Wsgi:
    """Build what the server asks for when it asks: a web worker builds no simulators of its own, nor the reverse."""
    if name not in {"app", "simulators"}:
        raise AttributeError(name)
    server = multiprocessing.parent_process()
    die_with_parent(parent=server.pid if server is not None else None)
    settings = read_settings()
    app = _build(name, settings)
    # What stands now stands for good: collections look at requests' objects only, and less often than by default.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    return app


def _build(name: str, settings: Settings) -> Wsgi:
    if name == "simulators":
        configure(process="simulators")
        return importlib.import_module("backends.front").make_vendor_process(settings)  # type: ignore[no-any-return]
    return make_web(settings)
