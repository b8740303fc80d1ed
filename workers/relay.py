"""The relay: the only thing that enqueues. It leases due rows of outbox and inbox in chunks and puts their ids, by
topic, on the queue. Killed between the two steps, the lease runs out and the rows are offered again."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from redis.exceptions import RedisError
from rq import Queue
from sqlalchemy.exc import OperationalError

from kernel.clock import utc_now
from kernel.db import Database
from kernel.logs import logger
from kernel.outbox import Box, claim
from workers.handlers import ROUTES

log = logger(__name__)

BOXES: tuple[Box, Box] = ("inbox", "outbox")
BUSY_PAUSE, IDLE_PAUSE, TROUBLE_PAUSE = 0.02, 0.15, 1.0
JOB = "workers.work.work"


def relay_once(db: Database, queues: dict[str, Queue], *, now: datetime) -> int:
    """Claim what is due in both boxes and enqueue it; returns how many rows."""
    return sum(_relay_box(db, queues, box, now=now) for box in BOXES)


def _relay_box(db: Database, queues: dict[str, Queue], box: Box, *, now: datetime) -> int:
    with db.transaction() as session:
        claimed = claim(session, box, now=now)
    by_topic: dict[str, list[int]] = defaultdict(list)
    for row in claimed:
        by_topic[row.topic].append(row.id)
    for topic, ids in by_topic.items():
        route = ROUTES[box].get(topic)
        if route is None:
            log.error("relay.no_handler", box=box, topic=topic, rows=len(ids))
            continue
        enqueue(queues[route.queue], box, topic, _chunks(ids, route.chunk))
    return len(claimed)


def _chunks(ids: list[int], size: int) -> Iterable[list[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def enqueue(queue: Queue, box: Box, topic: str, chunks: Iterable[list[int]]) -> None:
    """Put one job per chunk on the queue; results are not kept, a failed job is a log line and a lease that ends."""
    jobs = [
        Queue.prepare_data(
            JOB,
            kwargs={"box": box, "topic": topic, "ids": chunk},
            timeout=120,
            result_ttl=0,
            failure_ttl=3600,
            ttl=300,
            description=f"{topic} x{len(chunk)}",
        )
        for chunk in chunks
    ]
    queue.enqueue_many(jobs)


def run(db: Database, queues: dict[str, Queue], *, stop: Callable[[], bool]) -> None:
    """Relay until told to stop; a database or queue that is away for a while is waited for."""
    while not stop():
        pause = IDLE_PAUSE
        try:
            if relay_once(db, queues, now=utc_now()):
                pause = BUSY_PAUSE
        except (OperationalError, RedisError, OSError) as trouble:
            log.warning("relay.waiting", reason=type(trouble).__name__)
            pause = TROUBLE_PAUSE
        time.sleep(pause)


def open_queues(connection: Any) -> dict[str, Queue]:
    from rq.serializers import JSONSerializer

    from workers.handlers import QUEUES

    return {name: Queue(name, connection=connection, serializer=JSONSerializer) for name in QUEUES}
