"""`lightline import` as an operator and a program meet it."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from cli.__main__ import main
from kernel.db import Database
from tests.importing.folders import NOW, more, rows_stored, write_folder


@pytest.fixture
def command(db: Database, database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of an installation on the run's own servers; returns a folder to work in."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("LIGHTLINE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LIGHTLINE_LANGUAGE", "en")
    for module in ("cli.importing", "cli.seed"):
        monkeypatch.setattr(f"{module}.utc_now", lambda: NOW)
    return tmp_path


def _run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(words)
    return int(ended.value.code or 0)


def test_a_sound_folder_exits_with_nought_and_prints_what_was_done(
    command: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_folder(command / "in")
    assert _run("import", str(folder), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["imported"]["customers"] == 3
    assert said["unchanged"]["customers"] == 0
    assert said["control_totals"]["opening_balances_minor"] == 9642
    assert said["dry_run"] is False
    assert _run("import", str(folder)) == 0
    assert "unchanged" in capsys.readouterr().out


def test_a_dry_run_says_so(command: Path, db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("import", str(write_folder(command / "in")), "--dry-run") == 0
    assert "nothing was changed" in capsys.readouterr().out
    assert rows_stored(db)["customer"] == 0


def test_faults_exit_with_two_and_are_json_for_a_program(
    command: Path, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_folder(command / "in", stations=more("stations", "S3,,x"), deposits=more("deposits", "D9,77,1"))
    assert _run("import", str(folder), "--json") == 2
    assert json.loads(capsys.readouterr().out) == {
        "errors": [
            {
                "file": "stations.csv", "line": 4, "field": "name", "code": "missing_value",
                "message": "A value is needed here.",
            },
            {
                "file": "deposits.csv", "line": 3, "field": "account", "code": "unknown_reference",
                "message": "77 is neither in the folder nor stored.",
            },
        ]
    }  # fmt: skip
    assert _run("import", str(folder)) == 2
    assert "stations.csv:4:name: A value is needed here." in capsys.readouterr().err
    assert rows_stored(db)["station"] == 0


def test_a_county_is_seeded_from_the_command_line_with_its_digest(
    command: Path, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("seed", "--customers", "20", "--seed", "4", "--until", "2026-06", "--json", "--digest") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["customers"], said["until"], len(said["digest"])) == (20, "2026-06", 64)
    assert _run("seed", "--customers", "20", "--seed", "4", "--digest") == 0
    assert capsys.readouterr().out.strip() == said["digest"]
    with db.read() as reader:
        assert reader.execute(text("SELECT count(*) FROM agent")).scalar_one() == 2


def test_a_bad_month_is_refused(command: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("seed", "--until", "June", "--json") == 2
    assert json.loads(capsys.readouterr().out)["errors"][0]["field"] == "until"
