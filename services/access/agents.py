"""Members of staff: added, disabled and renewed by an operator; found by the door that lets them in."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.audit import record
from kernel.crypto import unseal
from kernel.db import Reader, violates
from kernel.faults import Fault, NotFound
from kernel.i18n import N_
from services.access.models import Agent
from services.access.passwords import hash_password
from services.access.roles import ROLES
from services.access.sessions import revoke_all
from services.access.totp import code_at, new_secret

LEAST_PASSWORD = 12
_USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")
# Without letters and digits that people mix up when they copy from a screen.
_READABLE = "23456789abcdefghjkmnpqrstuvwxyz"


class BadUsername(Fault):
    code = "bad_username"
    message = N_(
        "A user name has 2 to 32 small letters, digits, dots, dashes or underscores, and begins with a letter."
    )


class UsernameTaken(Fault):
    code = "username_taken"
    status = 409
    message = N_("There is an agent named %(username)s already.")


class WeakPassword(Fault):
    code = "weak_password"
    message = N_("An agent's password has at least %(least)s characters.")


class UnknownRole(Fault):
    code = "unknown_role"
    message = N_("There is no role %(role)s. The roles are: %(roles)s.")


class UnknownStation(Fault):
    code = "unknown_station"
    message = N_("There is no station %(station)s.")


class NoSuchAgent(NotFound):
    code = "no_such_agent"
    message = N_("There is no agent named %(username)s.")


@dataclass(frozen=True)
class AgentRow:
    agent_id: int
    username: str
    name: str
    roles: tuple[str, ...]
    stations: tuple[str, ...]
    language: str
    disabled_at: datetime | None


@dataclass(frozen=True, repr=False)
class Credentials:
    """What the sign-in compares; never logged, never shown."""

    agent_id: int
    username: str
    name: str
    password_hash: str
    totp_secret: str
    epoch: int
    language: str
    roles: frozenset[str]


def new_password() -> str:
    """Return a random password that can be read out and typed: four groups of five, 99 bits."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(5)) for _ in range(4))


def add_agent(
    session: Session,
    *,
    actor: Actor,
    username: str,
    name: str,
    password: str,
    stations: Sequence[str],
    roles: Sequence[str],
    language: str,
    now: datetime,
) -> str:
    """Add an agent who sees these stations' customers (codes); returns the secret of the second factor, told once.

    Raises BadUsername, UsernameTaken, WeakPassword, UnknownRole, UnknownStation.
    """
    if not _USERNAME.fullmatch(username):
        raise BadUsername(field="username")
    _check_password(password)
    for role in roles:
        if role not in ROLES:
            raise UnknownRole(role=role, roles=", ".join(ROLES), field="role")
    station_ids = _station_ids(session, stations)
    secret = new_secret()
    try:
        with session.begin_nested():
            agent_id = session.scalar(
                insert(Agent)
                .values(
                    username=username,
                    name=name,
                    password_hash=hash_password(password),
                    totp_secret=secret,
                    roles=list(roles),
                    language=language,
                    created_at=now,
                )
                .returning(Agent.id)
            )
    except IntegrityError as error:
        if violates(error, "uq_agent_username"):
            raise UsernameTaken(username=username, field="username") from None
        raise
    session.execute(
        text("INSERT INTO agent_station (agent_id, station_id) SELECT :agent, unnest(CAST(:stations AS bigint[]))"),
        {"agent": agent_id, "stations": station_ids},
    )
    record(
        session, actor, "add_agent", subject=("agent", username), now=now, roles=list(roles), stations=list(stations)
    )
    return secret


def disable_agent(session: Session, *, actor: Actor, username: str, now: datetime) -> None:
    """Let the agent in no more and end every session of theirs. Raises NoSuchAgent."""
    agent_id = _change(session, username, "disabled_at = COALESCE(disabled_at, :now)", now=now)
    revoke_all(session, "agent", agent_id, now=now)
    record(session, actor, "disable_agent", subject=("agent", username), now=now)


