"""Who looked at an account: every look of staff and of people let in is on record, and its owner can read it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from kernel.db import Reader
from kernel.i18n import N_
from services.access.roles import role_word

# action in the audit -> what was seen, in the customer's words.
LOOKS = {
    "view_customer": N_("Opened your account"),
    "view_account": N_("Opened your account"),
    "view_bill": N_("Opened a bill"),
    "view_bill_pdf": N_("Opened a bill as a PDF"),
    "view_payment": N_("Opened a payment"),
    "reveal_phone": N_("Looked at your phone number"),
    "reveal_identity": N_("Looked at your identity number"),
    "prove_identity": N_("Checked who was calling"),
}
_LET_IN = N_("Somebody you let in")
# A page that is opened again and again during one call is one look to the person who reads about it.
_ONE_CALL = timedelta(minutes=30)


@dataclass(frozen=True)
class Look:
    """`role` and `what` are msgids; `times` looks of one person at one thing, the last of them at `at`."""

    at: datetime
    label: str
    role: str
    what: str
    action: str
    subject: str
    times: int


_ROWS = text("""
    SELECT e.at, e.actor_kind, e.actor_label, e.action, e.subject_id, a.roles
    FROM audit_entry e LEFT JOIN agent a ON a.id = e.actor_id AND e.actor_kind = 'agent'
    WHERE e.account_id = :account AND e.action = ANY(:actions) ORDER BY e.at DESC, e.id DESC LIMIT :n
""")


def who_looked(reader: Reader, account_id: int, limit: int = 50) -> tuple[Look, ...]:
    """Return who looked at the account, newest first; looks of one call are told as one. One statement."""
    rows = reader.execute(_ROWS, {"account": account_id, "actions": list(LOOKS), "n": limit * 4})
    return gather_looks(tuple(row) for row in rows)[:limit]


def gather_looks(rows: Iterable[tuple[Any, ...]]) -> tuple[Look, ...]:
    """Return looks from rows of at, actor_kind, actor_label, action, subject_id, roles (newest first)."""
    looks: list[Look] = []
    for at, kind, label, action, subject, roles in rows:
        look = Look(at, label, role_word(roles) if kind == "agent" else _LET_IN, LOOKS[action], action, subject, 1)
        same = next((i for i, known in enumerate(looks) if _one_call(known, look)), None)
        if same is None:
            looks.append(look)
        else:
            looks[same] = replace(looks[same], times=looks[same].times + 1)
    return tuple(looks)


def _one_call(later: Look, earlier: Look) -> bool:
    same = (later.label, later.what, later.subject) == (earlier.label, earlier.what, earlier.subject)
    return same and later.at - earlier.at <= _ONE_CALL
