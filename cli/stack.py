"""The processes of an installation as children of the supervisor: web, workers, relay, clock, and the simulators."""

import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from wiring.servers.holding import hold
from wiring.servers.own import make_data_folder, start_servers, stop_servers
from wiring.servers.postgres import PostgresTrouble
from wiring.servers.supervisor import Child, NotReady, Supervisor
from wiring.servers.user import CannotStepDown
from wiring.settings import Settings

BIN = Path(sys.executable).parent


def _lightline(word: str, settings: Settings) -> list[str]:
    return [sys.executable, "-m", "cli", word, "--data", str(settings.data)]


def granian(target: str, *, host: str, port: int, workers: int, threads: int) -> list[str]:
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", host, "--port", str(port),
        "--workers", str(workers), "--blocking-threads", str(threads), "--backlog", "2048",
        "--backpressure", str(threads * 8),
        "--respawn-failed-workers", "--workers-kill-timeout", "3", "--log-level", "warning",
        "--working-dir", str(Path(__file__).resolve().parent.parent), target,
    ]  # fmt: skip


def answers(url: str) -> Callable[[], bool]:
    """Return a check that asks an address and takes any answer below 500 for ready."""

    def check() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
                return bool(answer.status < 500)
        except urllib.error.HTTPError as refused:
            return refused.code < 500
        except OSError:
            return False

    return check


@contextmanager
def supervised(settings: Settings, kind: str) -> Iterator[Supervisor | None]:
    """Hold the data folder, start the servers that were not given, and stop all when the block ends or is interrupted.

    Gives None when another process holds the folder. What cannot start ends the command with 1 and says why.
    """
    make_data_folder(settings)
    holder = hold(settings.data, kind)
    if holder is None:
        yield None
        return
    supervisor = Supervisor(settings.data / "logs", environment(settings), lambda line: click.echo(line, err=True))
    supervisor.adopt_orphans()
    _obey_signals(supervisor)
    try:
        start_servers(supervisor, settings)
        yield supervisor
    except KeyboardInterrupt:
        if not supervisor.told:
            raise
    except Exception as trouble:
        # Work that was interrupted half-way may turn the interruption into an error of its own: a stop is a stop.
        if not supervisor.told:
            if isinstance(trouble, NotReady | PostgresTrouble | CannotStepDown):
                raise click.ClickException(str(trouble)) from None
            raise
    finally:
        supervisor.tell_to_stop()
        stop_servers(supervisor, settings, holder)


def _obey_signals(supervisor: Supervisor) -> None:
    """The first signal interrupts whatever goes on, a long seeding too; those after it do nothing."""

    def stop(*_: object) -> None:
        if not supervisor.told:
            supervisor.tell_to_stop()
            raise KeyboardInterrupt

    for word in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(word) is not signal.SIG_IGN:
            signal.signal(word, stop)


def processes(settings: Settings) -> Iterator[Child]:
    """Yield every child, in the order in which they start."""
    if settings.simulating:
        yield Child(
            "simulators",
            granian("wsgi:simulators", host="127.0.0.1", port=settings.simulators_port, workers=1, threads=16),
            ready=answers(f"http://127.0.0.1:{settings.simulators_port}/"),
        )
    yield Child(
        "web",
        web_command(settings),
        ready=answers(f"http://{_own_host(settings.host)}:{settings.port}/healthz"),
        before=lambda: clear_metrics(settings),
    )
    yield Child("relay", _lightline("relay", settings))
    for number in range(1, settings.workers + 1):
        yield Child(f"worker-{number}", _lightline("worker", settings))
    yield Child("clock", _lightline("clock", settings))


def web_command(settings: Settings) -> list[str]:
    return granian(
        "wsgi:app", host=settings.host, port=settings.port, workers=settings.web_workers, threads=settings.web_threads
    )


def _own_host(host: str) -> str:
    """Return where this machine reaches a server that listens at `host`."""
    spoken = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{spoken}]" if ":" in spoken else spoken


def environment(settings: Settings) -> dict[str, str]:
    """Return what the children are started with: ours, and where they find the data folder and share their metrics."""
    return os.environ | {
        "LIGHTLINE_DATA": str(settings.data),
        "PROMETHEUS_MULTIPROC_DIR": str(settings.metrics_folder),
        "PYTHONUNBUFFERED": "1",
    }


def clear_metrics(settings: Settings) -> None:
    """Take away the counters of processes that are gone."""
    settings.metrics_folder.mkdir(parents=True, exist_ok=True)
    for counter in settings.metrics_folder.glob("*.db"):
        counter.unlink(missing_ok=True)
