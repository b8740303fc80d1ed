"""A bill on paper: every figure and sentence is made ready here, `bill.typ` only sets them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from kernel.clock import local_date
from kernel.i18n import N_, format_date, format_kwh, format_money, format_month, format_number, ntranslate, translate
from notifications.compose import utility_name
from notifications.paper.press import print_pdf, qr_svg
from notifications.paper.year import month_bars, months_in_words, tier_bars, tiers_in_words
from notifications.words import tariff_name, tier_left, why_it_differs
from services.billing.queries import BillView, LineView, ReadingUsed
from services.tariffs.labels import PERIOD_NAMES, line_label
from services.tariffs.rating import rounding_in_words
from wiring.ports import Utility

_WORDS = {
    "page_words": N_("Page {page}"),
    "months_title": N_("Your use by month, in kWh"),
    "lines_title": N_("What you pay for"),
    "total": N_("Total"),
    "readings_title": N_("Meter readings"),
    "how_title": N_("How this was computed"),
    "pay_title": N_("How to pay"),
    "code_title": N_("Code for this account"),
    "code_words": N_("With this code you can add the account to your own sign-in. Keep it like a key."),
}
_LINE_HEADS = (N_("Use"), N_("Quantity (kWh)"), N_("Price per kWh"), N_("Amount"))
_READING_HEADS = (N_("Meter"), N_("From"), N_("Reading"), N_("To"), N_("Reading"), N_("Multiplier"), N_("Use (kWh)"))
_QUALITIES = {
    "estimated": N_("%(reading)s (estimated)"),
    "customer": N_("%(reading)s (your own reading)"),
}


def pay_address(utility: Utility, account_number: str) -> str:
    """Return the page where anyone can pay for an account, signed in or not."""
    return f"{utility.public_url.rstrip('/')}/pay?{urlencode({'account': account_number})}"


def render_bill(view: BillView, utility: Utility, language: str, *, paper_code: str | None = None) -> bytes:
    """Return one bill as PDF in the reader's language; `paper_code` is printed when given."""
    codes = {view.bill_number: paper_code} if paper_code else {}
    return render_bills([view], utility, language, paper_codes=codes)


def render_bills(
    views: Sequence[BillView], utility: Utility, language: str, *, paper_codes: Mapping[str, str] | None = None
) -> bytes:
    """Return several bills as one PDF, each from a new page 1; `paper_codes` by bill number."""
    codes = paper_codes or {}
    kind = translate(language, N_("Electricity bill"))
    title = f"{kind} {views[0].bill_number}" if len(views) == 1 else kind
    data = {
        **{name: translate(language, word) for name, word in _WORDS.items()},
        "title": title,
        "utility": utility_name(utility, language),
        "line_heads": [translate(language, head) for head in _LINE_HEADS],
        "reading_heads": [translate(language, head) for head in _READING_HEADS],
        "bills": [_bill(view, utility, language, kind, codes.get(view.bill_number)) for view in views],
    }
    return print_pdf("bill.typ", data, language=language, made_at=max(view.issued_at for view in views))


def _bill(view: BillView, utility: Utility, language: str, kind: str, code: str | None) -> dict[str, Any]:
    issued = format_date(local_date(view.issued_at, utility.zone), language)
    return {
        "kind": kind,
        "facts": [
            format_month(view.cycle_on, language),
            translate(language, N_("Bill %(number)s, issued %(day)s"), number=view.bill_number, day=issued),
        ],
        "name": view.customer_name,
        "address": view.address,
        "about": _about(view, language),
        "ask": _ask(view, language),
        "why": why_it_differs(view, language),
        "months": month_bars(view, language),
        "months_alt": months_in_words(view, language),
        "lines": [_line(view, line, language) for line in view.lines],
        "kwh": format_kwh(view.energy_wh, language),
        "total": format_money(view.total_minor, view.currency, language),
        "tiers": tier_bars(view, language),
        "tiers_title": translate(language, N_("Your tier year %(year)s"), year=str(view.tier_year)),
        "tiers_alt": tiers_in_words(view, language),
        "tier_words": [word for word in (tiers_in_words(view, language), _left(view, language)) if word],
        "readings": [_reading(reading, language) for reading in view.readings],
        "how": _how(view, language),
        "qr": qr_svg(pay_address(utility, view.account_number)) if view.open_minor else None,
        "qr_alt": translate(language, N_("QR code of the page where this account can be paid")),
        "pay_words": _pay(view, utility, language),
        "code": code,
        "foot": translate(
            language,
            N_("%(utility)s. Questions about this bill: call %(phone)s."),
            utility=utility_name(utility, language),
            phone=utility.service_phone,
        ),
    }


