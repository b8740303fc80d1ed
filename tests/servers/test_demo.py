"""`lightline demo` as a newcomer meets it: a taken port, log-ins in a file, a kill, Ctrl-C, and the same again."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0


class Demo:
    """One `lightline demo`, its output in a file."""

    def __init__(self, data: Path, port: int):
        self.data = data
        self.output = data.with_suffix(".out")
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cli", "demo", "--data", str(data), "--port", str(port), "--customers", "20"],
                cwd=ROOT,
                stdout=output,
                stderr=output,
                env=os.environ | {"LIGHTLINE_LANGUAGE": "en", "LIGHTLINE_WORKERS": "1"},
            )

    def stands(self) -> "Demo":
        """Wait until it says how to stop it."""
        self.wait(lambda: self.said().rstrip().endswith("Ctrl-C stops everything."))
        return self

    def said(self) -> str:
        return self.output.read_text()

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / "demo.json").read_text())
        return found

    def processes(self) -> list[int]:
        """Return every process that was started for the data folder, by what it was started with."""
        mark = f"LIGHTLINE_DATA={self.data}".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if mark in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
        return found

    def child(self, word: str) -> int:
        """Return the process with that word in its command whose parent is the demo itself."""
        for pid in self.processes():
            with contextlib.suppress(OSError):
                parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])
                if parent == self.process.pid and word in Path(f"/proc/{pid}/cmdline").read_text():
                    return pid
        return 0

    def wait(self, condition: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < ends, self.said()
            assert self.process.poll() is None, self.said()
            time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield int(other.getsockname()[1])


def lightline(data: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli", *words, "--data", str(data)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=os.environ | {"LIGHTLINE_LANGUAGE": "en"},
        check=False,
    )


def test_a_demo_from_its_first_start_to_its_second(tmp_path: Path, taken: int) -> None:
    demo = Demo(tmp_path / "data", taken).stands()
    try:
        assert f"Port {taken} is taken" in demo.said()
        addresses = demo.told()["addresses"]
        assert answers(addresses["health"])
        assert answers(addresses["simulators"])
        accounts = demo.told()["accounts"]

        other = lightline(demo.data, "demo")
        assert other.returncode == 1
        assert addresses["portal"].rstrip("/") in other.stdout
        books = lightline(demo.data, "ledger", "check", "--json")
        assert books.returncode == 0, books.stdout + books.stderr

        web = demo.child("wsgi:app")
        os.kill(web, signal.SIGKILL)
        demo.wait(lambda: demo.child("wsgi:app") not in {0, web} and answers(addresses["health"]))
        assert "web ended (signal 9); starting it again" in demo.said()

        began = time.monotonic()
        demo.process.send_signal(signal.SIGINT)
        assert demo.process.wait(timeout=30) == 0, demo.said()
        assert time.monotonic() - began < 10
        assert demo.processes() == []

        again = Demo(demo.data, taken)
        again.wait(lambda: again.said().count("Ctrl-C stops everything.") == 2)
        assert again.told()["accounts"] == accounts
        again.process.kill()
        again.process.wait()
        ends = time.monotonic() + 45  # beside other tests, the disk is busy
        while again.processes() and time.monotonic() < ends:
            time.sleep(0.1)
        assert again.processes() == []
        books = lightline(demo.data, "ledger", "check", "--json")  # starts the servers again, over what the kill left
        assert books.returncode == 0, books.stdout + books.stderr
    finally:
        for pid in demo.processes():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if demo.process.poll() is None:
            demo.process.kill()


def test_a_long_seeding_is_interrupted_in_time(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "data", 18_980)
    try:
        demo.wait((tmp_path / "data" / "county").exists)
        began = time.monotonic()
        demo.process.send_signal(signal.SIGINT)
        assert demo.process.wait(timeout=30) == 0, demo.said()
        assert time.monotonic() - began < 10
        assert demo.processes() == []
    finally:
        demo.process.kill()
