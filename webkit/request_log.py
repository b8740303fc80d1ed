"""One id per request, in every log line and in the answer; one access line per request; counts for /metrics."""

import re
import secrets
import time

import structlog
from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

from kernel.logs import logger
from webkit.door import webkit

# Without the letters and digits that people mix up when they read a reference over the telephone.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS = bytes(ord(_ALPHABET[number % len(_ALPHABET)]) for number in range(256))
_SANE = re.compile(r"[A-Za-z0-9_-]{8,64}\Z")
_QUIET = frozenset({"health.healthz", "health.readyz", "health.metrics", "assets.asset"})

REQUESTS = Counter("lightline_http_requests", "Requests answered.", ["door", "endpoint", "method", "status"])
SECONDS = Histogram(
    "lightline_http_request_seconds",
    "Time from request to answer.",
    ["door", "endpoint"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_log = logger("web")


def install(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def request_id() -> str:
    """Return this request's id: the proxy's when it is sane, else ours. It is the reference on an error page."""
    if "request_id" not in g:
        given = request.environ.get("HTTP_X_REQUEST_ID", "")
        g.request_id = given if _SANE.match(given) else _new_id()
    return str(g.request_id)


def _new_id() -> str:
    return secrets.token_bytes(12).translate(_LETTERS).decode()


def _begin() -> None:
    g.started = time.perf_counter()
    structlog.contextvars.unbind_contextvars("request_id", "door", "principal")
    structlog.contextvars.bind_contextvars(request_id=request_id(), door=webkit().door.name)


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = request_id()
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    # A path that matched no route is no label: a scanner would make one time series per guess.
    asked = request._get_current_object()  # type: ignore[attr-defined]
    endpoint = asked.endpoint or "none"
    name = webkit().door.name
    REQUESTS.labels(name, endpoint, asked.method, response.status_code).inc()
    SECONDS.labels(name, endpoint).observe(seconds)
    if endpoint not in _QUIET:
        # The query string stays out: it may hold what a person searched for.
        _log.info(
            "request",
            method=asked.method,
            path=asked.path,
            endpoint=endpoint,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            address=asked.remote_addr,
        )
    return response
