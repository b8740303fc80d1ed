"""`python -m tests.peers.table` writes docs/peers.md: which case is run against which double."""

from pathlib import Path

from tests.contracts.cards_cases import CARDS
from tests.contracts.cases import Cases
from tests.contracts.messages_cases import MESSAGES
from tests.peers.abilities import PEERS, Peer

FILE = Path(__file__).resolve().parents[2] / "docs" / "peers.md"
OURS = "our simulator"

HEAD = """# The wires, against programs nobody here wrote

The adapters `backends/cards/stripe.py` and `backends/messages/twilio.py` are tested through one contract suite,
`tests/contracts/`, over real HTTP. `make test` runs every case against our own simulators; `make test-peers` runs each
case that another program supports against that program too. This table is written by `python -m tests.peers.table`; a
test in `make test` fails when it is stale, and the last test of `make test-peers` fails when what ran is not what it
says.

The programs are test tools, never dependencies; `tests/peers/install` fetches them into `.lightline-peers/`."""

TAIL = """- **emulate (Stripe)** knows only Prices made beforehand; a relay in the test makes one from our request.
- No program covers idempotency keys, retries of webhooks or late money: there our simulator follows Stripe's documents,
  page by page, and says which in its docstrings."""


def table() -> str:
    """Return the text of docs/peers.md."""
    parts = [HEAD, "\n## Cards (Stripe)\n", *_rows(CARDS), "\n## Messages (Twilio)\n", *_rows(MESSAGES)]
    parts += ["\n## Why a double is not asked everything\n"]
    parts += [f"- **{peer.name}** {peer.lacks}." for peer in PEERS]
    parts.append(TAIL)
    return "\n".join(parts) + "\n"


def _rows(cases: Cases) -> list[str]:
    peers = [peer for peer in PEERS if peer.cases is cases]
    heads = ["case", OURS, *(peer.name for peer in peers)]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for case in cases:
        ran = ["ran", *(_cell(peer, case.needs) for peer in peers)]
        lines.append(f"| {case.sentence} | {' | '.join(ran)} |")
    return lines


def _cell(peer: Peer, needs: frozenset[str]) -> str:
    return "ran" if needs <= peer.can else "–"


if __name__ == "__main__":
    FILE.write_text(table(), encoding="utf-8")
