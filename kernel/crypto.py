"""Encrypted fields and keyed hashes to search them by.

Phones, identity numbers and bank details are stored sealed (AES-256-GCM, NIST SP 800-38D; first byte names the key) and
found by HMAC-SHA-256 of their normal form. The keys are given once at start by the entry point.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary
from sqlalchemy.types import TypeDecorator


@dataclass(frozen=True, repr=False)
class Keys:
    """`sealing` maps key ids (1..255) to 32-byte keys; the highest id seals, every one opens (rotation)."""

    sealing: dict[int, bytes]
    hashing: bytes


_keys: Keys | None = None


def use_keys(keys: Keys) -> None:
    """Give this process its keys; called by entry points alone."""
    global _keys
    _keys = keys


def _current() -> Keys:
    if _keys is None:
        raise RuntimeError("no keys: the entry point must call use_keys first")
    return _keys


def seal(plain: str) -> bytes:
    keys = _current()
    key_id = max(keys.sealing)
    nonce = secrets.token_bytes(12)
    return bytes([key_id]) + nonce + AESGCM(keys.sealing[key_id]).encrypt(nonce, plain.encode(), None)


def unseal(sealed: bytes) -> str:
    key = _current().sealing[sealed[0]]
    return AESGCM(key).decrypt(bytes(sealed[1:13]), bytes(sealed[13:]), None).decode()


def keyed_hash(purpose: str, value: str) -> bytes:
    """Return 32 bytes that find a value without telling it; `purpose` keeps equal values of two columns apart."""
    return hmac.digest(_current().hashing, f"{purpose}\0{value}".encode(), hashlib.sha256)


def derived_code(purpose: str, value: str, digits: int = 6) -> str:
    """Return a decimal code that only this installation can derive, so that no one-time code is ever stored."""
    number = int.from_bytes(keyed_hash(f"code:{purpose}", value)[:8], "big")
    return str(number % 10**digits).zfill(digits)


class Sealed(TypeDecorator[str]):
    """A text column that is encrypted at rest."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:
        return None if value is None else seal(value)

    def process_result_value(self, value: Any, dialect: Any) -> str | None:
        return None if value is None else unseal(bytes(value))
