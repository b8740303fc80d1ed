"""How a payment is spread over open items."""

from hypothesis import given
from hypothesis import strategies as st

from services.ledger.rules import Open, Share, spread

ITEMS = st.lists(st.integers(1, 50_000), max_size=6).map(lambda amounts: [Open(i, a) for i, a in enumerate(amounts, 1)])


@given(st.integers(1, 200_000), ITEMS, st.lists(st.tuples(st.integers(1, 8), st.integers(1, 60_000)), max_size=5))
def test_the_shares_add_up_and_no_item_gets_more_than_it_asks(
    amount: int, items: list[Open], wanted: list[tuple[int, int]]
) -> None:
    shares = spread(amount, [Share(i, a) for i, a in wanted], items)
    assert sum(share.amount_minor for share in shares) == amount
    assert all(share.amount_minor > 0 for share in shares)
    asked = {item.receivable_id: item.open_minor for item in items}
    for share in shares:
        if share.receivable_id is not None:
            assert share.amount_minor <= asked[share.receivable_id]
    assert len({share.receivable_id for share in shares}) == len(shares)


@given(st.integers(1, 200_000), ITEMS)
def test_credit_arises_only_when_everything_is_paid(amount: int, items: list[Open]) -> None:
    shares = spread(amount, [], items)
    credit = sum(share.amount_minor for share in shares if share.receivable_id is None)
    assert credit == max(0, amount - sum(item.open_minor for item in items))


def test_what_the_payer_meant_comes_before_what_is_older() -> None:
    shares = spread(50, [Share(2, 50)], [Open(1, 100), Open(2, 50)])
    assert shares == (Share(2, 50),)


def test_what_was_paid_meanwhile_goes_to_the_oldest_item_then_to_credit() -> None:
    shares = spread(90, [Share(3, 90)], [Open(1, 40), Open(2, 30)])
    assert shares == (Share(1, 40), Share(2, 30), Share(None, 20))
