"""Telephone numbers: one normal form (E.164) to store and to search by, one way to hide them."""

import re

import phonenumbers

HOME = "CN"
_HIDDEN = "•"


def normal_phone(text: str, region: str = HOME) -> str | None:
    """Return E.164 for a number as people write it (`region`: where it is local), or None when it is none."""
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def masked_phone(e164: str) -> str:
    """Return enough of a number for its owner to know it: 138 •••• 5678."""
    digits = e164.removeprefix("+86")
    if len(digits) < 8:
        return _HIDDEN * 4 + digits[-2:]
    return f"{digits[:3]} {_HIDDEN * 4} {digits[-4:]}"


# Mainland mobile numbers: eleven digits that begin with 13 to 19. New blocks open faster than libraries learn of them.
_MOBILE = re.compile(r"(?:\+86|0086)?(1[3-9][0-9]{9})")


def checked_phone(text: str, region: str = HOME) -> str | None:
    """Return E.164 for a number that can exist by its country's numbering plan, else None: what files bring is held to
    more than what people type, who may own a number that is newer than our tables."""
    plain = "".join(ch for ch in text if ch not in " -()")
    if (mobile := _MOBILE.fullmatch(plain)) and region == HOME:
        return "+86" + mobile[1]
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
