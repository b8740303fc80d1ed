"""From settings to simulators: the pages that the public site mounts at /_sim, and the vendors' own process.

Loaded by `wsgi` only while simulators are in use. Both share DATA/simulators.sqlite; the vendors' process delivers.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from backends.cards.stripe import API_VERSION
from backends.cards.stripe_events import EVENT_KINDS
from backends.simulators.app import make_simulators
from backends.simulators.config import Login, SimulatorsConfig

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class SimulatorSettings(Protocol):
    """What is needed of `wiring.settings.Settings`."""

    @property
    def data(self) -> Path: ...
    @property
    def public_url(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def zone(self) -> str: ...
    @property
    def stripe_api_key(self) -> str: ...
    @property
    def stripe_webhook_secret(self) -> str: ...
    @property
    def twilio_account_sid(self) -> str: ...
    @property
    def twilio_auth_token(self) -> str: ...
    @property
    def twilio_sender(self) -> str: ...


def make_front(settings: SimulatorSettings, code_of: Callable[[str], str | None] = lambda username: None) -> Wsgi:
    """Return the app for /_sim of the public site. `code_of` tells the one-time code of an agent's name, if any."""
    return make_simulators(config_from(settings, code_of)).app.wsgi_app


def make_vendor_process(settings: SimulatorSettings) -> Wsgi:
    """Return the app of the vendors' own process, and start the loop that lets their time pass."""
    simulators = make_simulators(config_from(settings))
    simulators.loop.start()
    return simulators.app.wsgi_app


def config_from(
    settings: SimulatorSettings, code_of: Callable[[str], str | None] = lambda username: None
) -> SimulatorsConfig:
    """Return the simulators' config; the hooks are called on this machine, whatever the public address is."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    return SimulatorsConfig(
        file=settings.data / "simulators.sqlite",
        public_base=settings.public_url + "/_sim",
        public_url=settings.public_url,
        deliver_via=f"http://{f'[{host}]' if ':' in host else host}:{settings.port}",
        stripe_key=settings.stripe_api_key,
        stripe_webhook_secret=settings.stripe_webhook_secret,
        stripe_api_version=API_VERSION,
        stripe_events=tuple(EVENT_KINDS),
        twilio_account_sid=settings.twilio_account_sid,
        twilio_auth_token=settings.twilio_auth_token,
        twilio_sender=settings.twilio_sender,
        zone=settings.zone,
        logins=lambda: written_logins(settings.data / "demo.json", code_of),
    )


def written_logins(path: Path, code_of: Callable[[str], str | None]) -> list[Login]:
    """Return the log-ins that the seed wrote into demo.json as `logins`: door, url, username, password, note.

    None while the file is not there.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8")).get("logins", [])
    except (OSError, ValueError, AttributeError):
        return []
    return [
        Login(
            door=str(entry.get("door", "")),
            url=str(entry.get("url", "")),
            username=str(entry.get("username", "")),
            password=str(entry.get("password", "")),
            code=code_of(str(entry.get("username", ""))),
            note=str(entry.get("note", "")),
        )
        for entry in found
        if isinstance(entry, dict)
    ]
