"""`lightline agent`: who may enter, told once, in words for people and in JSON for programs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

import cli.agent
from kernel.db import Database
from kernel.faults import Fault
from services.access.agents import find_credentials, list_agents
from services.access.passwords import verify_password
from tests.factories import make_station


@pytest.fixture(autouse=True)
def installed(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = SimpleNamespace(utility_name="清水县供电公司", utility_name_en="Qingshui Power", zone="Asia/Shanghai")

    @contextmanager
    def installation(_data: Any) -> Iterator[Any]:
        yield settings, SimpleNamespace(db=db)

    monkeypatch.setattr(cli.agent, "installation", installation)
    with db.transaction() as session:
        make_station(session, "NORTH")


def _run(*words: str) -> Result:
    return CliRunner().invoke(cli.agent.agent, list(words), catch_exceptions=True)


def _add(*more: str) -> Result:
    return _run("add", "mei", "--name", "Mei", "--station", "NORTH", "--role", "supervisor", *more)


def test_an_added_agent_is_told_password_and_second_factor_once(db: Database) -> None:
    told = json.loads(_add("--json").output)
    assert told["otpauth_uri"].startswith("otpauth://totp/Qingshui%20Power:mei?secret=")
    with db.read() as reader:
        known = find_credentials(reader, "mei")
    assert known is not None
    assert verify_password(known.password_hash, told["password"])
    assert f"secret={known.totp_secret}" in told["otpauth_uri"]
    assert known.roles == {"supervisor"}


def test_a_person_is_shown_a_code_to_scan(db: Database) -> None:
    said = _add("--generate-password").output
    assert "█" in said
    assert "otpauth://totp/" in said


def test_a_refusal_names_the_option(db: Database) -> None:
    refused = _run("add", "mei", "--name", "Mei", "--station", "NOWHERE", "--json").exception
    assert isinstance(refused, Fault)
    assert (refused.code, refused.field) == ("unknown_station", "station")
    with db.read() as reader:
        assert list_agents(reader) == ()


def test_the_list_tells_no_secret(db: Database) -> None:
    told = json.loads(_add("--json").output)
    listed = _run("list", "--json").output
    assert json.loads(listed)[0]["stations"] == ["NORTH"]
    assert told["password"] not in listed
    assert told["otpauth_uri"].split("secret=")[1].split("&")[0] not in listed
    assert "mei" in _run("list").output


def test_password_second_factor_and_entry_can_be_renewed_and_ended(db: Database) -> None:
    first = json.loads(_add("--json").output)
    password = json.loads(_run("reset-password", "mei", "--json").output)["password"]
    uri = json.loads(_run("reset-second-factor", "mei", "--json").output)["otpauth_uri"]
    assert password != first["password"]
    assert uri != first["otpauth_uri"]
    with db.read() as reader:
        known = find_credentials(reader, "mei")
    assert known is not None
    assert verify_password(known.password_hash, password)
    assert _run("disable", "mei").exit_code == 0
    with db.read() as reader:
        assert find_credentials(reader, "mei") is None


def test_an_unknown_agent_is_refused() -> None:
    for command in ("disable", "reset-password", "reset-second-factor"):
        refused = _run(command, "nobody").exception
        assert isinstance(refused, Fault)
        assert refused.code == "no_such_agent"
