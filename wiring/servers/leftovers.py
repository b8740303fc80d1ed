"""What outlived its supervisor is ended before a new server starts on the same files."""

import contextlib
import os
import signal
import time
from pathlib import Path

_PROC = Path("/proc")


def end_leftover(pid_file: Path, program: str) -> None:
    """End the process that the file names, if it is that program: first as it likes to be ended. A number that another
    process has by now is left alone."""
    try:
        pid = int(pid_file.read_text().splitlines()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    for word, patience in ((signal.SIGINT, 8.0), (signal.SIGQUIT, 4.0), (signal.SIGKILL, 2.0)):
        if not _runs(pid, program):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, word)
        _wait_for_end(pid, program, patience)


def end_workers_in(folder: Path) -> bool:
    """Kill what still works in a folder (a killed server's children), and say whether nobody does: False when this
    system cannot tell."""
    if not (_PROC / "self").exists():
        return False
    for _ in range(100):
        found = [pid for pid in _pids() if _works_in(pid, folder)]
        if not found:
            return True
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    return False


def _pids() -> list[int]:
    return [int(path.name) for path in _PROC.iterdir() if path.name.isdigit() and int(path.name) != os.getpid()]


def _works_in(pid: int, folder: Path) -> bool:
    with contextlib.suppress(OSError):
        return (_PROC / str(pid) / "cwd").readlink() == folder
    return False


def _runs(pid: int, program: str) -> bool:
    """Say whether the process is alive and is the program; where there is no /proc, a live one counts."""
    if not (_PROC / "self").exists():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0)
            return True
        return False
    with contextlib.suppress(OSError):
        zombie = (_PROC / str(pid) / "stat").read_text().rpartition(") ")[2].startswith("Z")
        return not zombie and program.encode() in (_PROC / str(pid) / "cmdline").read_bytes()
    return False


def _wait_for_end(pid: int, program: str, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and _runs(pid, program):
        time.sleep(0.05)
