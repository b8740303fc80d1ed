"""The servers of a data folder: under long and closed paths, after kills, beside leftovers, shared by commands."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

from wiring.servers import places
from wiring.servers.holding import hold, holder_kind
from wiring.servers.leftovers import end_workers_in
from wiring.servers.own import database_answers, free_port, port_is_free, running, start_servers
from wiring.servers.postgres import BINARIES, PostgresTrouble
from wiring.servers.supervisor import Supervisor
from wiring.servers.user import RunAs, choose
from wiring.settings import Settings, read_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a data folder whose path is too long for a unix socket, below pytest's folders, which are closed to others."""
    return read_settings(data=tmp_path / ("a-checkout-in-a-folder-with-a-long-name-" * 2) / "data")


@contextmanager
def started(settings: Settings) -> Iterator[Supervisor]:
    supervisor = Supervisor(settings.data / "logs", os.environ, lambda _line: None)
    try:
        start_servers(supervisor, settings)
        yield supervisor
    finally:
        supervisor.stop()
        places.clear(settings.data)


def pid_of(supervisor: Supervisor, name: str) -> int:
    pid = next(child.pid for child in supervisor.children if child.name == name)
    assert pid is not None
    return pid


def put_down(settings: Settings, number: int) -> None:
    with psycopg.connect(settings.database_url) as connection, redis.Redis.from_url(settings.redis_url) as queue:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        connection.execute("INSERT INTO kept VALUES (%s)", (number,))
        queue.rpush("kept", number)


def found(settings: Settings) -> tuple[list[int], list[int]]:
    with psycopg.connect(settings.database_url) as connection, redis.Redis.from_url(settings.redis_url) as queue:
        rows = connection.execute("SELECT number FROM kept ORDER BY number").fetchall()
        return [row[0] for row in rows], [int(word) for word in queue.lrange("kept", 0, -1)]


def test_servers_survive_kills_restarts_leftovers_and_a_lock_with_a_strangers_number(settings: Settings) -> None:
    lock = settings.data / "postgres" / "cluster" / "postmaster.pid"
    with started(settings) as supervisor:
        assert len(str(places.socket_folder(settings.data) / ".s.PGSQL.5432.lock")) < 107
        put_down(settings, 1)
        before = pid_of(supervisor, "postgres"), pid_of(supervisor, "valkey")
        time.sleep(1.2)  # Valkey writes to disk once a second
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        ends = time.monotonic() + 30
        while time.monotonic() < ends and not (database_answers(settings) and supervisor.children[1].ready()):
            supervisor.watch(0.2)
        assert found(settings) == ([1], [1])
        put_down(settings, 2)
        leftover = supervisor
        with started(settings):  # the old ones are ended first, never two on the same files
            assert leftover.children[0].pid is None
            assert leftover.children[1].pid is None
            assert found(settings) == ([1, 2], [1, 2])
    assert not places.socket_folder(settings.data).exists()
    lock.write_text(f"{os.getpid()}\n{settings.data}\n1\n5432\n\n\n")
    with started(settings):
        assert found(settings) == ([1, 2], [1, 2])
    assert end_workers_in(settings.data / "postgres" / "cluster")


def test_a_command_waits_for_servers_that_another_starts_and_keeps_them_from_stopping(settings: Settings) -> None:
    order: list[str] = []
    first_is_in, second_is_in = threading.Event(), threading.Event()

    def first() -> None:
        with running(settings):
            order.append("first in")
            first_is_in.set()
            second_is_in.wait(30)
            order.append("first done")

    def second() -> None:
        with running(settings):
            second_is_in.set()
            time.sleep(0.5)
            order.append("second done, servers up" if database_answers(settings) else "second lost its servers")

    threads = [threading.Thread(target=first)]
    threads[0].start()
    deadline = time.monotonic() + 30
    while holder_kind(settings.data) == "":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    threads.append(threading.Thread(target=second))
    threads[1].start()
    for thread in threads:
        thread.join(60)
    assert order == ["first in", "first done", "second done, servers up"]
    assert not database_answers(settings)
    assert holder_kind(settings.data) == ""


def test_one_process_holds_a_data_folder(tmp_path: Path) -> None:
    holder = hold(tmp_path, "demo")
    assert holder is not None
    assert holder_kind(tmp_path) == "demo"
    assert hold(tmp_path, "command") is None
    holder.let_go()
    again = hold(tmp_path, "command")
    assert again is not None
    again.let_go()


def test_a_taken_port_is_seen_and_the_next_free_one_found() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert not port_is_free(port, host="127.0.0.1")
        assert free_port(port) > port


def test_under_a_closed_folder_somebody_is_found_who_may_run_postgresql(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    way = choose(BINARIES, closed / "postgres")
    if os.geteuid() == 0:
        assert way.prefix
    else:
        assert way == RunAs()


def test_a_folder_that_is_a_link_of_somebodys_is_not_taken(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    sockets = places.socket_folder(settings.data)
    sockets.symlink_to(tmp_path / "elsewhere")
    try:
        with pytest.raises(PostgresTrouble, match="belongs to another user"), started(settings):
            pass
    finally:
        sockets.unlink()
