"""Structured logs: one JSON object a line, with the request's or the job's id in each."""

import logging
import sys
from functools import cache
from typing import Any

import structlog

_SECRET_WORDS = ("password", "secret", "token", "code", "authorization", "cookie", "phone", "identity")


_HARMLESS = frozenset({"status_code", "failure_code", "error_code"})


@cache
def _is_secret(name: str) -> bool:
    return name not in _HARMLESS and any(word in name.lower() for word in _SECRET_WORDS)


def _hide_secrets(_logger: Any, _method: str, event: Any) -> Any:
    for name in event:
        if _is_secret(name):
            event[name] = "***"
    return event


def configure(*, process: str, level: str = "INFO") -> None:
    """Set this process's logging; called by entry points alone."""
    json_line = structlog.processors.JSONRenderer(ensure_ascii=False)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _hide_secrets,
    ]
    structlog.configure(
        # Straight to the stream: a detour through the standard library's records would cost a page as much as a query.
        processors=[*shared, json_line],
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    # What libraries log, in the same form.
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                json_line,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.getLogger("rq.worker").setLevel("WARNING")
    structlog.contextvars.bind_contextvars(process=process)


def logger(name: str) -> Any:
    return structlog.get_logger(name)
