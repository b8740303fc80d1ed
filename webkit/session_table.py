"""The session table of `services.access` as a door's `SessionStore`; and what a device is called in the list."""

from dataclasses import dataclass, field
from datetime import datetime

from flask import has_request_context, request

from kernel.db import Database
from services.access.sessions import Kind, LivingSession, end_session, find_session
from webkit.signin import SignedIn

_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("Windows", "Windows"),
    ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
_BROWSERS = (
    ("MicroMessenger", "WeChat"), ("AlipayClient", "Alipay"), ("Edg/", "Edge"), ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip


@dataclass(frozen=True)
class SessionTable:
    """`unattended` names endpoints that a page asks by itself: they never keep an idle session alive."""

    db: Database
    kind: Kind
    unattended: frozenset[str] = field(default_factory=frozenset)

    def find(self, token: str, now: datetime) -> SignedIn | None:
        touch = not (has_request_context() and request.endpoint in self.unattended)
        with self.db.read() as reader:
            living = find_session(reader, self.kind, token, now=now, touch=touch)
        return None if living is None else signed_in_as(living)

    def end(self, token: str, now: datetime) -> None:
        with self.db.transaction() as session:
            end_session(session, self.kind, token, now=now)


def signed_in_as(living: LivingSession) -> SignedIn:
    """Return webkit's value of a living session."""
    return SignedIn(
        kind=living.kind,
        principal_id=living.principal_id,
        session_id=living.session_id,
        epoch=living.epoch,
        label=living.label,
        language=living.language,
        roles=living.roles,
        stations=living.stations,
    )


def device_name() -> str:
    """Return what this browser is called in the list of devices: "Chrome, Windows"; empty when it does not say."""
    agent = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(part for part in (browser, system) if part)
