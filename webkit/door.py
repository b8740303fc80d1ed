"""What a web door is to webkit: its name, its cookie, and the settings it shares with the other doors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from flask import current_app

from kernel.i18n import current_language
from wiring.ports import Ports

DoorName = Literal["portal", "console", "webhooks", "simulators"]


@dataclass(frozen=True)
class Door:
    """`path` is where the door is mounted and its cookie's path; `kind` is who signs in here, None for nobody.

    `machines`: only programs call; every error is a problem document, no cookie is ever set, no CSRF token asked
    (each route checks the caller's signature instead).
    """

    name: DoorName
    path: str
    cookie: str
    kind: Literal["customer", "agent"] | None
    machines: bool = False
    dense: bool = False


DOORS: Mapping[str, Door] = {
    "portal": Door("portal", "/", "lightline", "customer"),
    "console": Door("console", "/console", "lightline_console", "agent", dense=True),
    "webhooks": Door("webhooks", "/hooks", "lightline_hooks", None, machines=True),
    "simulators": Door("simulators", "/_sim", "lightline_sim", None),
}


@dataclass(frozen=True)
class WebSettings:
    """Read by `wiring.settings`, handed to `make_app`.

    `utility_name` and `service_hours` map a language ("en", "zh-CN") to words; `service_phone` is what people dial.
    `form_targets` are origins a form may lead to besides our own (Stripe's checkout): CSP's form-action also holds
    for the redirect that answers a form. `trusted_proxies` is how many proxies in front of us set X-Forwarded-*.
    """

    secret_key: str
    public_url: str
    utility_name: Mapping[str, str]
    service_phone: str
    zone: str
    currency: str
    service_hours: Mapping[str, str] = field(default_factory=dict)
    old_secret_keys: tuple[str, ...] = ()
    redis_url: str | None = None
    form_targets: tuple[str, ...] = ()
    trusted_proxies: int = 0
    max_body_bytes: int = 1024 * 1024
    default_language: str = "zh-CN"
    metrics_dir: str | None = None

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")


def settings_from(ports: Ports, *, form_targets: tuple[str, ...] = ("https://checkout.stripe.com",)) -> WebSettings:
    """Return what a door shows and guards itself with, as the utility's own ports say it."""
    utility = ports.utility
    return WebSettings(
        secret_key=ports.secret_key,
        public_url=utility.public_url,
        utility_name={"zh-CN": utility.name, "en": utility.name_en or utility.name},
        service_phone=utility.service_phone,
        zone=utility.zone,
        currency=utility.currency,
        redis_url=ports.redis_url,
        form_targets=form_targets,
        trusted_proxies=ports.trusted_proxies,
    )


@dataclass(frozen=True)
class Webkit:
    """What webkit keeps for one app; found by `webkit()` during a request."""

    door: Door
    settings: WebSettings
    sign_in_path: str
    clock: Callable[[], datetime]


def install(app: Any, kit: Webkit) -> None:
    app.extensions["webkit"] = kit


def webkit() -> Webkit:
    return cast(Webkit, current_app.extensions["webkit"])


def ports() -> Ports:
    """Return what the entry point handed to this door: the database and the wires."""
    return cast(Ports, current_app.extensions["ports"])


def in_language(words: Mapping[str, str]) -> str:
    """Return the reader's words of a setting, else the English, else any."""
    return words.get(current_language()) or words.get("en") or next(iter(words.values()), "")
