"""Names of ledger accounts and how money is spread over open items: pure."""

from collections.abc import Sequence
from dataclasses import dataclass

REVENUE = "revenue:energy"
OPENING = "opening"


def receivable_code(account_id: int) -> str:
    return f"receivable:{account_id}"


def credit_code(account_id: int) -> str:
    return f"credit:{account_id}"


def deposit_code(account_id: int) -> str:
    return f"deposit:{account_id}"


def clearing_code(channel: str) -> str:
    """Money that a channel (card) says it has taken and the bank statement has yet to confirm."""
    return f"clearing:{channel}"


@dataclass(frozen=True)
class Open:
    receivable_id: int
    open_minor: int


@dataclass(frozen=True)
class Share:
    """`receivable_id` None: more was paid than anything asked for; it becomes credit."""

    receivable_id: int | None
    amount_minor: int


def spread(amount_minor: int, wanted: Sequence[Share], open_items: Sequence[Open]) -> tuple[Share, ...]:
    """Spread a payment: first what the payer meant, as far as still open, then the oldest open items, then credit.

    `open_items` come oldest due first. The shares always add up to `amount_minor` and no item gets more than it asks.
    """
    left = amount_minor
    still_open = {item.receivable_id: item.open_minor for item in open_items}
    given: dict[int, int] = {}

    def give(receivable_id: int, at_most: int) -> None:
        nonlocal left
        part = min(left, at_most, still_open.get(receivable_id, 0))
        if part > 0:
            given[receivable_id] = given.get(receivable_id, 0) + part
            still_open[receivable_id] -= part
            left -= part

    for share in wanted:
        if share.receivable_id is not None:
            give(share.receivable_id, share.amount_minor)
    for item in open_items:
        give(item.receivable_id, item.open_minor)
    shares = [Share(receivable_id, part) for receivable_id, part in given.items()]
    if left > 0:
        shares.append(Share(None, left))
    return tuple(shares)
