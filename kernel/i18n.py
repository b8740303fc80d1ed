"""Languages: catalogues, and dates, money and kWh as each reader writes them.

A language is named as browsers name it ("en", "zh-CN"). English sentences are the msgids; every other language is a
folder `translations/<babel locale>/LC_MESSAGES/messages.po`, read as text: adding one needs no code and no build.
Doors set the reader's language with `use_language`; rooms and workers pass it explicitly.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

CATALOGUES = Path(__file__).resolve().parent.parent / "translations"
DEFAULT = "zh-CN"
_LOCALES = {"zh-CN": "zh_Hans_CN"}
_current: ContextVar[str] = ContextVar("language", default="en")


def N_(msgid: str) -> str:
    """Mark a sentence for the catalogue where it is defined; it is translated where it is shown."""
    return msgid


@cache
def languages() -> tuple[str, ...]:
    """Return the languages on offer: English and every catalogue that is there."""
    folders = sorted(path.parent.parent.name for path in CATALOGUES.glob("*/LC_MESSAGES/messages.po"))
    named = {locale: language for language, locale in _LOCALES.items()}
    return ("zh-CN", "en", *(named.get(f, f.replace("_", "-")) for f in folders if f not in {"zh_Hans_CN", "en"}))


@cache
def locale(language: str) -> Locale:
    """Return Babel's locale of a language; an unknown one reads as English."""
    return Locale.parse(_LOCALES.get(language, language).replace("-", "_")) if language in languages() else Locale("en")


@cache
def catalogue(language: str) -> NullTranslations:
    path = CATALOGUES / str(locale(language)) / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as source:
        parsed = read_po(source, locale=str(locale(language)))
    compiled = io.BytesIO()
    write_mo(compiled, parsed)
    compiled.seek(0)
    return Translations(compiled)


def normalise(wanted: str | None) -> str | None:
    """Return our language for what a browser, file or vendor calls it ("zh", "zh-Hans-CN", "en_GB"), or None."""
    if not wanted:
        return None
    tag = wanted.replace("_", "-").lower()
    for language in languages():
        if tag == language.lower() or tag.split("-")[0] == language.lower().split("-")[0]:
            return language
    return None


def current_language() -> str:
    return _current.get()


def set_language(language: str) -> None:
    """Set the language of this context (a request, a command)."""
    _current.set(language if language in languages() else "en")


@contextmanager
def use_language(language: str) -> Iterator[None]:
    token = _current.set(language if language in languages() else "en")
    try:
        yield
    finally:
        _current.reset(token)


def translate(language: str, msgid: str, **params: Any) -> str:
    found = catalogue(language).ugettext(msgid)
    return found % params if params else found


def ntranslate(language: str, singular: str, plural: str, num: int, **params: Any) -> str:
    return str(catalogue(language).ungettext(singular, plural, num)) % {"num": num, **params}


def _(msgid: str, **params: Any) -> str:
    """Translate into the context's language."""
    return translate(_current.get(), msgid, **params)


def ngettext(singular: str, plural: str, num: int, **params: Any) -> str:
    return ntranslate(_current.get(), singular, plural, num, **params)


def _lang(language: str | None) -> Locale:
    return locale(language or _current.get())


def format_money(minor: int, currency: str, language: str | None = None) -> str:
    """Return e.g. ¥1,234.50; the sign stands before the symbol."""
    return _money(minor, currency, language or _current.get())


# A page says the same few hundred dates, amounts and readings again and again; Babel takes 50 us for each.
_remembered = lru_cache(maxsize=8192)


@_remembered
def _money(minor: int, currency: str, language: str) -> str:
    amount = Decimal(minor).scaleb(-numbers.get_currency_precision(currency))
    if currency == "CNY":
        # Babel writes CN¥ in English; on a Chinese utility's own bill there is only one yuan.
        return numbers.format_currency(amount, currency, format="¥#,##0.00;-¥#,##0.00", locale=_lang(language))
    return numbers.format_currency(amount, currency, locale=_lang(language))


def format_kwh(wh: int, language: str | None = None) -> str:
    """Return the number of kWh without trailing zeros, grouped, unit not included."""
    return _kwh(wh, language or _current.get())


@_remembered
def _kwh(wh: int, language: str) -> str:
    return numbers.format_decimal(Decimal(wh).scaleb(-3), format="#,##0.###", locale=_lang(language))


def format_number(value: Decimal | int | str, language: str | None = None, places: int = 6) -> str:
    return _number(value, language or _current.get(), places)


@_remembered
def _number(value: Decimal | int | str, language: str, places: int) -> str:
    return numbers.format_decimal(Decimal(value), format="#,##0." + "#" * places, locale=_lang(language))


def format_date(day: date, language: str | None = None, form: str = "long") -> str:
    """Return the date in words: 25 July 2026, 2026年7月25日."""
    return _date(day, language or _current.get(), form)


@_remembered
def _date(day: date, language: str, form: str) -> str:
    spoken = _lang(language)
    if spoken.language == "en" and form in {"long", "medium"}:
        return dates.format_date(day, "d MMMM y" if form == "long" else "d MMM y", locale=spoken)
    return dates.format_date(day, form, locale=spoken)


def format_month(day: date, language: str | None = None) -> str:
    return _month(day, language or _current.get())


@_remembered
def _month(day: date, language: str) -> str:
    spoken = _lang(language)
    return dates.format_date(
        day, "MMMM y" if spoken.language == "en" else "y年M月" if spoken.language == "zh" else "LLLL y", locale=spoken
    )


def format_instant(instant: datetime, zone: str, language: str | None = None) -> str:
    """Return date and time of day in the utility's zone, 24-hour clock."""
    local = instant.astimezone(ZoneInfo(zone))
    spoken = _lang(language)
    day = "d MMM y" if spoken.language == "en" else "y年M月d日" if spoken.language == "zh" else "d MMM y"
    return dates.format_datetime(local, f"{day} HH:mm", tzinfo=ZoneInfo(zone), locale=spoken)


def format_time(instant: datetime, zone: str, language: str | None = None) -> str:
    return dates.format_time(instant.astimezone(ZoneInfo(zone)), "HH:mm", tzinfo=ZoneInfo(zone), locale=_lang(language))
