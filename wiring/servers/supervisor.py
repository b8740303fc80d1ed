"""One supervisor over servers and processes: starts in order, restarts what dies, stops all, leaves nothing behind.

Every child leads a process group of its own and dies with the supervisor even if that is killed -9 (Linux:
PR_SET_PDEATHSIG). What a dead child leaves of its group is killed before it is started again; what left its group and
lost its parent comes to a supervisor that adopts orphans (PR_SET_CHILD_SUBREAPER) and is ended with it.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LOG_LIMIT = 10 * 1024 * 1024
_TRIES = 3
_STEADY_SECONDS = 30.0
_LONGEST_PAUSE = 10.0
_CLIENTS_PATIENCE, _SERVERS_PATIENCE = 4.0, 4.0
# Loaded here, not between fork and exec, where loading could hang.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(word: int = signal.SIGKILL, *, parent: int | None = None) -> None:
    """Ask the kernel to send this process `word` when its parent dies. Other systems than Linux: no effect.

    A parent that died before this was asked can tell nobody any more: where `parent`, its process id, is given and is
    not our parent by now, this process ends at once.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, word, 0, 0, 0)
        if parent is not None and os.getppid() != parent:
            os._exit(1)


@dataclass
class Child:
    """A process to keep running. `stop_word` is the signal that ends it in order; `ready` says when it can be used.

    `before` runs before every start. `server`: others need it, so it stops last.
    """

    name: str
    command: Sequence[str]
    ready: Callable[[], bool] = lambda: True
    before: Callable[[], None] = lambda: None
    stop_word: int = signal.SIGTERM
    death_word: int = signal.SIGKILL
    server: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    failures: int = 0

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process is not None and self.process.poll() is None else None


class NotReady(Exception):
    """A child did not get ready in time; the message names it and its log."""


