"""Is it up (/healthz), can it serve (/readyz), how is it doing (/metrics)."""

import json
from collections.abc import Callable, Mapping

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from kernel.logs import logger
from webkit.guards import public

Check = Callable[[], None]
_log = logger("web")


def blueprint(checks: Mapping[str, Check], *, metrics_dir: str | None = None) -> Blueprint:
    """Return the three routes. A check raises when its part does not answer; it must bound its own wait.

    `metrics_dir` is PROMETHEUS_MULTIPROC_DIR where several web processes share one scrape.
    """
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    @public
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @health.get("/readyz")
    @public
    def readyz() -> Response:
        found = {name: _answers(name, check) for name, check in checks.items()}
        ready = all(found.values())
        body = {"ready": ready, "checks": {name: "ok" if good else "failed" for name, good in found.items()}}
        return Response(json.dumps(body), 200 if ready else 503, mimetype="application/json")

    @health.get("/metrics")
    @public
    def metrics() -> Response:
        registry: CollectorRegistry = REGISTRY
        if metrics_dir is not None:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, path=metrics_dir)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return health


def _answers(name: str, check: Check) -> bool:
    """Say whether a part answers; why not goes to the log, never to whoever asks."""
    try:
        check()
    except Exception as error:
        _log.warning("not_ready", check=name, exc_info=error)
        return False
    return True
