"""Random human numbers that end in a check digit, so that a mistyped one is refused before any search.

The check digit is Damm's (H. M. Damm, 2004): it finds every single wrong digit and every swap of neighbours.
"""

import secrets

_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)

ACCOUNT_DIGITS = 10
BILL_DIGITS = 13
PAYMENT_DIGITS = 12


def check_digit(digits: str) -> str:
    state = 0
    for digit in digits:
        state = _DAMM[state][int(digit)]
    return str(state)


def is_number(text: str) -> bool:
    """Say whether an all-digit text carries a right check digit."""
    return len(text) > 1 and text.isascii() and text.isdigit() and check_digit(text) == "0"


def new_number(digits: int) -> str:
    """Return a random number of `digits` digits, the last a check digit, the first not zero."""
    body = str(secrets.randbelow(9 * 10 ** (digits - 2)) + 10 ** (digits - 2))
    return body + check_digit(body)


def numbered(body: int, digits: int) -> str:
    """Return a given body (for seeded data) padded to digits-1 places, with its check digit."""
    text = str(body).zfill(digits - 1)
    return text + check_digit(text)
