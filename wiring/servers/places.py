"""Where the own servers of a data folder listen. A unix socket's path must stay short, so a long one moves to /tmp."""

import contextlib
import hashlib
from pathlib import Path
from urllib.parse import quote

# The system's limit is 107 bytes; PostgreSQL's lock file has the longest name.
_LONGEST = 100
_LONGEST_NAME = len("/.s.PGSQL.5432.lock")
_SHORT = Path("/tmp")  # noqa: S108  (not TMPDIR: every terminal must find the same folder; `RunAs.own` checks whose it is)


def socket_folder(data: Path) -> Path:
    """Return the folder of the sockets: DATA/run, or a short one in the temporary folder named after DATA."""
    folder = data / "run"
    if len(str(folder).encode()) + _LONGEST_NAME <= _LONGEST:
        return folder
    name = hashlib.sha256(str(data).encode()).hexdigest()[:16]
    return _SHORT / f"lightline-{name}"


def clear(data: Path) -> None:
    """Take away the folder of the sockets, after the servers have stopped."""
    folder = socket_folder(data)
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


def database_url(data: Path) -> str:
    return f"postgresql://lightline@/lightline?host={quote(str(socket_folder(data)), safe='')}"


def redis_url(data: Path) -> str:
    return f"unix://{quote(str(socket_folder(data)))}/valkey.sock"
