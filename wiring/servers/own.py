"""Start the servers an installation has not been given, for a demo or for the length of one command."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import redis

from wiring.servers import places
from wiring.servers.holding import Holder, hold, use
from wiring.servers.postgres import Postgres
from wiring.servers.supervisor import Child, Supervisor
from wiring.servers.valkey import Valkey
from wiring.settings import Settings

# A server that was killed reads its log again before it answers; after mass work that takes its time.
RECOVERY_SECONDS = 600.0


def start_servers(supervisor: Supervisor, settings: Settings) -> None:
    """Start PostgreSQL and Valkey where the settings name none, and wait until both answer. Raises NotReady,
    PostgresTrouble, CannotStepDown."""
    if settings.own_database or settings.own_redis:
        make_data_folder(settings)
    if settings.own_database:
        postgres = Postgres(settings.data)
        postgres.create()
        supervisor.start(
            Child(
                "postgres",
                postgres.command(),
                ready=postgres.is_ready,
                before=postgres.stop_orphan,
                stop_word=signal.SIGINT,
                death_word=signal.SIGINT,
                server=True,
                options=postgres.user.popen_options(),
            ),
            patience=RECOVERY_SECONDS,
        )
    if settings.own_redis:
        valkey = Valkey(settings.data)
        supervisor.start(
            Child(
                "valkey",
                valkey.command(),
                ready=valkey.is_ready,
                before=valkey.create,
                death_word=signal.SIGTERM,
                server=True,
            ),
            patience=RECOVERY_SECONDS,
        )


def make_data_folder(settings: Settings) -> None:
    """Make the data folder. Root's is one that others may walk through but not list: PostgreSQL steps down to another
    user, whose folder lies within."""
    settings.data.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        settings.data.chmod(settings.data.stat().st_mode & 0o777 | 0o011)


def database_answers(settings: Settings) -> bool:
    try:
        with psycopg.connect(settings.database_url.replace("+psycopg", ""), connect_timeout=3):
            return True
    except psycopg.OperationalError:
        return False


def ask_queue(settings: Settings) -> None:
    """Ask the queue server whether it is there; raises when it does not answer."""
    with redis.Redis.from_url(settings.redis_url, socket_timeout=3, socket_connect_timeout=3) as connection:
        connection.ping()


def queue_answers(settings: Settings) -> bool:
    try:
        ask_queue(settings)
    except (redis.RedisError, OSError):
        return False
    return True


@contextmanager
def running(settings: Settings, *, say: Callable[[str], None] = lambda _line: None) -> Iterator[None]:
    """Make sure the servers answer while the block runs.

    Servers started here stop with the block, after every other command that came to use them meanwhile. Where a demo or
    another command is starting them just now, it is waited for.
    """
    if not settings.own_database:
        yield
        return
    settings.data.mkdir(parents=True, exist_ok=True)
    holder = None
    while holder is None:
        holder = hold(settings.data, "command", until=lambda: database_answers(settings))
        if holder is None:
            with use(settings.data):
                if database_answers(settings):
                    yield
                    return
    supervisor = Supervisor(settings.data / "logs", os.environ, say)
    try:
        start_servers(supervisor, settings)
        yield
        holder.wait_for_users()
    finally:
        stop_servers(supervisor, settings, holder)


def stop_servers(supervisor: Supervisor, settings: Settings, holder: Holder) -> None:
    """Stop all, take the sockets away, and let the folder go."""
    supervisor.stop()
    if settings.own_database or settings.own_redis:
        places.clear(settings.data)
    holder.let_go()


def free_port(wanted: int, *, host: str = "127.0.0.1", taken: frozenset[int] = frozenset()) -> int:
    """Return the wanted port, or the next one above it that is free."""
    for port in range(wanted, min(wanted + 200, 65536)):
        if port not in taken and port_is_free(port, host=host):
            return port
    raise OSError(f"no free port between {wanted} and {wanted + 199}")


def port_is_free(port: int, *, host: str) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
