"""Who holds a data folder: one process starts and stops its servers; others may use them while they run.

Two lock files, released by the system however their holder ends: `supervisor.lock` is held by the one, `users.lock` is
shared by the others. The first names its holder's kind ("demo", "serve" or "command") and process.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Holder:
    """The hold of this process on a data folder."""

    data: Path
    handle: int
    users: int | None = None

    def wait_for_users(self) -> None:
        """Wait until no other command uses the servers; whoever comes from now on waits until they have stopped."""
        self.users = os.open(self.data / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self.users, fcntl.LOCK_EX)

    def let_go(self) -> None:
        os.ftruncate(self.handle, 0)
        os.close(self.handle)
        if self.users is not None:
            os.close(self.users)


def hold(data: Path, kind: str, *, until: Callable[[], bool] = lambda: True, patience: float = 600.0) -> Holder | None:
    """Hold the data folder for this process. While another process holds it, wait up to `patience` seconds until
    `until()`, then return None."""
    ends = time.monotonic() + patience
    while True:
        handle = os.open(data / "supervisor.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
        else:
            os.ftruncate(handle, 0)
            os.write(handle, f"{kind} {os.getpid()}\n".encode())
            return Holder(data, handle)
        if until() or time.monotonic() > ends:
            return None
        time.sleep(0.1)


def holder_kind(data: Path) -> str:
    """Return what the process that holds the folder is ("demo", "serve", "command"); empty when nobody does."""
    with suppress(OSError), _opened(data / "supervisor.lock", os.O_RDONLY) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return os.read(handle, 100).decode(errors="replace").partition(" ")[0] or "command"
    return ""


@contextmanager
def use(data: Path) -> Iterator[None]:
    """Use the servers that another process holds: it waits with stopping them, unless it is told to."""
    with _opened(data / "users.lock") as handle:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield


@contextmanager
def _opened(path: Path, flags: int = os.O_RDWR | os.O_CREAT) -> Iterator[int]:
    handle = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)
