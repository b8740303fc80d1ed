"""Which language this reader gets, and the two switches that every page carries: language and large type.

A language that was chosen (cookie `lang`) wins, then the signed-in person's own (put in the session at sign-in), then
the browser's list, then the utility's. Both switches are plain links that work without a script.
"""

from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Blueprint, Flask, Response, g, redirect, request, session

from kernel.i18n import current_language, languages, locale, normalise, set_language
from webkit.door import in_language, webkit
from webkit.guards import public

COOKIE = "lang"
TYPE_COOKIE = "type"
_YEAR = 365 * 24 * 3600

blueprint = Blueprint("preferences", __name__)


def install(app: Flask) -> None:
    app.before_request(_choose)
    app.after_request(_declare)
    app.register_blueprint(blueprint)
    app.context_processor(_for_templates)


def preferred(accept_language: str) -> str | None:
    """Return our language for the best entry of an Accept-Language header that we speak, or None."""
    weighted: list[tuple[float, str]] = []
    for entry in accept_language.split(",")[:20]:
        tag, _, weight = entry.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        found = normalise(tag.strip())
        if found and quality > 0:
            weighted.append((quality, found))
    return max(weighted, key=lambda pair: pair[0])[1] if weighted else None


def safe_next(target: str | None, default: str = "/") -> str:
    """Return `target` when it is a path of this very site, else `default`: never a redirect to somebody else's page."""
    if not target or not target.startswith("/") or target[1:2] in {"/", "\\"} or "\\" in target:
        return default
    if any(ord(character) < 0x20 for character in target):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target


def _choose() -> None:
    kit = webkit()
    chosen = normalise(request.cookies.get(COOKIE))
    if chosen is None and not kit.door.machines:
        chosen = normalise(session.get("language"))
    if chosen is None:
        chosen = preferred(request.headers.get("Accept-Language", ""))
    set_language(chosen or kit.settings.default_language)
    g.large_type = request.cookies.get(TYPE_COOKIE) == "large"


def _declare(response: Response) -> Response:
    if response.mimetype in {"text/html", "application/problem+json"}:
        response.headers.setdefault("Content-Language", current_language())
        vary(response, "Accept-Language", "Cookie")
    return response


def vary(response: Response, *names: str) -> None:
    """Say by which request headers the answer differs (without werkzeug's set, parsed and written at every mention)."""
    said = response.headers.get("Vary", "")
    missing = [name for name in names if name not in said]
    if missing:
        response.headers["Vary"] = ", ".join([said, *missing] if said else missing)


def large_type() -> bool:
    return bool(g.get("large_type", False))


def _for_templates() -> dict[str, Any]:
    here = request.full_path.rstrip("?") if request.method == "GET" else "/"
    language = current_language()
    settings = webkit().settings
    return {
        "language": language,
        "large_type": large_type(),
        "here": quote(request.script_root + here),
        "other_languages": _other_languages(language),
        "door": webkit().door,
        "utility_name": in_language(settings.utility_name),
        "service_phone": settings.service_phone,
        "service_hours": in_language(settings.service_hours),
    }


@cache
def _other_languages(language: str) -> tuple[tuple[str, str], ...]:
    """Return the languages a reader can change to, each by its own name."""
    others = (code for code in languages() if code != language)
    return tuple((code, "中文" if code == "zh-CN" else str(locale(code).get_display_name(code))) for code in others)


def remember_language(response: Response, language: str) -> None:
    """Keep a reader's choice for a year, for every door."""
    _keep(response, COOKIE, language)


def remember_large_type(response: Response, on: bool) -> None:
    """Keep how large a reader's type is for a year, for every door."""
    _keep(response, TYPE_COOKIE, "large" if on else "normal")


def _keep(response: Response, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=_YEAR, path="/", secure=webkit().settings.https, httponly=True, samesite="Lax"
    )


@blueprint.get("/language")
@public
def switch_language() -> Response:
    response = _back()
    chosen = normalise(request.args.get("lang"))
    if chosen:
        remember_language(response, chosen)
    return response


@blueprint.get("/large-type")
@public
def switch_type() -> Response:
    response = _back()
    remember_large_type(response, request.args.get("on") == "1")
    return response


def _back() -> Response:
    home = request.script_root + "/"
    response = redirect(safe_next(request.args.get("next"), home), 303)
    response.headers["Cache-Control"] = "no-store"
    return Response(response.get_data(), 303, response.headers)
