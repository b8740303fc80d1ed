"""Our own simulators as a double: over real HTTP, their loop running."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from backends.cards.stripe import API_VERSION, StripeCards
from backends.cards.stripe_events import EVENT_KINDS
from backends.messages.simulator.inbound import receive_text
from backends.messages.twilio import TwilioMessages
from backends.simulators import switches
from backends.simulators.app import Simulators, make_simulators
from backends.simulators.config import SimulatorsConfig
from tests.contracts.cards_cases import CardsDouble, request
from tests.contracts.hooks import Hooks

KEY, SECRET = "sk_test_" + "k" * 24, "whsec_" + "s" * 24
ACCOUNT, TOKEN, NUMBER, SERVICE = "AC" + "a" * 32, "t" * 32, "+15005550006", "MG" + "b" * 32


def config(file: Path, hooks_url: str, **changes: Any) -> SimulatorsConfig:
    facts: dict[str, Any] = {
        "file": file,
        "public_base": hooks_url + "/_sim",
        "public_url": hooks_url,
        "stripe_key": KEY,
        "stripe_webhook_secret": SECRET,
        "stripe_api_version": API_VERSION,
        "stripe_events": tuple(EVENT_KINDS),
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "twilio_sender": NUMBER,
        "hang_seconds": 1.5,
        "sent_after": 0.05,
        "delivered_after": 0.2,
    }
    return SimulatorsConfig(**facts | changes)


class _Quiet(WSGIRequestHandler):
    def log_request(self, *args: Any) -> None:
        pass


class Ours(CardsDouble):
    """Both vendors at once; everything the cases ask for."""

    name = "ours"
    can = frozenset((
        "checkout", "facts", "idempotency", "declines_on_page", "later", "keys", "hooks", "events", "intents",
        "failed_proof", "troubles", "silence", "send", "service", "state", "parts", "paging", "lookup", "callbacks",
        "inbound", "refusals", "stops",
    ))  # fmt: skip
    secret = SECRET

    def __init__(self, simulators: Simulators, config: SimulatorsConfig, url: str, hooks: Hooks):
        self.simulators, self.config, self.url, self.hooks = simulators, config, url, hooks
        self.client = simulators.app.test_client()

    def cards(self, **options: Any) -> StripeCards:
        facts = {"api_base": self.url + "/stripe"} | options
        return StripeCards(facts.pop("key", KEY), SECRET, **facts)

    def pay(self, checkout_id: str, outcome: str) -> None:
        if outcome in {"prove", "fail_authentication"}:
            self.client.post(f"/cards/pay/{checkout_id}", data={"outcome": "authenticate"})
            proof = "pass" if outcome == "prove" else "fail"
            self.client.post(f"/cards/pay/{checkout_id}/proof", data={"proof": proof})
        else:
            self.client.post(f"/cards/pay/{checkout_id}", data={"outcome": outcome, "method": "card"})

    def settle(self, checkout_id: str, *, arrives: bool) -> None:
        self.client.post(f"/cards/{checkout_id}/settle", data={"outcome": "arrives" if arrives else "fails"})

    def move_intent(self, attempt: str, outcome: str) -> None:
        self.pay(self.cards().create_checkout(request(attempt=attempt)).checkout_id, outcome)

    def messages(
        self, *, service: bool = False, lists: bool = False, token: str = TOKEN, **options: Any
    ) -> TwilioMessages:
        facts = {"api_base": self.url + "/twilio", "public_url": self.hooks.url} | options
        return TwilioMessages(ACCOUNT, token, SERVICE if service else NUMBER, **facts)

    def progress(self, vendor_id: str, *statuses: str) -> None:
        """Nothing to do: messages travel by themselves here."""

    def receive(self, sender: str, body: str) -> None:
        with self.simulators.store.write() as db:
            receive_text(db, self.config, sender, body, self.config.clock())

    def trouble(self, kind: str) -> None:
        for vendor in ("cards", "messages"):
            switches.turn(self.simulators.store, f"{vendor}.next_{kind}", 0)
        self.turn(**{f"cards.next_{kind}": 1, f"messages.next_{kind}": 1})

    def turn(self, **values: float) -> None:
        for name, value in values.items():
            switches.turn(self.simulators.store, name, value)


@contextmanager
def serve(file: Path, **changes: Any) -> Iterator[Ours]:
    """Serve a fresh set of simulators and a site for their hooks."""
    hooks = Hooks().start()
    told = config(file, hooks.url, **changes)
    simulators = make_simulators(told)
    server = make_server("127.0.0.1", 0, simulators.app, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    simulators.loop.start()
    try:
        yield Ours(simulators, told, f"http://127.0.0.1:{server.server_port}", hooks)
    finally:
        simulators.loop.stop()
        server.shutdown()
        hooks.stop()
