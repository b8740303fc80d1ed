"""How a payment moves: one table that names every move, the doubled case and the late case. Pure."""

from typing import Literal, cast

from kernel.faults import Fault
from kernel.i18n import N_

State = Literal["created", "open", "processing", "settled", "failed", "expired", "cancelled"]
Word = Literal["opened", "completed", "succeeded", "processing", "declined", "failed", "expired", "cancelled", "other"]

FINAL = frozenset({"settled", "failed", "expired", "cancelled"})
WAITING = frozenset({"created", "open", "processing"})

# Money that has arrived always wins: a "paid" after "failed" or "expired" settles; nothing moves a settled payment.
# A missing pair is a doubled or late word: it changes nothing and is no error.
MOVES: dict[tuple[str, str], State] = {
    ("created", "opened"): "open",
    **{
        (state, "completed"): "settled" for state in ("created", "open", "processing", "failed", "expired", "cancelled")
    },
    **{
        (state, "succeeded"): "settled" for state in ("created", "open", "processing", "failed", "expired", "cancelled")
    },
    ("created", "processing"): "processing",
    ("open", "processing"): "processing",
    ("expired", "processing"): "processing",
    ("cancelled", "processing"): "processing",
    # A decline leaves the checkout open: the payer may try another card.
    ("processing", "failed"): "failed",
    ("open", "failed"): "failed",
    ("created", "failed"): "failed",
    ("created", "expired"): "expired",
    ("open", "expired"): "expired",
    ("created", "cancelled"): "cancelled",
    ("open", "cancelled"): "cancelled",
}

_STATES = {"created", "open", "processing", "settled", "failed", "expired", "cancelled"}
_WORDS = {"opened", "completed", "succeeded", "processing", "declined", "failed", "expired", "cancelled", "other"}


class ImpossibleMove(Exception):
    """A state or a word that no payment knows: a fault of ours or a vendor's new word; never guessed at."""


def move(state: str, word: str) -> State:
    """Return the state after a word; the same state when the word is doubled, late or only informs."""
    if state not in _STATES or word not in _WORDS:
        raise ImpossibleMove(f"{state} + {word}")
    return MOVES.get((state, word), cast(State, state))


class NothingToPay(Fault):
    code = "nothing_to_pay"
    status = 409
    message = N_("There is nothing to pay here. It may just have been paid.")


class BadChoice(Fault):
    code = "bad_choice"
    message = N_("Choose what to pay from the list.")


class TooMuch(Fault):
    code = "too_much"
    message = N_("This is more than is open. The most you can pay here is %(most)s.")


class TooLittle(Fault):
    code = "too_little"
    message = N_("The least you can pay by card is %(least)s.")


# Vendors refuse charges below about half a dollar (Stripe, "minimum and maximum charge amounts"); CNY: 4.00 yuan.
LEAST_MINOR = {"CNY": 400, "USD": 50, "EUR": 50, "GBP": 30}
