"""Callbacks that a vendor owes us: rows in the file, delivered at least once, tried again until we take them.

Stripe tries for up to three days with growing pauses (docs.stripe.com/webhooks, "Retries"); Twilio's are the same here,
as its connection overrides allow. The pauses are shortened so that a demo need not wait for hours. A delivery is
claimed for `LEASE` seconds: killed meanwhile, it is delivered again.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import urllib3

from backends.simulators import switches
from backends.simulators.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT, vendor TEXT NOT NULL, subject TEXT NOT NULL, url TEXT NOT NULL,
    body BLOB NOT NULL, signer TEXT NOT NULL, content_type TEXT NOT NULL, created_at REAL NOT NULL,
    due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waiting', answer TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (due_at) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS delivery_subject ON delivery (subject);
"""

AT_ONCE = 16
LEASE = 20.0
REORDER_GAP = 0.4
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
GIVE_UP_AFTER = timedelta(days=3)

# Makes the headers that prove who sent a body: (address, body, instant) -> headers.
Signer = Callable[[str, bytes, datetime], Mapping[str, str]]


@dataclass(frozen=True)
class Owed:
    """A callback to make. `subject` is what it is about: an event's id, a message's sid and status."""

    subject: str
    url: str
    body: bytes
    content_type: str


def owe(db: sqlite3.Connection, vendor: str, callbacks: Sequence[Owed], now: datetime) -> None:
    """Note callbacks to make, in this order unless the vendor's switches say otherwise."""
    said = switches.all_values(db)
    if said[f"{vendor}.reorder"]:
        callbacks = list(reversed(callbacks))
    for place, callback in enumerate(callbacks):
        due = now.timestamp() + said[f"{vendor}.delay"] + (REORDER_GAP * place if said[f"{vendor}.reorder"] else 0)
        if said[f"{vendor}.forge"]:
            _insert(db, vendor, callback, f"{vendor}-forged", now, due, 0)
        for _copy in range(1 + int(said[f"{vendor}.copies"])):
            _insert(db, vendor, callback, vendor, now, due, int(said[f"{vendor}.drop"]))


def _insert(
    db: sqlite3.Connection, vendor: str, callback: Owed, signer: str, now: datetime, due: float, drop: int
) -> None:
    db.execute(
        "INSERT INTO delivery (vendor, subject, url, body, signer, content_type, created_at, due_at, dropped)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            vendor,
            callback.subject,
            callback.url,
            callback.body,
            signer,
            callback.content_type,
            now.timestamp(),
            due,
            drop,
        ),
    )


class Deliverer:
    """Makes the callbacks that are due. `via` replaces the origin connected to, never the one that is signed."""

    def __init__(self, store: Store, signers: Mapping[str, Signer], *, via: str | None = None):
        self._store = store
        self._signers = signers
        self._via = via.rstrip("/") if via else None
        self._http = urllib3.PoolManager(
            maxsize=AT_ONCE, retries=False, timeout=urllib3.Timeout(connect=2.0, read=LEASE / 2)
        )
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="deliver")

    def deliver_due(self, now: datetime) -> int:
        """Make every callback that is due now, several at once; returns how many were tried."""
        with self._store.write() as db:
            claimed = db.execute(
                "UPDATE delivery SET attempts = attempts + 1, due_at = ? WHERE id IN (SELECT id FROM delivery"
                " WHERE state = 'waiting' AND due_at <= ? ORDER BY due_at, id LIMIT ?) RETURNING *",
                (now.timestamp() + LEASE, now.timestamp(), AT_ONCE * 2),
            ).fetchall()
        claimed.sort(key=lambda row: int(row["id"]))
        answers = list(self._threads.map(lambda row: self._post(row, now), claimed))
        if claimed:
            with self._store.write() as db:
                for row, answer in zip(claimed, answers, strict=True):
                    _note(db, row, answer, now)
        return len(claimed)

    def _post(self, row: sqlite3.Row, now: datetime) -> str:
        """Return the answer's status, or what went wrong."""
        if row["attempts"] <= row["dropped"]:
            return "lost"
        url = str(row["url"]).partition("#")[0]
        try:
            headers = {"Content-Type": row["content_type"], "Host": urlsplit(url).netloc}
            headers |= self._signers[row["signer"]](url, row["body"], now)
            answer = self._http.request(
                "POST", self._reached_at(url), body=row["body"], headers=headers, redirect=False
            )
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            # ValueError: an address that is none; it must not hold up the others.
            return type(error).__name__
        return str(answer.status)

    def _reached_at(self, url: str) -> str:
        if self._via is None:
            return url
        parts = urlsplit(url)
        return self._via + parts.path + (f"?{parts.query}" if parts.query else "")

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._http.clear()


def _note(db: sqlite3.Connection, row: sqlite3.Row, answer: str, now: datetime) -> None:
    if answer.startswith("2"):
        state, due = "done", row["due_at"]
    elif row["signer"].endswith("-forged"):
        state, due = "refused", row["due_at"]
    elif now.timestamp() - row["created_at"] > GIVE_UP_AFTER.total_seconds():
        state, due = "given_up", row["due_at"]
    else:
        pause = min(FIRST_PAUSE * 2 ** min(row["attempts"] - 1, 10), LONGEST_PAUSE)
        state, due = "waiting", now.timestamp() + pause
    db.execute("UPDATE delivery SET state = ?, answer = ?, due_at = ? WHERE id = ?", (state, answer, due, row["id"]))


def send_again(db: sqlite3.Connection, delivery_id: int, now: datetime) -> None:
    """Owe a delivery once more, whatever became of it."""
    db.execute(
        "UPDATE delivery SET state = 'waiting', due_at = ?, dropped = 0 WHERE id = ?", (now.timestamp(), delivery_id)
    )
