"""Payments survive having everything killed under them: the trial, small (its full run is the closing figure)."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_payments_survive_kills_of_every_process() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "trials", "payments", "--kills", "8", "--size", "25", "--seed", "3", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=420,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr[-4_000:]
    report = json.loads(run.stdout)
    assert report["unsound"] == []
    assert report["kills"] == sum(report["killed"].values()) == 8
    assert {report[name] for name in ("payers", "settled", "receipts", "texts")} == {25}
    assert {report[name] for name in ("lost", "untold", "doubled", "open_minor")} == {0}
    assert report["survived"] is True