def reset_password(session: Session, *, actor: Actor, username: str, password: str, now: datetime) -> None:
    """Give a new password and end every session. Raises NoSuchAgent, WeakPassword."""
    _check_password(password)
    agent_id = _change(session, username, "password_hash = :hash", hash=hash_password(password))
    revoke_all(session, "agent", agent_id, now=now)
    record(session, actor, "reset_password", subject=("agent", username), now=now)


def reset_second_factor(session: Session, *, actor: Actor, username: str, now: datetime) -> str:
    """Give a new secret (returned, told once) and end every session. Raises NoSuchAgent."""
    secret = new_secret()
    agent = session.scalar(select(Agent).where(Agent.username == username).with_for_update())
    if agent is None:
        raise NoSuchAgent(username=username, field="username")
    agent.totp_secret, agent.totp_last_step, agent.epoch = secret, 0, agent.epoch + 1
    session.flush()
    revoke_all(session, "agent", agent.id, now=now)
    record(session, actor, "reset_second_factor", subject=("agent", username), now=now)
    return secret


def list_agents(reader: Reader) -> tuple[AgentRow, ...]:
    rows = reader.execute(
        text(
            "SELECT a.id, a.username, a.name, a.roles, a.language, a.disabled_at, ARRAY(SELECT s.code"
            " FROM agent_station x JOIN station s ON s.id = x.station_id WHERE x.agent_id = a.id ORDER BY s.code)"
            " AS stations"
            " FROM agent a ORDER BY a.username"
        )
    )
    return tuple(
        AgentRow(r.id, r.username, r.name, tuple(r.roles), tuple(r.stations), r.language, r.disabled_at) for r in rows
    )


def find_credentials(reader: Reader, username: str) -> Credentials | None:
    """Return what to compare a sign-in with; None for an unknown or disabled agent."""
    row = reader.execute(
        text(
            "SELECT id, username, name, password_hash, totp_secret, epoch, language, roles FROM agent"
            " WHERE username = :username AND disabled_at IS NULL"
        ),
        {"username": username},
    ).first()
    if row is None:
        return None
    return Credentials(
        row.id, row.username, row.name, row.password_hash, unseal(bytes(row.totp_secret)), row.epoch, row.language,
        frozenset(row.roles),
    )  # fmt: skip


def use_step(session: Session, agent_id: int, step: int) -> bool:
    """Use up a code's time step; False when it, or a later one, was used before (of two at once, one wins)."""
    row = session.execute(
        text("UPDATE agent SET totp_last_step = :step WHERE id = :id AND totp_last_step < :step RETURNING id"),
        {"step": step, "id": agent_id},
    ).first()
    return row is not None


def current_code(reader: Reader, username: str, now: datetime) -> str | None:
    """Return the code an authenticator would show now: for the demo's page of log-ins alone."""
    found = find_credentials(reader, username)
    return None if found is None else code_at(found.totp_secret, now)


def _check_password(password: str) -> None:
    if len(password) < LEAST_PASSWORD:
        raise WeakPassword(least=LEAST_PASSWORD, field="password")


def _station_ids(session: Session, codes: Sequence[str]) -> list[int]:
    rows = session.execute(text("SELECT code, id FROM station WHERE code = ANY(:codes)"), {"codes": list(codes)})
    known = {row.code: row.id for row in rows}
    for code in codes:
        if code not in known:
            raise UnknownStation(station=code, field="station")
    return list(known.values())


def _change(session: Session, username: str, change: str, **values: object) -> int:
    agent_id = session.scalar(
        text(f"UPDATE agent SET {change}, epoch = epoch + 1 WHERE username = :username RETURNING id"),
        {"username": username, **values},
    )
    if agent_id is None:
        raise NoSuchAgent(username=username, field="username")
    return int(agent_id)
