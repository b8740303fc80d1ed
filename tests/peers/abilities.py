"""Which program nobody here wrote can do what; the cases that need no more than that are run against it."""

from dataclasses import dataclass

from tests.contracts.cards_cases import CARDS
from tests.contracts.cases import Case, Cases
from tests.contracts.messages_cases import MESSAGES


@dataclass(frozen=True)
class Peer:
    """`lacks` says in words why the other cases are not run against it."""

    name: str
    cases: Cases
    can: frozenset[str]
    lacks: str

    def its_cases(self) -> list[Case]:
        return self.cases.for_double(self.can)


PEERS = (
    Peer(
        "localstripe 1.15",
        CARDS,
        frozenset({"hooks", "events", "intents", "keys"}),
        "has intents and signed webhooks; no Checkout, no event for a failed authentication, and it ignores idempotency"
        " keys",
    ),
    Peer(
        "emulate 0.12 (Stripe)",
        CARDS,
        frozenset({"checkout", "hooks"}),
        "has Checkout with a page and signed webhooks; its sessions name no amount, intent or client_reference_id, its"
        " events no id; no declines, no late money, no idempotency keys, any key is good",
    ),
    Peer(
        "emulate 0.12 (Twilio)",
        MESSAGES,
        frozenset({"send", "state", "callbacks", "inbound", "keys"}),
        "has messages with state and its own signature; no refused numbers, no STOP, counts every text as GSM-7,"
        " and signs the fragment of an address where Twilio leaves it out",
    ),
    Peer(
        "Prism 5 over Twilio's OpenAPI",
        MESSAGES,
        frozenset({"send", "service", "lookup"}),
        "judges the shape of every request; remembers nothing and calls nobody back",
    ),
)


def declared() -> set[tuple[str, str]]:
    """Return every (peer, case) that must be run."""
    return {(peer.name, case.name) for peer in PEERS for case in peer.its_cases()}
