"""The transition table of payments."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.rules import FINAL, ImpossibleMove, move

STATES = ("created", "open", "processing", "settled", "failed", "expired", "cancelled")
WORDS = ("opened", "completed", "succeeded", "processing", "declined", "failed", "expired", "cancelled", "other")


def test_nothing_moves_a_settled_payment() -> None:
    assert {move("settled", word) for word in WORDS} == {"settled"}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("word", ["completed", "succeeded"])
def test_money_that_arrived_settles_from_every_state(state: str, word: str) -> None:
    assert move(state, word) == "settled"


@given(st.lists(st.sampled_from(WORDS), max_size=8), st.randoms())
def test_order_and_doubling_never_lose_a_payment(words: list[str], random) -> None:  # type: ignore[no-untyped-def]
    doubled = words * 2
    random.shuffle(doubled)
    state: str = "created"
    for word in doubled:
        state = move(state, word)
    assert (state == "settled") == bool({"completed", "succeeded"} & set(words))


def test_a_decline_leaves_the_checkout_open() -> None:
    assert move("open", "declined") == "open"


def test_a_late_expiry_does_not_undo_processing() -> None:
    assert move("processing", "expired") == "processing"


def test_every_pair_is_answered_and_an_unknown_one_raises() -> None:
    for state, word in itertools.product(STATES, WORDS):
        assert move(state, word) in STATES
    for state, word in (("lost", "completed"), ("open", "maybe")):
        with pytest.raises(ImpossibleMove):
            move(state, word)


def test_final_states_only_move_to_settled_or_back_to_processing() -> None:
    for state, word in itertools.product(FINAL, WORDS):
        assert move(state, word) in {state, "settled", "processing"}
