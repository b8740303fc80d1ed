"""Finished pages that a process keeps while all that they were written from stays the same.

Access is checked, and every fact that can change is read, before anything is looked up here: the key holds those facts
themselves. What the frame adds to them (language, type, address, who is signed in) is added to the key; what is of one
request only, the nonce, is put in anew each time.
"""

from collections.abc import Callable, Hashable

from flask import g, request

from kernel.i18n import current_language
from kernel.remember import Remembered
from webkit.language import large_type
from webkit.security_headers import nonce
from webkit.signin import signed_in

_pages: Remembered[tuple[str, ...]] = Remembered(500)


class PageOfOneRequest(Exception):
    """A page with a form holds a token of one browser, and may not be kept."""


def kept_page(facts: Hashable, write: Callable[[], str]) -> str:
    """Return the page that `write` returns for these facts: frozen values that say all it depends on.

    Raises PageOfOneRequest when it prints a form's token.
    """
    who, asked = signed_in(), request._get_current_object()  # type: ignore[attr-defined]
    environ = asked.environ
    frame = (
        asked.endpoint, environ.get("SCRIPT_NAME"), environ["PATH_INFO"], environ.get("QUERY_STRING"),
        current_language(), large_type(),
        None if who is None else (who.kind, who.principal_id, who.label, who.roles),
    )  # fmt: skip
    return nonce().join(_pages.get((facts, frame), lambda: _written(write)))


def _written(write: Callable[[], str]) -> tuple[str, ...]:
    tokens = g.get("csrf_token")
    html = write()
    if g.get("csrf_token") != tokens:
        raise PageOfOneRequest(request.endpoint)
    return tuple(html.split(nonce()))
