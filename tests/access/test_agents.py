"""Agents, their passwords and second factors, and the sessions they open."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from kernel.actor import SYSTEM
from kernel.db import Database
from kernel.faults import Fault
from services.access import agents
from services.access.sessions import find_session, list_devices, open_session, revoke_all, revoke_session
from services.access.totp import STEP_SECONDS, code_at, enrolment_uri, matching_step, new_secret
from services.journeys.sign_in_agent import Entered, SignInRefused, sign_in_agent
from tests.factories import NOW, make_station

PASSWORD = "rather-a-long-one"


@pytest.fixture
def secret(db: Database) -> str:
    with db.transaction() as session:
        make_station(session, "NORTH")
    return _add(db, "mei")


def _add(db: Database, username: str, **changed: object) -> str:
    values: dict[str, object] = {
        "name": "Mei", "password": PASSWORD, "stations": ["NORTH"], "roles": ["agent"], "language": "en", "now": NOW,
    }  # fmt: skip
    with db.transaction() as session:
        return agents.add_agent(session, actor=SYSTEM, username=username, **(values | changed))  # type: ignore[arg-type]


def _enter(db: Database, secret: str, steps: int = 0, password: str = PASSWORD, drift: int = 0) -> Entered:
    now = NOW + timedelta(seconds=STEP_SECONDS * steps)
    code = code_at(secret, now + timedelta(seconds=STEP_SECONDS * drift))
    return sign_in_agent(db, username="mei", password=password, code=code, device="Desk", request_id="r", now=now)


def test_the_right_three_open_a_session_with_stations_and_roles(db: Database, secret: str) -> None:
    living = _enter(db, secret).session
    with db.read() as reader:
        north = reader.scalar(text("SELECT id FROM station WHERE code = 'NORTH'"))
    assert (living.label, living.roles, living.stations) == ("Mei", frozenset({"agent"}), frozenset({north}))


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_a_clock_may_be_one_step_off(db: Database, secret: str, drift: int) -> None:
    assert _enter(db, secret, drift=drift).token


@pytest.mark.parametrize("drift", [-2, 2])
def test_a_clock_two_steps_off_is_refused(db: Database, secret: str, drift: int) -> None:
    with pytest.raises(SignInRefused):
        _enter(db, secret, drift=drift)


def test_a_used_code_and_every_older_one_is_refused(db: Database, secret: str) -> None:
    _enter(db, secret)
    for drift in (0, -1):
        with pytest.raises(SignInRefused):
            _enter(db, secret, drift=drift)
    assert _enter(db, secret, steps=1).token


def test_a_wrong_password_does_not_use_the_code_up(db: Database, secret: str) -> None:
    with pytest.raises(SignInRefused):
        _enter(db, secret, password="wrong-password")
    assert _enter(db, secret).token


def test_of_two_at_once_with_one_code_one_enters(db: Database, secret: str) -> None:
    def attempt(_number: int) -> bool:
        try:
            return bool(_enter(db, secret).token)
        except SignInRefused:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(4))) == 1


def test_a_disabled_agent_is_out_at_once_and_stays_out(db: Database, secret: str) -> None:
    token = _enter(db, secret).token
    with db.transaction() as session:
        agents.disable_agent(session, actor=SYSTEM, username="mei", now=NOW)
    with db.read() as reader:
        assert find_session(reader, "agent", token, now=NOW) is None
    with pytest.raises(SignInRefused):
        _enter(db, secret, steps=1)


def test_a_new_password_ends_every_session_and_the_old_password(db: Database, secret: str) -> None:
    token = _enter(db, secret).token
    with db.transaction() as session:
        agents.reset_password(session, actor=SYSTEM, username="mei", password="another-long-one", now=NOW)
    with db.read() as reader:
        assert find_session(reader, "agent", token, now=NOW) is None
    with pytest.raises(SignInRefused):
        _enter(db, secret, steps=1)
    assert _enter(db, secret, steps=1, password="another-long-one").token


def test_a_new_second_factor_makes_the_old_one_useless(db: Database, secret: str) -> None:
    token = _enter(db, secret).token
    with db.transaction() as session:
        fresh = agents.reset_second_factor(session, actor=SYSTEM, username="mei", now=NOW)
    with db.read() as reader:
        assert find_session(reader, "agent", token, now=NOW) is None
        assert agents.current_code(reader, "mei", NOW) == code_at(fresh, NOW)
    with pytest.raises(SignInRefused):
        _enter(db, secret, steps=1)
    assert _enter(db, fresh).token


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"password": "short"}, "weak_password"),
        ({"stations": ["NORTH", "NOWHERE"]}, "unknown_station"),
        ({"roles": ["king"]}, "unknown_role"),
    ],
)
def test_a_bad_agent_is_refused_whole(db: Database, secret: str, changed: dict[str, object], code: str) -> None:
    with pytest.raises(Fault) as refused:
        _add(db, "li", **changed)
    assert refused.value.code == code
    with db.read() as reader:
        assert [row.username for row in agents.list_agents(reader)] == ["mei"]


@pytest.mark.parametrize("username", ["", "A", "1st", "with space", "x" * 40, "mei'"])
def test_a_user_name_is_plain(db: Database, secret: str, username: str) -> None:
    with pytest.raises(agents.BadUsername):
        _add(db, username)


def test_a_user_name_is_taken_once(db: Database, secret: str) -> None:
    with pytest.raises(agents.UsernameTaken):
        _add(db, "mei")


def test_the_secret_is_sealed_in_the_table(db: Database, secret: str) -> None:
    with db.read() as reader:
        stored = bytes(reader.scalar(text("SELECT totp_secret FROM agent")))
    assert secret.encode() not in stored


def test_the_enrolment_address_names_the_utility_and_the_agent() -> None:
    uri = enrolment_uri("JBSWY3DPEHPK3PXPJBSWY3DP", username="mei", issuer="Qingshui Power")
    assert uri == "otpauth://totp/Qingshui%20Power:mei?secret=JBSWY3DPEHPK3PXPJBSWY3DP&issuer=Qingshui%20Power"


def test_a_code_that_is_none_matches_no_step() -> None:
    for code in ("", "1", "abcdef", "١٢٣٤٥٦", "1234567"):
        assert matching_step(new_secret(), code, NOW) is None


def test_devices_are_listed_and_signed_out_one_by_one_or_all_but_this(db: Database, secret: str) -> None:
    here = _enter(db, secret).session
    with db.transaction() as session:
        for number in range(3):
            open_session(
                session,
                "agent",
                principal_id=here.principal_id,
                epoch=1,
                device=f"D{number}",
                now=NOW + timedelta(hours=1),
            )
    later = NOW + timedelta(minutes=29)
    with db.transaction() as session:
        devices = list_devices(session, "agent", here.principal_id, now=later)
        assert {device.device for device in devices} == {"D0", "D1", "D2", "Desk"}
        assert revoke_session(session, "agent", here.principal_id, session_id=devices[0].session_id, now=later)
        assert not revoke_session(session, "agent", here.principal_id + 1, session_id=here.session_id, now=later)
        assert not revoke_session(session, "customer", here.principal_id, session_id=here.session_id, now=later)
        assert revoke_all(session, "agent", here.principal_id, now=later, keep_session_id=here.session_id) == 2
        (kept,) = list_devices(session, "agent", here.principal_id, now=later)
    assert kept.session_id == here.session_id


def test_a_session_of_one_kind_is_none_of_the_other(db: Database, secret: str) -> None:
    token = _enter(db, secret).token
    with db.read() as reader:
        assert find_session(reader, "customer", token, now=NOW) is None
        assert find_session(reader, "agent", token, now=NOW) is not None


def test_a_customers_session_idles_for_thirty_days(db: Database) -> None:
    with db.transaction() as session:
        sign_in = session.scalar(
            text("INSERT INTO sign_in (phone, phone_hash, language, created_at) VALUES ('x','x','en',:n) RETURNING id"),
            {"n": NOW},
        )
        assert sign_in is not None
        token, _ = open_session(session, "customer", principal_id=sign_in, epoch=1, device="", now=NOW)
    with db.read() as reader:
        assert find_session(reader, "customer", token, now=NOW + timedelta(days=29)) is not None
        assert find_session(reader, "customer", token, now=NOW + timedelta(days=58)) is not None
        assert find_session(reader, "customer", token, now=NOW + timedelta(days=89)) is None
