"""Password hashes: argon2id with OWASP's parameters (19 MiB, 2 passes, 1 lane). Rate limit before calling, not after.

A missing user is checked against a hash nobody knows the password of, so that the time taken tells nothing.
"""

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    return _hasher.hash(password)


# Made once from a random text that was thrown away: ready before the first guess, so that not even that one is slower.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$pcHwVcRQZWqdKmz4R23qeQ$sJrU3g/C4d2129U09PpRDhNX1nslVV7I2cQCIf4bPUE"


def verify_password(stored: str | None, password: str) -> bool:
    """Say whether the password fits; None (no such user, no password set) takes as long and never fits."""
    try:
        _hasher.verify(stored or _NOBODY, password)
    except (Argon2Error, InvalidHashError):
        return False
    return stored is not None
