"""A whole installation in a folder of its own, for a trial: real servers, web, relay, workers, simulators."""

import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.stack import environment, processes
from migrations.run import migrate
from wiring.assembly import assemble
from wiring.kept import write_ports
from wiring.ports import Ports
from wiring.servers.own import free_port, start_servers
from wiring.servers.places import socket_folder
from wiring.servers.supervisor import Child, Supervisor
from wiring.settings import Settings, read_settings


@dataclass
class Stack:
    settings: Settings
    ports: Ports
    supervisor: Supervisor

    def child(self, name: str) -> Child:
        return next(child for child in self.supervisor.children if child.name == name)

    def pid(self, name: str) -> int | None:
        process = self.child(name).process
        return process.pid if process is not None and process.poll() is None else None


def offspring(pid: int) -> list[int]:
    """Return the pids of a process's children."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


@contextmanager
def whole_stack(say: Callable[[str], None]) -> Iterator[Stack]:
    """Start everything in a temporary folder and watch over it; all is gone when the block ends."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LIGHTLINE_", "STRIPE_", "TWILIO_"))
        and name not in {"DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "MODE"}
    }
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(clean)
    try:
        with tempfile.TemporaryDirectory(prefix="lightline-trial-", ignore_cleanup_errors=True) as folder:
            Path(folder).chmod(0o755)
            data = Path(folder) / "data"
            web = free_port(18_000 + os.getpid() % 1000 * 10)
            write_ports(data, web=web, simulators=free_port(web + 1))
            settings = read_settings(data=data)
            supervisor = Supervisor(data / "logs", environment(settings), lambda _line: None)
            watcher = threading.Thread(target=supervisor.watch, daemon=True)
            try:
                start_servers(supervisor, settings)
                migrate(settings.database_url)
                for child in processes(settings):
                    supervisor.start(child)
                say(f"the stack stands at {settings.public_url}, its logs in {data / 'logs'}")
                watcher.start()
                ports = assemble(settings, process="cli")
                yield Stack(settings, ports, supervisor)
                ports.db.dispose()
            finally:
                supervisor.stop()
                if watcher.is_alive():
                    watcher.join(timeout=5)
                run = socket_folder(data)
                if run.exists() and run.parent != data:
                    for path in run.iterdir():
                        path.unlink()
                    run.rmdir()
    finally:
        os.environ.clear()
        os.environ.update(before)
