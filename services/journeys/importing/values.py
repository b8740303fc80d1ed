"""One value of a CSV file: from the text that stands there to the text PostgreSQL's COPY takes, or the reason why not.

A parser returns one text a staged column (None: null); it raises Bad with an error code and what the sentence names.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache

from kernel.crypto import keyed_hash, seal
from kernel.energy import BadEnergy, parse_kwh
from kernel.i18n import languages, normalise
from kernel.money import BadAmount, parse_minor
from kernel.phones import checked_phone
from kernel.search import index_text
from services.accounts.operations import paper_code_hash

Texts = tuple[str | None, ...]
Parser = Callable[[str], Texts]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNDECODED = re.compile(r"[\ud800-\udfff]")
_KEY = re.compile(r"[\w./-]+")
_ACCOUNT = re.compile(r"[A-Za-z0-9]{3,20}")
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_KWH = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,3}))?")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_IDENTITY = re.compile(r"[A-Za-z0-9-]{5,30}")
_PAPER_CODE = re.compile(r"[A-Za-z0-9]{6,16}")
REGISTERS = ("total", "peak", "flat", "valley", "sharp")


class Bad(Exception):
    """Why a value is refused: the error's code and the parts of its sentence."""

    def __init__(self, code: str, **params: object):
        self.code, self.params = code, params
        super().__init__(code)


def bytea(value: bytes) -> str:
    return "\\x" + value.hex()


def shown(text: str) -> str:
    """Return a value as an error may quote it: short, printable."""
    cut = text if len(text) <= 40 else text[:39] + "…"
    return _UNDECODED.sub("�", _CONTROL.sub(" ", cut))


def _readable(text: str) -> str:
    if _UNDECODED.search(text):
        raise Bad("bad_encoding")
    return text


def key(most: int = 40) -> Parser:
    """A number or code by which rows are told apart."""

    def parse(text: str) -> Texts:
        if len(_readable(text)) > most:
            raise Bad("too_long", most=most)
        if not _KEY.fullmatch(text):
            raise Bad("bad_code", text=shown(text))
        return (text,)

    return parse


def account_number(text: str) -> Texts:
    if not _ACCOUNT.fullmatch(_readable(text)):
        raise Bad("bad_account_number", text=shown(text))
    return (text,)


def named(text: str) -> Texts:
    """Name another row by its key; whether it exists is asked of the whole set later."""
    if len(_readable(text)) > 60 or _CONTROL.search(text):
        raise Bad("bad_code", text=shown(text))
    return (text,)


def words(most: int, *, searched: bool = False) -> Parser:
    """A name or an address; line breaks inside become spaces. `searched` adds what search finds it by."""

    def parse(text: str) -> Texts:
        clean = " ".join(_readable(text).split())
        if len(clean) > most:
            raise Bad("too_long", most=most)
        if _CONTROL.search(clean):
            raise Bad("bad_characters")
        return (clean, index_text(clean)) if searched else (clean,)

    return parse


def choice(known: Mapping[str, str] | Collection[str]) -> Parser:
    meaning = known if isinstance(known, Mapping) else {word: word for word in known}

    def parse(text: str) -> Texts:
        if text not in meaning:
            raise Bad("unknown_choice", text=shown(text), choices=", ".join(meaning))
        return (meaning[text],)

    return parse


YES_NO = choice({"yes": "true", "no": "false"})


def language(text: str) -> Texts:
    found = normalise(text)
    if found is None:
        raise Bad("unknown_language", text=shown(text), choices=", ".join(languages()))
    return (found,)


def tariff(codes: Collection[str]) -> Parser:
    def parse(text: str) -> Texts:
        if text not in codes:
            raise Bad("unknown_tariff", text=shown(text), choices=", ".join(sorted(codes)))
        return (text,)

    return parse


def currency(own: str) -> Parser:
    def parse(text: str) -> Texts:
        if text != own:
            raise Bad("wrong_currency", text=shown(text), own=own)
        return (text,)

    return parse


