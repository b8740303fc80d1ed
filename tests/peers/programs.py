"""Starting the peers: each a process of its own on a free loopback port, gone when the test is over."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".lightline-peers"
BIN = FOLDER / "npm" / "node_modules" / ".bin"
LOCALSTRIPE = FOLDER / "localstripe" / "bin" / "localstripe"
TWILIO_DESCRIPTION = FOLDER / "twilio" / "package/src/services/twilio-api/twilio_api_v2010.json"
PATIENCE = 60.0


def install() -> None:
    """Install what is missing; the first time takes a minute or two and needs a package registry."""
    subprocess.run([ROOT / "tests" / "peers" / "install", FOLDER], check=True, cwd=ROOT, timeout=900)


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@contextmanager
def running(command: Sequence[str | Path], port: int, folder: Path) -> Iterator[str]:
    """Run a program until it answers on its port; yields its address and ends its whole process group."""
    log = folder / f"peer-{port}.log"
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, cwd=folder, env=environment, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(process, address, log)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the peer did not answer: {log.read_text(errors='replace')[-2000:]}")
