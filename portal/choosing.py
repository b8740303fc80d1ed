"""From a form to open items and amounts: everything, or what was ticked, each in full or in part."""

from werkzeug.datastructures import MultiDict

from kernel.i18n import format_money
from kernel.money import BadAmount, parse_minor
from services.ledger.queries import OpenItem, Owed
from services.payments.rules import BadChoice, TooMuch

Choice = tuple[int, int]


def read_choice(form: MultiDict[str, str], owed: Owed) -> tuple[Choice, ...]:
    """Return (receivable id, minor units) for what the payer chose. Raises BadChoice, BadAmount, TooMuch.

    `everything` is the sum the page showed: when more has become due meanwhile, only the shown items are paid.
    """
    if form.get("what") != "chosen":
        shown = set(form.getlist("shown"))
        return tuple((item.receivable_id, item.open_minor) for item in owed.items if str(item.receivable_id) in shown)
    chosen = set(form.getlist("items"))
    if not chosen:
        raise BadChoice(field="items")
    return tuple(
        (item.receivable_id, _amount(form, item, owed)) for item in owed.items if str(item.receivable_id) in chosen
    )


def _amount(form: MultiDict[str, str], item: OpenItem, owed: Owed) -> int:
    """Return what was typed for an item, all of it when nothing was. Raises BadAmount, TooMuch at the item's field."""
    field = f"amount-{item.receivable_id}"
    typed = form.get(field, "").strip().lstrip("¥￥").replace(",", "").replace("，", "")[:20]
    if not typed:
        return item.open_minor
    minor = parse_minor(typed, owed.currency, field=field)
    if minor <= 0:
        raise BadAmount(text=typed, field=field)
    if minor > item.open_minor:
        raise TooMuch(field=field, most=format_money(item.open_minor, owed.currency))
    return minor