def phone(text: str) -> Texts:
    """Sealed and hashed; the plain number never reaches the database."""
    found = checked_phone(text)
    if found is None:
        raise Bad("bad_phone")
    return bytea(seal(found)), bytea(keyed_hash("phone", found))


def contact(text: str) -> Texts:
    found = checked_phone(text)
    if found is None:
        raise Bad("bad_phone")
    return (bytea(keyed_hash("phone", found)),)


def identity(text: str) -> Texts:
    if not _IDENTITY.fullmatch(text):
        raise Bad("bad_identity")
    normal = text.upper()
    return bytea(seal(normal)), bytea(keyed_hash("identity", normal))


def email(text: str) -> Texts:
    if len(text) > 254 or not _EMAIL.fullmatch(_readable(text)):
        raise Bad("bad_email")
    return bytea(seal(text)), bytea(keyed_hash("email", text))


def paper_code(text: str) -> Texts:
    """Account number, tab, code: only the hash of both is kept."""
    account, _, code = text.partition("\t")
    if not _PAPER_CODE.fullmatch(code):
        raise Bad("bad_paper_code")
    return (bytea(paper_code_hash(account, code)),)


def whole(least: int, most: int) -> Parser:
    def parse(text: str) -> Texts:
        if not _WHOLE.fullmatch(text):
            raise Bad("bad_number", text=shown(text))
        if not least <= int(text) <= most:
            raise Bad("out_of_range", text=shown(text), least=least, most=most)
        return (str(int(text)),)

    return parse


def day(earliest: date, latest: date | None) -> Parser:
    """A date, YYYY-MM-DD. `latest` None: it may lie in the future."""

    @lru_cache(maxsize=8192)
    def parse(text: str) -> Texts:
        try:
            found = date.fromisoformat(text)
        except ValueError:
            raise Bad("bad_date", text=shown(text)) from None
        if found.isoformat() != text:
            raise Bad("bad_date", text=shown(text))
        if latest is not None and found > latest:
            raise Bad("date_in_future", text=text)
        if not earliest <= found <= date(2199, 12, 31):
            raise Bad("out_of_range", text=text, least=earliest.isoformat(), most="2199-12-31")
        return (text,)

    return parse


def instant(now: datetime) -> Parser:
    """An ISO 8601 instant with its offset."""

    def parse(text: str) -> Texts:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise Bad("bad_instant", text=shown(text)) from None
        if found.tzinfo is None or "T" not in text:
            raise Bad("bad_instant", text=shown(text))
        if found > now:
            raise Bad("date_in_future", text=shown(text))
        if found.year < 1950:
            raise Bad("out_of_range", text=shown(text), least="1950-01-01", most=now.date().isoformat())
        return (found.astimezone(UTC).isoformat(),)

    return parse


def money(own: str, most_minor: int = 10**11) -> Parser:
    def parse(text: str) -> Texts:
        try:
            minor = parse_minor(text, own)
        except BadAmount:
            raise Bad("bad_amount", text=shown(text)) from None
        if not 0 < minor <= most_minor:
            raise Bad("out_of_range", text=shown(text), least="0.01", most=most_minor // 100)
        return (str(minor),)

    return parse


def energy(text: str) -> Texts:
    """kWh with up to three decimals, not negative, as Wh."""
    plain = _KWH.fullmatch(text)
    if plain is not None:
        return (plain[1] + (plain[2] or "").ljust(3, "0"),)
    try:
        wh = parse_kwh(text)
    except BadEnergy:
        raise Bad("bad_energy", text=shown(text)) from None
    if not 0 <= wh < 10**12:
        raise Bad("out_of_range", text=shown(text), least=0, most=10**9)
    return (str(wh),)


@lru_cache(maxsize=256)
def registers(text: str) -> Texts:
    """Register codes, separated by spaces: kept in one order, so that equal sets are equal texts."""
    codes = text.split()
    for code in codes:
        if code not in REGISTERS:
            raise Bad("unknown_choice", text=shown(code), choices=", ".join(REGISTERS))
    if len(set(codes)) != len(codes) or ("total" in codes and len(codes) > 1):
        raise Bad("bad_registers")
    return (" ".join(code for code in REGISTERS if code in codes),)
