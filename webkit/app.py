"""The app factory of every web door: `make_app("portal", ...)` returns a Flask app with nothing but furniture in it."""

import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf import CSRFProtect
from itsdangerous import BadSignature
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from kernel.clock import utc_now
from kernel.remember import Remembered
from webkit import (
    assets,
    compression,
    door,
    errors,
    filters,
    health,
    language,
    limits,
    pages,
    request_log,
    security_headers,
    signin,
)
from webkit.door import DOORS, Webkit, WebSettings, webkit
from webkit.language import vary
from wiring.ports import Ports

_PLAIN = frozenset({str, int, bool, type(None)})


class _Cookies(SecureCookieSessionInterface):
    """Flask's signed cookie, its signature checked once a process and not on every page.

    No cookie, and no Vary: Cookie, where nobody is a person: assets may be kept by shared caches.
    """

    def __init__(self) -> None:
        self._checked: Remembered[tuple[Mapping[str, Any], float]] = Remembered(5_000)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        cookie = request.cookies.get(self.get_cookie_name(app))
        if not cookie:
            return self.session_class()
        try:
            values, signed_at = self._checked.get(cookie, lambda: self._check(app, cookie))
        except BadSignature:
            return self.session_class()
        young = time.time() - signed_at <= app.permanent_session_lifetime.total_seconds()
        if not young:
            return self.session_class()
        # What is kept is never handed out to be changed.
        return self.session_class(values if all(type(one) in _PLAIN for one in values.values()) else deepcopy(values))

    def _check(self, app: Flask, cookie: str) -> tuple[Mapping[str, Any], float]:
        signer = self.get_signing_serializer(app)
        assert signer is not None
        values, signed_at = signer.loads(cookie, return_timestamp=True)
        return values, signed_at.timestamp()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if webkit().door.machines or request.endpoint == "assets.asset":
            return
        if session.modified:
            super().save_session(app, session, response)
        elif session.accessed:
            vary(response, "Cookie")


class DoorApp(Flask):
    """Flask without async views: asking of eighteen functions a request whether they are coroutines costs 50 us."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def make_app(
    door_name: str,
    *,
    import_name: str,
    ports: Ports | None = None,
    settings: WebSettings | None = None,
    sessions: signin.SessionStore | None = None,
    sign_in_path: str = "/sign-in",
    clock: Callable[[], datetime] = utc_now,
    checks: Mapping[str, health.Check] | None = None,
) -> Flask:
    """Return the door's app. The door registers its blueprints on it; every route must declare who may enter.

    `ports` is kept as `app.extensions["ports"]`; `settings` come from it unless given. `sign_in_path` is where a page
    that needs a sign-in sends people, relative to where the door is mounted. With `checks` the app also answers
    /healthz, /readyz and /metrics.
    """
    if settings is None:
        if ports is None:
            raise ValueError("a door needs its ports, or settings of its own")
        settings = door.settings_from(ports)
    kit = Webkit(DOORS[door_name], settings, sign_in_path, clock)
    app = DoorApp(import_name, static_folder=None)
    app.session_interface = _Cookies()
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.config.update(_config(kit))
    app.extensions["ports"] = ports
    door.install(app, kit)
    # Responses pass these in reverse: compression sees the finished page. Requests pass them in this order: the
    # request id, the nonce and the language stand before a guard or CSRF can refuse with a page.
    compression.install(app)
    request_log.install(app)
    security_headers.install(app)
    language.install(app)
    errors.install(app)
    signin.install(app, sessions)
    limits.install(app)
    if not kit.door.machines:
        CSRFProtect(app)
    filters.install(app)
    assets.install(app)
    pages.install(app)
    if checks is not None:
        app.register_blueprint(health.blueprint(checks, metrics_dir=settings.metrics_dir))
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    return app


def _config(kit: Webkit) -> dict[str, Any]:
    settings, this = kit.settings, kit.door
    # __Host- and __Secure- make the browser itself refuse the cookie from a sub-domain or over plain http.
    prefix = ("__Host-" if this.path == "/" else "__Secure-") if settings.https else ""
    return {
        "SECRET_KEY": settings.secret_key,
        "SECRET_KEY_FALLBACKS": list(settings.old_secret_keys),
        "SESSION_COOKIE_NAME": prefix + this.cookie,
        "SESSION_COOKIE_PATH": this.path,
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,
        # The table ends a session; this only says how long a customer's browser keeps the cookie.
        "PERMANENT_SESSION_LIFETIME": timedelta(days=90),
        "MAX_CONTENT_LENGTH": settings.max_body_bytes,
        "MAX_FORM_MEMORY_SIZE": settings.max_body_bytes,
        "PREFERRED_URL_SCHEME": "https" if settings.https else "http",
        # The token lives as long as the session: a form left open over lunch is no attack.
        "WTF_CSRF_TIME_LIMIT": None,
        "RATELIMIT_STORAGE_URI": limits.storage_uri(settings.redis_url),
    }
