"""gzip for pages, in the app, so that a self-hosted utility without a proxy is quick on a telephone too.

BREACH (a secret and an attacker's text compressed together, many times) is answered in two ways: the CSRF token that
flask-wtf prints is signed with the second it was made in, so the secret that would be needed lives one second; and
each answer carries up to 64 random bytes in the gzip header's file name, so that lengths say little. No other secret
is printed in a page. The stream is what RFC 1952 describes.
"""

import secrets
import struct
import zlib

from flask import Flask, Response, request

from webkit.language import vary

_TYPES = frozenset(
    {"text/html", "text/css", "text/plain", "text/javascript", "application/json", "application/problem+json",
     "application/manifest+json", "image/svg+xml"}
)  # fmt: skip
_WORTH_IT = 600
_FNAME = 8


def install(app: Flask) -> None:
    app.after_request(_compress)


def gzip_bytes(body: bytes, *, level: int, padding: int = 0) -> bytes:
    """Return a gzip stream without a time stamp, its header filled with `padding` letters of file name."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(body) + packer.flush()
    flags, name = (_FNAME, b"p" * padding + b"\0") if padding else (0, b"")
    header = b"\x1f\x8b\x08" + bytes([flags]) + bytes(4) + b"\x00\xff"
    return header + name + packed + struct.pack("<LL", zlib.crc32(body), len(body) & 0xFFFFFFFF)


def accepts_gzip() -> bool:
    """Say whether the request names gzip with a weight above zero; `*` alone is not taken for a wish."""
    for part in request.headers.get("Accept-Encoding", "").split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name == "gzip":
            return not any(p.replace(" ", "") in {"q=0", "q=0.0", "q=0.00", "q=0.000"} for p in parameters)
    return False


def _compress(response: Response) -> Response:
    if response.mimetype not in _TYPES or response.direct_passthrough or response.is_streamed:
        return response
    vary(response, "Accept-Encoding")
    if "Content-Encoding" in response.headers or response.status_code == 206 or not accepts_gzip():
        return response
    body = response.get_data()
    if len(body) < _WORTH_IT:
        return response
    response.set_data(gzip_bytes(body, level=5, padding=1 + secrets.randbelow(64)))
    response.headers["Content-Encoding"] = "gzip"
    if response.headers.get("ETag", "").startswith('"'):
        response.headers["ETag"] = f"W/{response.headers['ETag']}"
    return response
