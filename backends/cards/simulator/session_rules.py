"""What Stripe accepts as a new Checkout Session (docs.stripe.com/api/checkout/sessions/create), for payments."""

from typing import Any

from backends.cards.simulator.errors import ApiError, invalid, missing, unknown
from backends.cards.simulator.parameters import tree, whole_number

METHODS = frozenset({"card", "alipay", "wechat_pay", "link", "us_bank_account", "sepa_debit"})
LOCALES = frozenset((
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA",
    "hi-IN", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR", "ro",
    "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
))  # fmt: skip
KNOWN = frozenset((
    "mode", "line_items", "payment_method_types", "payment_method_options", "client_reference_id", "metadata",
    "payment_intent_data", "locale", "success_url", "cancel_url", "expires_at", "customer_email", "expand",
    "ui_mode", "submit_type",
))  # fmt: skip
# docs.stripe.com/currencies, "Minimum and maximum charge amounts".
LEAST = {"cny": 400, "usd": 50, "eur": 50, "gbp": 30}
LARGEST = 99_999_999
SHORTEST_LIFE, LONGEST_LIFE = 30 * 60, 24 * 60 * 60


def check_session(form: dict[str, Any], now: int) -> dict[str, Any]:
    """Return the facts of a new session (currency, amount, name, expires_at, ...). Raises ApiError naming the fault."""
    for name in form:
        if name not in KNOWN:
            raise unknown(name)
    if form.get("mode") != "payment":
        if "mode" not in form:
            raise missing("mode")
        raise invalid("mode", "This stand-in opens sessions in payment mode only.")
    return {
        "lines": _lines(form.get("line_items")),
        "methods": _methods(form),
        "expires_at": _expiry(form.get("expires_at"), now),
        "locale": _locale(form.get("locale")),
        "client_reference_id": _short(form.get("client_reference_id"), "client_reference_id", 200),
        "metadata": _metadata(form.get("metadata"), "metadata"),
        "intent": _intent_data(form.get("payment_intent_data")),
        "success_url": _url(form.get("success_url"), "success_url", needed=True),
        "cancel_url": _url(form.get("cancel_url"), "cancel_url", needed=False),
        "customer_email": form.get("customer_email"),
        "options": tree(form.get("payment_method_options"), "payment_method_options"),
    }


def _lines(items: Any) -> list[dict[str, Any]]:
    if not isinstance(items, list) or not items:
        raise missing("line_items")
    lines = [_line(tree(item, f"line_items[{place}]"), f"line_items[{place}]") for place, item in enumerate(items)]
    if len({line["currency"] for line in lines}) > 1:
        raise invalid("line_items", "All line items must have the same currency.")
    total = sum(line["unit_amount"] * line["quantity"] for line in lines)
    least = LEAST.get(lines[0]["currency"], 1)
    if total < least:
        raise invalid(
            "line_items", f"The Checkout Session's total amount must be at least {least}.", "amount_too_small"
        )
    if total > LARGEST:
        raise invalid("line_items", "The Checkout Session's total amount is too large.", "amount_too_large")
    return lines


def _line(item: dict[str, Any], at: str) -> dict[str, Any]:
    price = tree(item.get("price_data"), f"{at}[price_data]")
    if not price:
        raise missing(f"{at}[price_data]")
    currency = price.get("currency")
    if not isinstance(currency, str) or len(currency) != 3 or not currency.isalpha():
        raise invalid(f"{at}[price_data][currency]", f"Invalid currency: {currency}")
    product = tree(price.get("product_data"), f"{at}[price_data][product_data]")
    if not product.get("name"):
        raise missing(f"{at}[price_data][product_data][name]")
    amount = whole_number(price.get("unit_amount"), f"{at}[price_data][unit_amount]")
    quantity = whole_number(item.get("quantity"), f"{at}[quantity]")
    if amount < 0 or quantity < 1:
        raise invalid(f"{at}[price_data][unit_amount]", "This value must be greater than or equal to 0.")
    return {"currency": currency.lower(), "unit_amount": amount, "quantity": quantity, "name": str(product["name"])}


def _methods(form: dict[str, Any]) -> list[str]:
    methods = form.get("payment_method_types", ["card"])
    if not isinstance(methods, list) or not methods:
        raise invalid("payment_method_types", "Invalid array")
    for place, method in enumerate(methods):
        if method not in METHODS:
            raise invalid(f"payment_method_types[{place}]", f"Invalid payment_method_types[{place}]: {method}")
    options = tree(form.get("payment_method_options"), "payment_method_options")
    if (
        "wechat_pay" in methods
        and tree(options.get("wechat_pay"), "payment_method_options[wechat_pay]").get("client") != "web"
    ):
        raise missing("payment_method_options[wechat_pay][client]")
    return [str(method) for method in methods]


def _expiry(value: Any, now: int) -> int:
    if value is None:
        return now + LONGEST_LIFE
    expires = whole_number(value, "expires_at")
    # A minute's grace: the caller's clock and the way here.
    if not now + SHORTEST_LIFE - 60 <= expires <= now + LONGEST_LIFE + 60:
        raise invalid("expires_at", "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.")
    return expires


def _locale(value: Any) -> str | None:
    if value is not None and value not in LOCALES:
        raise invalid("locale", f"Invalid locale: {value}")
    return None if value is None else str(value)


def _short(value: Any, param: str, most: int) -> str | None:
    if value is not None and (not isinstance(value, str) or len(value) > most):
        raise invalid(param, f"Invalid string: at most {most} characters.")
    return value


def _metadata(value: Any, param: str) -> dict[str, str]:
    pairs = tree(value, param)
    if len(pairs) > 50:
        raise ApiError(400, "Metadata can have up to 50 keys.", param=param)
    for key, said in pairs.items():
        if len(key) > 40 or not isinstance(said, str) or len(said) > 500:
            raise invalid(f"{param}[{key}]", "Metadata keys take 40 characters, values 500.")
    return pairs


def _intent_data(value: Any) -> dict[str, Any]:
    data = tree(value, "payment_intent_data")
    for name in data:
        if name not in {"metadata", "description", "statement_descriptor_suffix", "receipt_email"}:
            raise unknown(f"payment_intent_data[{name}]")
    return {
        "description": data.get("description"),
        "metadata": _metadata(data.get("metadata"), "payment_intent_data[metadata]"),
    }


def _url(value: Any, param: str, *, needed: bool) -> str | None:
    if value is None:
        if needed:
            raise missing(param)
        return None
    if not isinstance(value, str) or not value.startswith(("http://", "https://")) or len(value) > 5000:
        raise invalid(param, "Not a valid URL", "url_invalid")
    return value