class Supervisor:
    """Keeps children running until `stop`. `say` gets short lines for people; each child's output goes to its log."""

    def __init__(self, logs: Path, environment: Mapping[str, str], say: Callable[[str], None]):
        self.logs = logs
        self.environment = dict(environment)
        self.say = say
        self.children: list[Child] = []
        self._told = Event()
        self._looked_at_logs = 0.0
        self._adopting = False

    def adopt_orphans(self) -> None:
        """Let what loses its parent below this process become its child, so that `stop` ends it too. For a process that
        does nothing but supervise; Linux alone."""
        if _LIBC is not None:
            self._adopting = _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0

    def tell_to_stop(self) -> None:
        """Let `start`, `run` and `watch` return soon; may be called by a signal's handler."""
        self._told.set()

    @property
    def told(self) -> bool:
        return self._told.is_set()

    def start(self, child: Child, *, patience: float = 60.0) -> None:
        """Start a child and wait until it is ready, looking after the others meanwhile. Raises NotReady when it keeps
        ending or takes longer than `patience` seconds. Does nothing once the supervisor is told to stop."""
        if self._told.is_set():
            return
        self.children.append(child)
        child.restart_at = time.monotonic()
        ends = child.restart_at + patience
        self.check()
        while not self._told.is_set() and not (child.pid and child.ready()):
            if child.failures >= _TRIES or time.monotonic() > ends:
                raise NotReady(f"{child.name} did not start. Its log: {self._log(child)}\n{self._tail(child)}".strip())
            time.sleep(0.05)
            self.check()

    def run(self, child: Child) -> int | None:
        """Run a child to its end, looking after the others meanwhile, its output on our own; return its exit code, None
        when the supervisor was told to stop before."""
        if self._told.is_set():
            return None
        process = self._open(child, None)
        child.process = process
        while not self._told.is_set():
            self.check()
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(timeout=0.1)
        self._end([child], _CLIENTS_PATIENCE)
        return None

    def watch(self, seconds: float | None = None) -> None:
        """Restart what dies, until `seconds` are over or `stop` was told."""
        ends = None if seconds is None else time.monotonic() + seconds
        while not self._told.is_set() and (ends is None or time.monotonic() < ends):
            self.check()
            time.sleep(0.1)

    def check(self) -> None:
        """Look after every child once."""
        for child in list(self.children):
            if child.process is None:
                if time.monotonic() >= child.restart_at:
                    self._launch(child)
            elif child.process.poll() is not None:
                self._after_death(child)
        if time.monotonic() - self._looked_at_logs > 60:
            self._looked_at_logs = time.monotonic()
            self._shorten_logs()

    def stop(self) -> None:
        """Stop all in under nine seconds, what uses the servers first; what does not go in time is killed."""
        self.tell_to_stop()
        self._end([child for child in self.children if not child.server], _CLIENTS_PATIENCE)
        self._end([child for child in self.children if child.server], _SERVERS_PATIENCE)
        self._end_orphans()

    def _launch(self, child: Child) -> None:
        """Start a child; a failure to start counts as a death, so that it is tried again later."""
        child.started_at = time.monotonic()
        try:
            child.before()
            with self._opened_log(child) as log:
                child.process = self._open(child, log)
        except Exception as trouble:
            self._count_failure(child)
            with contextlib.suppress(OSError), self._opened_log(child) as log:
                log.write(f"could not be started: {trouble}\n".encode())
            self.say(f"{child.name} could not be started: {trouble}")

    def _open(self, child: Child, log: Any) -> "subprocess.Popen[bytes]":
        supervisor = os.getpid()

        def before_exec() -> None:
            die_with_parent(child.death_word, parent=supervisor)

        return subprocess.Popen(
            child.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/" if child.server else None,
            env=self.environment,
            preexec_fn=before_exec,
            **child.options,
        )

    def _after_death(self, child: Child) -> None:
        assert child.process is not None
        if time.monotonic() - child.started_at > _STEADY_SECONDS:
            child.failures = 0
        self.say(f"{child.name} ended ({_ending(child.process.returncode)}); starting it again")
        self._bury(child)
        child.process = None
        self._count_failure(child)

    def _count_failure(self, child: Child) -> None:
        """Let the next start wait: not at all after one death, then 0.4 s, 0.8 s ... up to ten seconds."""
        child.failures += 1
        pause = min(_LONGEST_PAUSE, 0.1 * 2 ** min(child.failures, 7)) if child.failures > 1 else 0.0
        child.restart_at = time.monotonic() + pause

    def _bury(self, child: Child) -> None:
        """Kill what is left of a dead child's group."""
        if child.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.process.pid, signal.SIGKILL)

    def _end(self, children: Sequence[Child], patience: float) -> None:
        living = [child.process for child in children if child.process is not None and child.process.poll() is None]
        for child in children:
            if child.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, child.stop_word)
        deadline = time.monotonic() + patience
        for process in living:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.05, deadline - time.monotonic()))
        for child in children:
            self._bury(child)
            if child.process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(timeout=0.5)

    def _end_orphans(self) -> None:
        """Kill what came to us when its parent died (`adopt_orphans`); an orphan's own children come next."""
        own = {child.process.pid for child in self.children if child.process is not None}
        for _ in range(20 if self._adopting else 0):
            orphans = [pid for pid in _our_children() if pid not in own]
            for pid in orphans:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
            if not orphans:
                return

    def _log(self, child: Child) -> Path:
        return self.logs / f"{child.name}.log"

    def _opened_log(self, child: Child) -> Any:
        self.logs.mkdir(parents=True, exist_ok=True)
        return self._log(child).open("ab")

    def _tail(self, child: Child) -> str:
        with contextlib.suppress(OSError):
            return self._log(child).read_text(errors="replace")[-1500:]
        return ""

    def _shorten_logs(self) -> None:
        """Keep one older part of a long log. Children append, so a log may be cut under them."""
        for child in self.children:
            path = self._log(child)
            with contextlib.suppress(OSError):
                if path.stat().st_size > _LOG_LIMIT:
                    shutil.copyfile(path, path.with_suffix(".log.1"))
                    os.truncate(path, 0)


def _our_children() -> list[int]:
    with contextlib.suppress(OSError):
        return [int(pid) for task in Path("/proc/self/task").glob("*/children") for pid in task.read_text().split()]
    return []


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"signal {-code}"
    return f"exit {code}"
