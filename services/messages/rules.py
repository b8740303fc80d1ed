"""How a message moves, how long we wait, how many parts a text costs. Pure.

A message goes out at most once by our own doing: before it is sent again, the vendor is asked whether it has it.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

State = Literal[
    "queued", "sending", "uncertain", "accepted", "sent", "delivered", "undelivered", "failed", "withheld"
]  # fmt: skip
Word = Literal[
    "claim", "doubt", "slow_down", "resend", "refuse", "give_up", "withhold",
    "accepted", "sent", "delivered", "undelivered", "failed",
]  # fmt: skip

VENDOR_WORDS = frozenset({"accepted", "sent", "delivered", "undelivered", "failed"})
OURS_TO_ACT = frozenset({"queued", "sending", "uncertain"})
"""States in which the send handler still has something to do; in all others the outbox row is done."""

# Ours: each step of the send handler. Anything not named here or below is impossible and raises.
_OURS: dict[tuple[str, str], State] = {
    ("queued", "claim"): "sending",
    ("queued", "withhold"): "withheld",
    ("queued", "give_up"): "failed",
    ("sending", "doubt"): "uncertain",
    ("sending", "slow_down"): "queued",
    ("sending", "refuse"): "failed",
    ("uncertain", "doubt"): "uncertain",
    # The answer of a slow send that a later lease had already called uncertain.
    ("uncertain", "slow_down"): "queued",
    ("uncertain", "refuse"): "failed",
    ("uncertain", "resend"): "sending",
    ("uncertain", "give_up"): "failed",
    # The send handler's own words arrive after a callback has told more: the callback stands.
    **{
        (state, word): state
        for state in ("accepted", "sent", "delivered", "undelivered", "failed")
        for word in ("doubt", "slow_down", "refuse", "give_up")
    },
    # A slow send answers after a later lease had begun again or queued again: the newer attempt decides.
    **{("queued", word): "queued" for word in ("doubt", "slow_down")},
    ("queued", "refuse"): "failed",
}

# The vendor's words only move a message forward. delivered stands above all: the person has it. Between undelivered
# and failed the first word stands. From queued and uncertain they are the late fate of an attempt whose answer we
# never got; from failed they correct what we gave up on.
_RANK = {
    "queued": 0,
    "sending": 0,
    "uncertain": 0,
    "accepted": 1,
    "sent": 2,
    "undelivered": 3,
    "failed": 3,
    "delivered": 4,
}


class ImpossibleMove(Exception):
    """A step that no message can take (a vendor's word about a withheld one, a claim of a sent one)."""


def move(state: str, word: str) -> State:
    """Return the state after a word; the same state when the word is doubled, late or lower. Raises ImpossibleMove."""
    if word in VENDOR_WORDS and state in _RANK:
        return cast(State, word if _RANK[word] > _RANK[state] else state)
    try:
        return _OURS[state, word]
    except KeyError:
        raise ImpossibleMove(f"{state} + {word}") from None


def move_by_other_copy(state: str, word: str) -> State:
    """Return the state after the vendor's word about another copy of the message than the one we count on.

    Only good news counts: the copy that we know of may still arrive.
    """
    return move(state, word) if word == "delivered" or state in OURS_TO_ACT else cast(State, state)


UNCERTAIN_WAIT = timedelta(seconds=60)
"""How long an uncertain send waits for its status callback before we ask the vendor. Longer than a send may take."""

MAX_ATTEMPTS = 5
GIVE_UP_AFTER = timedelta(hours=24)
CODE_LIVES = timedelta(minutes=5)
"""As long as `services/access/codes.py` accepts a code; a test holds the two together."""

LOOK_BACK = timedelta(minutes=2)
"""Clocks differ: a look-up at the vendor starts this much before our first attempt."""


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after an attempt whose outcome is unknown: 60 s, 2, 4, 8, 16 min."""
    return UNCERTAIN_WAIT * (1 << max(0, attempts - 1))


def life_of(category: str) -> timedelta:
    """Return how long a message is worth sending."""
    return CODE_LIVES if category == "one_time_code" else GIVE_UP_AFTER


@dataclass(frozen=True)
class Verdict:
    """Whether a message may go now: send, wait (until when), or withhold (why)."""

    kind: Literal["send", "wait", "withhold"]
    until: datetime | None = None
    reason: str | None = None


CODE_PLACEHOLDER = "{code}"
HIDDEN_CODE = "••••••"

# Replies that opt out and in, as vendors read them (Twilio "Advanced Opt-Out" defaults) and as Chinese carriers do.
# What the Chinese carriers' TD, T and R mean is common usage, not an official text.
STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT", "TD", "T", "R", "退订"}
)
START_WORDS = frozenset({"START", "YES", "UNSTOP", "恢复"})


def consent_in(body: str) -> bool | None:
    """Return what a person's reply says about being texted: False stop, True start, None anything else."""
    word = body.strip().strip(".。!！").upper()
    if word in STOP_WORDS:
        return False
    return True if word in START_WORDS else None


# GSM 03.38 basic set and its extension table (3GPP TS 23.038, 6.2.1); an extension character takes two places.
_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")


def count_parts(body: str) -> int:
    """Return how many parts a text is billed as: 160 or 153 places in GSM-7, 70 or 67 UTF-16 units in UCS-2."""
    if all(character in _GSM7 or character in _GSM7_EXTENSION for character in body):
        length, single, joined = sum(2 if c in _GSM7_EXTENSION else 1 for c in body), 160, 153
    else:
        length, single, joined = len(body.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= single else math.ceil(length / joined)
