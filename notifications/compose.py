"""The texts of messages: whole sentences per category, in the reader's language. English fits GSM-7: keep it so."""

from datetime import date

from kernel.clock import local_date
from kernel.i18n import N_, format_date, format_money, translate
from services.journeys.text_receipt import ReceiptFacts
from services.ledger.queries import Owed
from services.messages.rules import CODE_PLACEHOLDER
from wiring.ports import Utility

_NOTHING_LEFT = N_(
    "%(utility)s: we received %(amount)s for account ending %(ending)s on %(day)s. Receipt %(receipt)s."
    " Nothing is left to pay."
)
_LEFT = N_(
    "%(utility)s: we received %(amount)s for account ending %(ending)s on %(day)s. Receipt %(receipt)s."
    " Still to pay: %(left)s by %(due)s."
)
_LEFT_IN_PARTS = N_(
    "%(utility)s: we received %(amount)s for account ending %(ending)s on %(day)s. Receipt %(receipt)s."
    " Still to pay: %(left)s, of which %(first)s by %(due)s."
)
_LATE = N_(
    "%(utility)s: we received %(amount)s for account ending %(ending)s on %(day)s. Receipt %(receipt)s."
    " Still to pay: %(left)s. It was due on %(due)s."
)
_LATE_IN_PARTS = N_(
    "%(utility)s: we received %(amount)s for account ending %(ending)s on %(day)s. Receipt %(receipt)s."
    " Still to pay: %(left)s, of which %(first)s was due on %(due)s."
)
_CREDIT = N_(
    "%(utility)s: we received %(amount)s for account ending %(ending)s on %(day)s. Receipt %(receipt)s."
    " You are %(credit)s in credit."
)
_CODE = N_("%(utility)s: your code is %(code)s. It works for %(minutes)s minutes. We never ask you for it by phone.")

_CALL_CODE = N_(
    "%(utility)s: the code for your call with us is %(code)s. Tell it to our agent only if you called us."
    " It works for %(minutes)s minutes."
)


def utility_name(utility: Utility, language: str) -> str:
    """Return the utility's name as readers of a language know it."""
    return utility.name if language.startswith("zh") else utility.name_en or utility.name


def receipt_text(facts: ReceiptFacts, utility: Utility) -> str:
    """Say what was received for which account, and what is still to pay."""
    language, owed = facts.language, facts.owed
    today = local_date(facts.settled_at, utility.zone)
    return translate(
        language,
        _template(owed, today),
        utility=utility_name(utility, language),
        amount=format_money(facts.amount_minor, facts.currency, language),
        ending=facts.account_number[-4:],
        day=format_date(today, language),
        receipt=facts.receipt_number,
        left=format_money(owed.open_minor, owed.currency, language),
        first=format_money(_first(owed, today), owed.currency, language),
        due=format_date(owed.earliest_due_on, language) if owed.earliest_due_on else "",
        credit=format_money(owed.credit_minor, owed.currency, language),
    )


def _template(owed: Owed, today: date) -> str:
    if owed.open_minor and owed.earliest_due_on:
        whole = _first(owed, today) == owed.open_minor
        if owed.earliest_due_on < today:
            return _LATE if whole else _LATE_IN_PARTS
        return _LEFT if whole else _LEFT_IN_PARTS
    return _CREDIT if owed.credit_minor else _NOTHING_LEFT


def _first(owed: Owed, today: date) -> int:
    """Return what is late, or, nothing being late, what is due first."""
    if owed.overdue_minor:
        return owed.overdue_minor
    return sum(item.open_minor for item in owed.items if item.due_on == owed.earliest_due_on)


def one_time_code_text(utility: Utility, language: str, *, minutes: int) -> str:
    """Return the body to queue: CODE_PLACEHOLDER stands where the digits come when it is sent."""
    return translate(language, _CODE, utility=utility_name(utility, language), code=CODE_PLACEHOLDER, minutes=minutes)


def call_code_text(utility: Utility, language: str, *, minutes: int) -> str:
    """Return the body of a code by which a caller proves that they hold the phone on file."""
    name = utility_name(utility, language)
    return translate(language, _CALL_CODE, utility=name, code=CODE_PLACEHOLDER, minutes=minutes)
