"""A file of any length that only this installation opens, and that tells when a byte of it was changed or is missing.

The STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár, 2015) over AES-256-GCM: every chunk of a mebibyte is
sealed under a nonce of a random prefix, its number and a mark on the last, so that none can be changed, moved,
repeated or cut off. The first line is JSON in clear, and every chunk is bound to it.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK = 1 << 20
_TAG, _PREFIX = 16, 7


class Damaged(Exception):
    """The file is not ours, was sealed with another key, or is not as it was written."""


def write_sealed(file: BinaryIO, head: dict[str, Any], body: Iterable[bytes], key: bytes) -> int:
    """Write a head and a sealed body; returns the body's length in bytes."""
    prefix = secrets.token_bytes(_PREFIX)
    line = json.dumps(head | {"sealed": "AES-256-GCM STREAM", "prefix": prefix.hex()}).encode() + b"\n"
    file.write(line)
    cipher, length = _cipher(key), 0
    for number, chunk, last in _chunks(body):
        file.write(cipher.encrypt(_nonce(prefix, number, last), chunk, line))
        length += len(chunk)
    return length


def read_head(file: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Return the head and its line as written. Raises Damaged."""
    line = file.readline(4096)
    try:
        head = json.loads(line)
        bytes.fromhex(head["prefix"])
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged from error
    return head, line


def read_sealed(file: BinaryIO, key: bytes, note: Callable[[int], None] = lambda _read: None) -> Iterator[bytes]:
    """Yield the body, each chunk after it was proved; `note` hears how many bytes were read. Raises Damaged."""
    head, line = read_head(file)
    cipher, prefix, number = _cipher(key), bytes.fromhex(head["prefix"]), 0
    sealed = file.read(CHUNK + _TAG)
    while True:
        following = file.read(CHUNK + _TAG)
        try:
            yield cipher.decrypt(_nonce(prefix, number, not following), sealed, line)
        except (InvalidTag, ValueError) as error:
            raise Damaged from error
        note(len(sealed))
        if not following:
            return
        sealed, number = following, number + 1


def _cipher(key: bytes) -> AESGCM:
    """Return the cipher of a key derived for files alone: no field and no file is ever sealed under one key."""
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=b"lightline sealed file").derive(key))


def _nonce(prefix: bytes, number: int, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


def _chunks(body: Iterable[bytes]) -> Iterator[tuple[int, bytes, bool]]:
    """Cut a stream into whole chunks; the last may be shorter, and is there even of an empty body."""
    held, number = b"", 0
    for piece in body:
        held += piece
        while len(held) > CHUNK:
            yield number, held[:CHUNK], False
            held, number = held[CHUNK:], number + 1
    yield number, held, True
