"""The supervisor over children that do nothing: what dies comes back, what is stopped is gone, whole families."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wiring.servers.supervisor import Child, NotReady, Supervisor

SLEEPER = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)
PARENT = """
import pathlib, subprocess, sys, time
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1]).write_text(str(other.pid))
time.sleep(600)
"""
RUNAWAY = PARENT.replace("])", "], start_new_session=True)", 1)


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def soon(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, lines: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path / "logs", os.environ, lines.append)
    yield supervisor
    supervisor.stop()


def pid_of(child: Child) -> int:
    assert child.pid is not None
    return child.pid


def test_a_killed_child_is_started_again_at_once(supervisor: Supervisor, lines: list[str]) -> None:
    child = Child("sleeper", python(SLEEPER))
    supervisor.start(child)
    first = pid_of(child)
    os.kill(first, signal.SIGKILL)
    assert soon(lambda: not alive(first))
    supervisor.watch(0.5)
    assert pid_of(child) != first
    assert lines == ["sleeper ended (signal 9); starting it again"]


def test_what_a_dead_child_leaves_of_its_group_is_killed(supervisor: Supervisor, tmp_path: Path) -> None:
    child = Child("parent", python(PARENT, tmp_path / "pid"), ready=(tmp_path / "pid").exists)
    supervisor.start(child)
    assert soon(lambda: (tmp_path / "pid").read_text() != "")
    grandchild = int((tmp_path / "pid").read_text())
    os.kill(pid_of(child), signal.SIGKILL)
    supervisor.watch(0.3)
    assert soon(lambda: not alive(grandchild))


def test_a_child_that_keeps_ending_is_named_with_the_end_of_its_log(supervisor: Supervisor) -> None:
    with pytest.raises(NotReady, match=r"(?s)broken did not start.*broken\.log.*no such key"):
        supervisor.start(Child("broken", python("raise SystemExit('no such key')"), ready=lambda: False))


def test_a_child_that_cannot_even_be_started_is_named_too(supervisor: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(NotReady, match=r"(?s)gone did not start.*No such file"):
        supervisor.start(Child("gone", [str(tmp_path / "nothing")]))


def test_children_that_keep_ending_wait_longer_each_time(supervisor: Supervisor, lines: list[str]) -> None:
    child = Child("broken", python("raise SystemExit(3)"))
    supervisor.children.append(child)
    supervisor.watch(2.0)
    assert 2 <= child.failures <= 5
    assert lines[0] == "broken ended (exit 3); starting it again"


def test_what_does_not_want_to_stop_is_killed_in_time_and_servers_stop_last(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    deaf = tmp_path / "logs" / "stubborn.log"
    server, client = Child("server", python(SLEEPER), server=True), Child("stubborn", python(STUBBORN))
    supervisor.start(server)
    supervisor.start(client)
    assert soon(lambda: "deaf" in deaf.read_text())
    pids = [pid_of(server), pid_of(client)]
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 10
    assert not any(alive(pid) for pid in pids)
    assert client.process is not None
    assert client.process.returncode == -signal.SIGKILL
    assert server.process is not None
    assert server.process.returncode == -signal.SIGTERM


def test_nothing_is_started_once_it_is_told_to_stop(supervisor: Supervisor) -> None:
    supervisor.tell_to_stop()
    child = Child("late", python(SLEEPER))
    supervisor.start(child)
    assert child.process is None


def test_a_task_runs_to_its_end_and_tells_how_it_went(supervisor: Supervisor) -> None:
    assert supervisor.run(Child("task", python("raise SystemExit(7)"))) == 7


def test_a_long_log_is_cut_and_keeps_one_older_part(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiring.servers.supervisor._LOG_LIMIT", 1000)
    loud = Child("loud", python("import time; print('x' * 5000, flush=True); time.sleep(600)"))
    log = tmp_path / "logs" / "loud.log"
    supervisor.start(loud)
    assert soon(lambda: log.stat().st_size > 1000)
    supervisor._looked_at_logs = -1000.0
    supervisor.check()
    assert log.stat().st_size == 0
    assert log.with_suffix(".log.1").stat().st_size > 1000


SUPERVISING = """
import os, pathlib, sys
from wiring.servers.supervisor import Child, Supervisor
folder = pathlib.Path(sys.argv[1])
supervisor = Supervisor(folder / "logs", os.environ, print)
supervisor.adopt_orphans()
family = [sys.executable, "-c", sys.argv[2], str(folder / "pid")]
supervisor.start(Child("parent", family, ready=(folder / "pid").exists))
(folder / "child").write_text(str(supervisor.children[0].pid))
if sys.argv[3] == "stop":
    supervisor.stop()
else:
    supervisor.watch()
"""


def supervising(tmp_path: Path, family: str, then: str) -> "subprocess.Popen[bytes]":
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen(python(SUPERVISING, tmp_path, family, then), cwd=root)


def test_kill_9_of_the_supervisor_takes_its_children_along(tmp_path: Path) -> None:
    process = supervising(tmp_path, PARENT, "watch")
    assert soon(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text() != "")
    child = int((tmp_path / "child").read_text())
    assert alive(child)
    process.kill()
    process.wait()
    gone = soon(lambda: not alive(child))
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert gone


def test_a_runaway_of_a_session_of_its_own_is_ended_with_the_rest(tmp_path: Path) -> None:
    assert supervising(tmp_path, RUNAWAY, "stop").wait(timeout=30) == 0
    assert not alive(int((tmp_path / "pid").read_text()))
    assert not alive(int((tmp_path / "child").read_text()))


def test_a_process_whose_parent_died_before_it_could_ask_ends_by_itself(tmp_path: Path) -> None:
    late = (
        "import os, pathlib, sys, time\n"
        "from wiring.servers.supervisor import die_with_parent\n"
        "here = pathlib.Path(sys.argv[1]); parent = os.getpid()\n"
        "if os.fork(): os._exit(0)\n"
        "while os.getppid() == parent: time.sleep(0.01)\n"
        "(here / 'orphan').write_text(str(os.getpid()))\n"
        "die_with_parent(parent=parent)\n"
        "(here / 'lived').write_text('on')\n"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run(python(late, tmp_path), cwd=root, check=True, timeout=30)
    assert soon(lambda: (tmp_path / "orphan").exists() and (tmp_path / "orphan").read_text() != "")
    orphan = int((tmp_path / "orphan").read_text())
    assert soon(lambda: not alive(orphan))
    assert not (tmp_path / "lived").exists()
