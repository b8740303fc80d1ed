"""The one job function of the queue: hand a chunk of row ids to its topic's handler.

A chunk that fails is tried row by row, so that one bad row holds up no other; the bad one waits longer each time and
keeps its error where an operator sees it (`last_error`, the log, the metric lightline_box_waiting).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic

import structlog

from kernel.clock import utc_now
from kernel.logs import logger
from kernel.outbox import Box, postpone
from wiring.ports import Ports
from workers.handlers import ROUTES

log = logger(__name__)

_ports: Ports | None = None


def use_ports(ports: Ports) -> None:
    """Give this worker process its wires; called by its entry point before the first job."""
    global _ports
    _ports = ports


def work(*, box: Box, topic: str, ids: list[int]) -> None:
    """Run a topic's handler over row ids; called by RQ."""
    if _ports is None:
        raise RuntimeError("the worker was started without its entry point")
    work_rows(_ports, box, topic, ids, now=utc_now())


def work_rows(ports: Ports, box: Box, topic: str, ids: Sequence[int], *, now: datetime) -> None:
    handler = ROUTES[box][topic].handler
    started = monotonic()
    with structlog.contextvars.bound_contextvars(job=f"{box}:{topic}", rows=len(ids)):
        try:
            handler(ports, ids, now)
            return
        except Exception:
            if len(ids) == 1:
                _put_off(ports, box, ids[0], now)
                return
            log.warning("job.chunk_failed", exc_info=True)
        for row_id in ids:
            try:
                # The first try may have taken its time: what is written and waited for goes by the real hour.
                handler(ports, [row_id], now + timedelta(seconds=monotonic() - started))
            except Exception:
                _put_off(ports, box, row_id, now)


def _put_off(ports: Ports, box: Box, row_id: int, now: datetime) -> None:
    """Name the failure and let the row wait; if even that fails, the row's lease brings it back."""
    log.exception("job.failed", row=row_id)
    import sys

    error = sys.exc_info()[1]
    with ports.db.transaction() as session:
        postpone(session, box, row_id, now=now, error=f"{type(error).__name__}: {error}"[:500])