def _about(view: BillView, language: str) -> list[tuple[str, str]]:
    days = ntranslate(language, "%(num)s day", "%(num)s days", view.days)
    facts = [(translate(language, N_("Account number")), view.account_number)]
    if view.agreement_number != view.account_number:
        facts.append((translate(language, N_("Agreement")), view.agreement_number))
    return [
        *facts,
        (translate(language, N_("Period")), _days(view.starts_on, view.ends_on, language)),
        (translate(language, N_("Days")), days),
        (translate(language, N_("Tariff")), tariff_name(view, language)),
    ]


def _ask(view: BillView, language: str) -> dict[str, Any]:
    """Say what is to pay and by when; paid in part or in full, say so."""
    total = format_money(view.total_minor, view.currency, language)
    if view.open_minor == 0:
        words = N_("Paid in full") if view.total_minor > 0 else N_("Nothing to pay")
        return {"words": translate(language, words), "amount": total, "day": "", "more": [], "settled": True}
    paid = view.total_minor - view.open_minor
    more = []
    if paid:
        sentence = N_("Bill %(total)s, of which %(paid)s is paid")
        more = [translate(language, sentence, total=total, paid=format_money(paid, view.currency, language))]
    return {
        "words": translate(language, N_("Still to pay") if paid else N_("To pay")),
        "amount": format_money(view.open_minor, view.currency, language),
        "day": translate(language, N_("by %(day)s"), day=format_date(view.due_on, language)),
        "more": more,
        "settled": False,
    }


def _line(view: BillView, line: LineView, language: str) -> dict[str, Any]:
    whole = (line.starts_on, line.ends_on) == (view.starts_on, view.ends_on)
    return {
        "label": line_label(language, line.tier, line.period),
        "dates": None if whole else _days(line.starts_on, line.ends_on, language),
        "kwh": format_kwh(line.quantity_wh, language),
        "rate": format_number(line.rate, language),
        "amount": format_money(line.amount_minor, view.currency, language),
    }


def _days(starts_on: date, ends_on: date, language: str) -> str:
    return translate(
        language,
        N_("%(first)s to %(last)s"),
        first=format_date(starts_on, language, "medium"),
        last=format_date(ends_on - timedelta(days=1), language, "medium"),
    )


def _reading(reading: ReadingUsed, language: str) -> list[str]:
    closing = format_kwh(reading.closing_wh, language)
    if reading.quality in _QUALITIES:
        closing = translate(language, _QUALITIES[reading.quality], reading=closing)
    meter = reading.meter_number
    if reading.register != "total":
        register = translate(language, PERIOD_NAMES.get(reading.register, reading.register))
        meter = translate(language, N_("%(meter)s, %(register)s"), meter=meter, register=register)
    return [
        meter,
        format_date(reading.opening_on, language, "medium"),
        format_kwh(reading.opening_wh, language),
        format_date(reading.closing_on, language, "medium"),
        closing,
        f"× {reading.multiplier}",
        format_kwh(reading.quantity_wh, language),
    ]


def _how(view: BillView, language: str) -> list[str]:
    said = [
        translate(
            language,
            N_("Tariff: %(name)s, document number %(document)s."),
            name=tariff_name(view, language),
            document=view.document_number,
        ),
        rounding_in_words(view.rounding, language),
    ]
    if any(reading.rolled_over for reading in view.readings):
        said.append(
            translate(language, N_("The register passed its highest number in this period and began again at 0."))
        )
    said.append(translate(language, N_("Computed by engine version %(version)s."), version=view.engine_version))
    return said


def _left(view: BillView, language: str) -> str | None:
    left = tier_left(view, language)
    return translate(language, N_("%(left)s."), left=left) if left else None


def _pay(view: BillView, utility: Utility, language: str) -> list[str]:
    address = pay_address(utility, view.account_number)
    return [
        translate(language, N_("Scan this code, or open %(address)s"), address=address),
        translate(language, N_("By card, Alipay or WeChat Pay. Anyone can pay with the account number alone.")),
        translate(language, N_("To speak with a person, call %(phone)s."), phone=utility.service_phone),
    ]
