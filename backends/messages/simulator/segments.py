"""How many parts a text is sent in: GSM-7 holds 160 (153 in parts), UCS-2 70 (67 in parts). 3GPP TS 23.038, 23.040."""

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "^{}\\[~]|€\f"


def count_segments(body: str) -> int:
    """Return the number of parts, at least one. An extended GSM character takes two places and is never split."""
    if all(letter in _BASIC or letter in _EXTENDED for letter in body):
        widths = [2 if letter in _EXTENDED else 1 for letter in body]
        return _count(widths, 160, 153)
    # A character beyond the basic plane is two UTF-16 units and is not split either.
    return _count([2 if ord(letter) > 0xFFFF else 1 for letter in body], 70, 67)


def _count(widths: list[int], single: int, part: int) -> int:
    if sum(widths) <= single:
        return 1
    parts, left = 1, part
    for width in widths:
        if width > left:
            parts, left = parts + 1, part
        left -= width
    return parts
