"""An agent enters: user name, password and a code of the second factor, judged together, refused with one sentence."""

from dataclasses import dataclass
from datetime import datetime

from kernel.actor import Actor
from kernel.audit import record
from kernel.crypto import keyed_hash
from kernel.db import Database
from kernel.faults import Fault
from kernel.i18n import N_
from services.access.agents import Credentials, find_credentials, use_step
from services.access.passwords import verify_password
from services.access.sessions import LivingSession, find_session, open_session
from services.access.totp import matching_step, new_secret


class SignInRefused(Fault):
    code = "sign_in_refused"
    status = 403
    message = N_("User name, password and code do not fit together. A code opens only once: wait for the next one.")


@dataclass(frozen=True, repr=False)
class Entered:
    token: str
    session: LivingSession


def sign_in_agent(
    db: Database, *, username: str, password: str, code: str, device: str, request_id: str, now: datetime
) -> Entered:
    """Open an agent's session. Raises SignInRefused, after the same work and with the same words whatever was wrong.

    The door limits the rate before it calls: every call costs a password hash. No transaction is open meanwhile.
    """
    with db.read() as reader:
        known = find_credentials(reader, username)
    password_fits = verify_password(known.password_hash if known else None, password)
    step = matching_step(known.totp_secret if known else new_secret(), code, now)
    with db.transaction() as session:
        if known is not None and password_fits and step is not None and use_step(session, known.agent_id, step):
            token, _ = open_session(
                session, "agent", principal_id=known.agent_id, epoch=known.epoch, device=device, now=now
            )
            record(session, _actor(known, request_id), "sign_in", subject=("agent", known.username), now=now)
            living = find_session(session, "agent", token, now=now)
            if living is not None:
                return Entered(token, living)
    with db.transaction() as session:
        # The name as typed may be a password in the wrong field: only its keyed hash is kept.
        record(
            session,
            Actor(kind="agent", request_id=request_id),
            "refuse_sign_in",
            subject=("username", keyed_hash("username", username).hex()),
            now=now,
        )
    raise SignInRefused()


def _actor(known: Credentials, request_id: str) -> Actor:
    return Actor(kind="agent", id=known.agent_id, label=known.name, roles=known.roles, request_id=request_id)
