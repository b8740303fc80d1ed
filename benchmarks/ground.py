"""Servers of their own for benchmarks that need a database, in a temporary folder, as durable as in production."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kernel import crypto
from migrations.run import migrate
from wiring.servers.own import start_servers
from wiring.servers.supervisor import Supervisor
from wiring.settings import Settings, read_settings


@contextmanager
def servers() -> Iterator[Settings]:
    """Start PostgreSQL and Valkey, migrate, and give this process its keys."""
    with tempfile.TemporaryDirectory(prefix="lightline-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        settings = read_settings(data=Path(folder) / "data")
        crypto.use_keys(crypto.Keys({1: settings.encryption_key}, settings.hash_key))
        supervisor = Supervisor(settings.data / "logs", os.environ, lambda _line: None)
        try:
            start_servers(supervisor, settings)
            migrate(settings.database_url)
            yield settings
        finally:
            supervisor.stop()
