"""Reads the words back out of a PDF that typst wrote, with the standard library alone: tests need no program."""

import re
import zlib

_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.S)
_SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|(\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f]+>)", re.S)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.S)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages_of(pdf: bytes) -> int:
    """Return how many pages a PDF has."""
    return len(re.findall(rb"/Type/Page\b", pdf))


def words_of(pdf: bytes) -> str:
    """Return all text of a PDF in the order it is drawn, white space left out."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    text = ""
    for body in objects.values():
        if b"/Type/Page/" not in body:
            continue
        page = dict(re.findall(rb"/(Contents|Resources) (\d+) 0 R", body))
        text += _page(objects, int(page[b"Resources"]), _inflated(objects[int(page[b"Contents"])]))
    return re.sub(r"\s", "", text)


def _page(objects: dict[int, bytes], resources: int, content: bytes) -> str:
    letters = {}
    for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", objects[resources]):
        letters[name] = _to_unicode(objects, objects[int(number)])
    text, current = "", {}
    for font, shown in _SHOWN.findall(content):
        if font:
            current = letters[font]
            continue
        raw = bytes.fromhex(shown[1:-1].decode()) if shown.startswith(b"<") else _unescaped(shown[1:-1])
        text += "".join(current.get(raw[n : n + 2], "") for n in range(0, len(raw), 2))
    return text


def _unescaped(literal: bytes) -> bytes:
    return _ESCAPE.sub(lambda m: bytes([int(m[1], 8)]) if m[1].isdigit() else _NAMED.get(m[1], m[1]), literal)


def _to_unicode(objects: dict[int, bytes], font: bytes) -> dict[bytes, str]:
    found = re.search(rb"/ToUnicode (\d+) 0 R", font)
    assert found is not None
    pairs = re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>", _inflated(objects[int(found[1])]))
    return {bytes.fromhex(a.decode()): bytes.fromhex(b.decode()).decode("utf-16-be") for a, b in pairs}


def _inflated(body: bytes) -> bytes:
    return zlib.decompressobj().decompress(body[body.index(b"stream\n") + 7 :])
