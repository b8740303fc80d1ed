"""What every answer tells the browser to refuse. The few lines that a headers library would bring.

Content-Security-Policy: nothing inline but what carries this request's nonce, nothing from elsewhere.
"""

import secrets
from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask, Response, g, request, session

from webkit.door import webkit

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # CSRF checks the referrer on https, so our own pages must keep sending it; others learn nothing.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def install(app: Flask) -> None:
    app.jinja_env.globals["csp_nonce"] = nonce
    app.after_request(_add_headers)
    app.wsgi_app = _with_fixed(app.wsgi_app, list(_FIXED.items()))  # type: ignore[method-assign]


def _with_fixed(answer: Any, fixed: list[tuple[str, str]]) -> Any:
    """Add what is the same in every answer where headers are a plain list already."""

    def answered(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, [*headers, *fixed, ("Content-Security-Policy", _policy())], *error)

        return answer(environ, start)

    return answered


def nonce() -> str:
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _policy() -> str:
    return _policy_of(webkit().settings.form_targets).replace(_NONCE, nonce())


_NONCE = "(nonce)"


@cache
def _policy_of(form_targets: tuple[str, ...]) -> str:
    targets = " ".join(("'self'", *form_targets))
    allowed = f"'self' 'nonce-{_NONCE}'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src {allowed}; img-src 'self' data:; connect-src 'self'; "
        f"manifest-src 'self'; form-action {targets}; base-uri 'none'; frame-ancestors 'none'"
    )


def _add_headers(response: Response) -> Response:
    headers = response.headers
    if webkit().settings.https:
        headers.add("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if "Cache-Control" not in headers:
        # A signed-in page must not come back with the Back button after sign-out, nor from a shared cache.
        signed_in = not webkit().door.machines and "_user_id" in session
        headers["Cache-Control"] = "no-store" if signed_in or request.method == "POST" else "private, no-cache"
    return response
