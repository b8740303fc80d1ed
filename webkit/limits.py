"""Rate limits, counted in Redis and shared by every process: `@limiter.limit("5 per minute")` on a route.

When Redis does not answer, each process counts on its own in memory: people may still sign in and pay, and a flood
is still slowed (by the number of processes less). What must never be exceeded (codes sent, their cost) is counted in
the database by the room that owns it; these limits are the cheap wall before it. No limit holds by default: a page
that nobody abuses should not pay for a round trip.
"""

import time
from collections.abc import Callable
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from webkit.door import webkit


def _scope() -> str:
    return f"{webkit().door.name}:{request.endpoint}"


limiter = Limiter(
    key_func=get_remote_address,
    in_memory_fallback_enabled=True,
    swallow_errors=True,
    headers_enabled=False,
    request_identifier=_scope,
    key_prefix="lightline",
)


def install(app: Flask) -> None:
    limiter.init_app(app)
    # Its hooks look at every request for limits of the application and of blueprints. There are none: a limit stands at
    # its route, and is counted where that is called.
    tables: tuple[dict[Any, list[Any]], ...] = (
        app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs,
    )  # fmt: skip
    for table in tables:
        table[None] = [hook for hook in table[None] if not _is_limiters(hook)]


def _is_limiters(hook: Callable[..., Any]) -> bool:
    return getattr(hook, "__self__", None) is limiter or limiter in getattr(hook, "args", ())


def storage_uri(redis_url: str | None) -> str:
    """Return what the limiter calls a Redis address (a unix socket: `redis+unix://`); no address: memory."""
    if not redis_url:
        return "memory://"
    return redis_url.replace("unix://", "redis+unix://", 1) if redis_url.startswith("unix://") else redis_url


def by_form_field(name: str) -> Callable[[], str]:
    """Return a key function that counts by what a form field says (a phone, an account number), lower-cased."""

    def key() -> str:
        return f"{name}:{request.form.get(name, '').strip().lower()[:64]}"

    return key


def retry_after(default: int = 60) -> int:
    """Return the seconds until the breached limit opens again."""
    breached = limiter.current_limit
    if breached is None:
        return default
    # The store counts in real time, whatever clock the door was given.
    return max(1, int(breached.reset_at - time.time()))
