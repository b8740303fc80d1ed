"""The simulators over real HTTP, the adapters pointed at them, a hook that keeps what is posted, and one clock.

Nothing moves by itself: `pass_` lets time pass for the vendors.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask, Response, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from backends.cards.stripe import API_VERSION, StripeCards
from backends.cards.stripe_events import EVENT_KINDS
from backends.messages.twilio import TwilioMessages
from backends.simulators import switches
from backends.simulators.app import make_simulators
from backends.simulators.config import SimulatorsConfig
from services.payments.ports import CheckoutRequest

KEY, SECRET = "sk_test_contract", "whsec_contract"
SID, TOKEN, SERVICE = "AC" + "7" * 32, "t" * 32, "MG" + "7" * 32
SITE = "https://light.example"
NOON = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


class Clock:
    def __init__(self, now: datetime = NOON):
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Posted:
    """One callback as our site received it; `url` is the public address it was meant for."""

    url: str
    body: bytes
    form: dict[str, str]
    headers: dict[str, str]


class Hook:
    """Our site as the vendors see it: keeps every callback and answers `status`."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.status = 200
        self.app = Flask("hook")
        self.app.add_url_rule("/hooks/<path:path>", view_func=self._take, methods=["POST"])

    def _take(self, path: str) -> Response:
        body = request.get_data(cache=True)
        query = f"?{request.query_string.decode()}" if request.query_string else ""
        url = f"https://{request.host}{request.path}{query}"
        self.posted.append(Posted(url, body, request.form.to_dict(), dict(request.headers)))
        return Response(status=self.status)

    def to(self, path: str) -> list[Posted]:
        return [posted for posted in self.posted if posted.url.startswith(f"{SITE}{path}")]


class World:
    def __init__(self, folder: Path):
        self.clock, self.hook = Clock(), Hook()
        self.server = make_server("127.0.0.1", 0, lambda *call: self._site(*call), threaded=True)
        self.here = f"http://127.0.0.1:{self.server.server_port}"
        self.base = f"{self.here}/_sim"
        self.config = SimulatorsConfig(
            file=folder / "simulators.sqlite", public_base=self.base, public_url=SITE, deliver_via=self.here,
            stripe_key=KEY, stripe_webhook_secret=SECRET, stripe_api_version=API_VERSION,
            stripe_events=tuple(EVENT_KINDS), twilio_account_sid=SID, twilio_auth_token=TOKEN,
            twilio_sender=SERVICE, clock=self.clock, hang_seconds=1.2,
        )  # fmt: skip
        self.simulators = make_simulators(self.config)
        self._site: Any = DispatcherMiddleware(self.hook.app, {"/_sim": self.simulators.app})
        self.cards = StripeCards(KEY, SECRET, api_base=f"{self.base}/stripe", timeout=(5.0, 5.0))
        self.messages = self.messages_with()
        Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def impatient_cards(self) -> StripeCards:
        """The adapter that gives up before a held-back answer comes, and does not ask twice by itself."""
        return StripeCards(KEY, SECRET, api_base=f"{self.base}/stripe", timeout=(5.0, 0.5), retries=0)

    def messages_with(self, *, patience: float = 5.0, sender: str = SERVICE, token: str = TOKEN) -> TwilioMessages:
        return TwilioMessages(
            SID, token, sender, public_url=SITE, api_base=f"{self.base}/twilio", timeout=(5.0, patience)
        )

    def turn(self, switch: str, value: float) -> None:
        switches.turn(self.simulators.store, switch, value)

    def pass_(self, seconds: float, step: float = 0.25) -> None:
        """Let time pass for the vendors, step by step, and let them make the callbacks that are due.

        Callbacks due in the same step go out at once and arrive in any order, as they do from a vendor.
        """
        self.simulators.loop.step()
        while seconds > 0:
            self.clock.move(min(step, seconds))
            seconds -= step
            while self.simulators.loop.step():
                pass


def request_for(attempt: str, **given: Any) -> CheckoutRequest:
    """A checkout of 86.42 for one bill, as the portal asks for it."""
    values: dict[str, Any] = {
        "attempt": attempt, "amount_minor": 8642, "currency": "CNY", "description": "Electricity, June 2026",
        "success_url": f"{SITE}/payments/P-1?checkout={{CHECKOUT_SESSION_ID}}", "cancel_url": f"{SITE}/bills",
        "language": "zh-CN",
    }  # fmt: skip
    return CheckoutRequest(**values | given)
