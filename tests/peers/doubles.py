"""The peers as doubles: how each is started and moved, so that the contract's cases can be run against it."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import requests

from backends.cards.stripe import StripeCards
from backends.messages.twilio import TwilioMessages
from tests.contracts.cards_cases import request
from tests.contracts.hooks import Hooks
from tests.contracts.ours import ACCOUNT, KEY, NUMBER, SECRET, SERVICE, TOKEN
from tests.peers.abilities import PEERS
from tests.peers.price_relay import price_relay
from tests.peers.programs import BIN, LOCALSTRIPE, TWILIO_DESCRIPTION, free_port, running

# Stripe's test cards: good, declined when charged, asks for authentication.
_CARDS = {"succeed": "4242424242424242", "decline": "4000000000000341", "prove": "4000002500003155"}


class LocalStripe:
    """Intents are made as Stripe's own clients make them; there is no Checkout."""

    secret = SECRET

    def __init__(self, url: str, hooks: Hooks):
        self.url, self.hooks = url, hooks
        self._post("/_config/webhooks/ours", {"url": f"{hooks.url}/hooks/stripe", "secret": SECRET})

    def _post(self, path: str, form: dict[str, str], *, may_fail: bool = False) -> Any:
        answer = requests.post(self.url + path, data=form, auth=(KEY, ""), timeout=10)
        assert may_fail or answer.ok, answer.text
        return answer.json() if answer.text else None

    def cards(self, **options: Any) -> StripeCards:
        facts = {"api_base": self.url} | options
        return StripeCards(facts.pop("key", KEY), SECRET, **facts)

    def move_intent(self, attempt: str, outcome: str) -> None:
        card = {
            "type": "card",
            "card[number]": _CARDS[outcome],
            "card[exp_month]": "12",
            "card[exp_year]": "2040",
            "card[cvc]": "123",
        }
        asked = {
            "amount": "5000",
            "currency": "cny",
            "payment_method": self._post("/v1/payment_methods", card)["id"],
            "metadata[attempt]": attempt,
        }
        intent = self._post("/v1/payment_intents", asked)
        address = f"/v1/payment_intents/{intent['id']}"
        self._post(f"{address}/confirm", {}, may_fail=outcome == "decline")
        if outcome == "prove":
            self._post(f"{address}/_authenticate", {"client_secret": intent["client_secret"], "success": "true"})


class EmulateStripe:
    """Checkout whose page is clicked by a POST; a relay makes the Prices it asks for."""

    secret = SECRET

    def __init__(self, url: str, relay: str, hooks: Hooks):
        self.url, self.relay, self.hooks = url, relay, hooks

    def cards(self, **options: Any) -> StripeCards:
        facts = {"api_base": self.relay} | options
        return StripeCards(facts.pop("key", KEY), SECRET, **facts)

    def pay(self, checkout_id: str, outcome: str) -> None:
        assert outcome == "succeed"
        requests.post(f"{self.url}/checkout/{checkout_id}/complete", timeout=10, allow_redirects=False)

    def move_intent(self, attempt: str, outcome: str) -> None:
        self.pay(self.cards().create_checkout(request(attempt=attempt)).checkout_id, outcome)


class EmulateTwilio:
    """Messages that stand still until they are told to move."""

    def __init__(self, url: str, hooks: Hooks):
        self.url, self.hooks = url, hooks

    def messages(
        self, *, service: bool = False, lists: bool = False, token: str = TOKEN, **options: Any
    ) -> TwilioMessages:
        # No connection override: emulate signs it, where Twilio signs what it calls.
        return TwilioMessages(
            ACCOUNT, token, NUMBER, public_url=self.hooks.url, api_base=self.url, callback_retries=0, **options
        )

    def _simulate(self, what: str, **form: str) -> None:
        answer = requests.post(f"{self.url}/_twilio/simulate/{what}", data=form, auth=(ACCOUNT, TOKEN), timeout=10)
        assert answer.ok, answer.text

    def progress(self, vendor_id: str, *statuses: str) -> None:
        for status in statuses:
            self._simulate("message-status", MessageSid=vendor_id, Status=status)

    def receive(self, sender: str, body: str) -> None:
        self._simulate("inbound-message", From=sender, To=NUMBER, Body=body)


class Prism:
    """Two mocks of Twilio's description: one that judges every request, one for lists (its judge errs on those)."""

    def __init__(self, strict: str, lenient: str):
        self.strict, self.lenient = strict, lenient

    def messages(self, *, service: bool = False, lists: bool = False) -> TwilioMessages:
        return TwilioMessages(
            ACCOUNT,
            TOKEN,
            SERVICE if service else NUMBER,
            public_url="https://light.example",
            api_base=self.lenient if lists else self.strict,
        )


@contextmanager
def local_stripe(folder: Path, hooks: Hooks) -> Iterator[LocalStripe]:
    port = free_port()
    with running([LOCALSTRIPE, "--port", str(port), "--from-scratch"], port, folder) as url:
        yield LocalStripe(url, hooks)


@contextmanager
def emulate_stripe(folder: Path, hooks: Hooks) -> Iterator[EmulateStripe]:
    webhook = {"url": f"{hooks.url}/hooks/stripe", "events": ["*"], "secret": SECRET}
    with _emulate("stripe", {"webhooks": [webhook]}, folder) as url, price_relay(url) as relay:
        yield EmulateStripe(url, relay, hooks)


@contextmanager
def emulate_twilio(folder: Path, hooks: Hooks) -> Iterator[EmulateTwilio]:
    number = {"phone_number": NUMBER, "sms_url": f"{hooks.url}/hooks/twilio/inbound", "sms_method": "POST"}
    seed = {"account": {"sid": ACCOUNT, "auth_token": TOKEN}, "phone_numbers": [number]}
    with _emulate("twilio", seed, folder) as url:
        yield EmulateTwilio(url, hooks)


def _emulate(service: str, seed: dict[str, Any], folder: Path) -> AbstractContextManager[str]:
    port, file = free_port(), folder / f"{service}.json"
    file.write_text(json.dumps({service: seed}))
    return running(
        [BIN / "emulate", "start", "--service", service, "--port", str(port), "--seed", str(file)], port, folder
    )


@contextmanager
def prism(folder: Path, hooks: Hooks) -> Iterator[Prism]:
    strict, lenient = free_port(), free_port()
    mock: list[str | Path] = [BIN / "prism", "mock", "--verboseLevel", "error"]
    with (
        running([*mock, "--errors", "--port", str(strict), TWILIO_DESCRIPTION], strict, folder) as judge,
        running([*mock, "--port", str(lenient), TWILIO_DESCRIPTION], lenient, folder) as other,
    ):
        yield Prism(judge, other)


STARTS: dict[str, Callable[[Path, Hooks], AbstractContextManager[Any]]] = dict(
    zip((peer.name for peer in PEERS), (local_stripe, emulate_stripe, emulate_twilio, prism), strict=True)
)
