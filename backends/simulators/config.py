"""What a set of simulators is told by its entry point. It reads no environment and no clock of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kernel.clock import utc_now


@dataclass(frozen=True)
class Login:
    """A demo log-in as `/_sim/` shows it; `code` is the one-time code of this moment, None where none is asked."""

    door: str
    url: str
    username: str
    password: str
    code: str | None = None
    note: str = ""


@dataclass(frozen=True)
class SimulatorsConfig:
    """`file` is the SQLite file that all processes share.

    `public_base` is where browsers find these pages (http://host/_sim), `public_url` our own site, whose hooks are
    called; `deliver_via` is the origin to connect to instead of public_url's when that is not reachable from here.
    `hang_seconds` is how long an answer that is to be lost is held back: longer than any client waits.
    """

    file: Path
    public_base: str
    public_url: str
    stripe_key: str
    stripe_webhook_secret: str
    stripe_api_version: str
    twilio_account_sid: str
    twilio_auth_token: str
    twilio_sender: str
    stripe_events: tuple[str, ...]
    zone: str = "Asia/Shanghai"
    deliver_via: str | None = None
    logins: Callable[[], Sequence[Login]] = tuple
    clock: Callable[[], datetime] = utc_now
    hang_seconds: float = 30.0
    sent_after: float = 0.2
    delivered_after: float = 1.0
