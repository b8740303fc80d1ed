"""The only place that assembles a queue worker, the relay and the clock: `lightline worker|relay|clock`."""

import signal
from collections.abc import Callable

import redis
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from kernel.logs import configure
from wiring.assembly import assemble
from wiring.servers.supervisor import die_with_parent
from wiring.settings import Settings
from workers import relay, timetable, work
from workers.handlers import QUEUES


def _until_told() -> Callable[[], bool]:
    told = False

    def tell(_signal: int, _frame: object) -> None:
        nonlocal told
        told = True

    signal.signal(signal.SIGTERM, tell)
    signal.signal(signal.SIGINT, tell)
    return lambda: told


def queue_connection(url: str) -> "redis.Redis":
    """Connect to the queue server; blocking pops last longer than redis-py's default 5 s time-out."""
    return redis.Redis.from_url(url, socket_timeout=90, socket_connect_timeout=5, health_check_interval=30)


class MortalWorker(Worker):
    """A worker whose work-horse dies with it, so that a killed installation leaves nothing; the chunk comes back."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        die_with_parent(parent=self.pid)
        super().main_work_horse(job, queue)


def run_worker(settings: Settings) -> None:
    """Work on the queues until SIGTERM; each job in a forked work-horse, so that a crash takes one chunk down."""
    configure(process="worker")
    ports = assemble(settings, process="worker")
    work.use_ports(ports)
    # The work-horse is forked: connections must be opened in the child, never shared with it.
    ports.db.dispose()
    worker = MortalWorker(
        list(QUEUES),
        connection=queue_connection(settings.redis_url),
        serializer=JSONSerializer,
        worker_ttl=45,
        maintenance_interval=20,
    )
    worker.work(logging_level="WARNING")


def run_relay(settings: Settings) -> None:
    """Move due rows to the queue until SIGTERM."""
    configure(process="relay")
    ports = assemble(settings, process="relay")
    relay.run(ports.db, relay.open_queues(queue_connection(settings.redis_url)), stop=_until_told())


def run_clock(settings: Settings) -> None:
    """Do the periodic work until SIGTERM."""
    configure(process="clock")
    timetable.run(assemble(settings, process="clock"), stop=_until_told())
