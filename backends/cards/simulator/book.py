"""The simulator's rows: checkouts, intents, events and late settlements, each object kept as Stripe would show it."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backends.cards.simulator.objects import new_event
from backends.simulators.config import SimulatorsConfig
from backends.simulators.deliveries import Owed, owe

SCHEMA = """
CREATE TABLE IF NOT EXISTS checkout (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, status TEXT NOT NULL, expires_at INTEGER NOT NULL,
    payment_intent TEXT, body TEXT NOT NULL, intent_data TEXT NOT NULL, lines TEXT NOT NULL,
    idempotency_key TEXT, settles_at REAL, settles_as TEXT
);
CREATE INDEX IF NOT EXISTS checkout_open ON checkout (expires_at) WHERE status = 'open';
CREATE INDEX IF NOT EXISTS checkout_settles ON checkout (settles_at) WHERE settles_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS intent (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, checkout_id TEXT NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS event (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, checkout_id TEXT NOT NULL,
    body TEXT NOT NULL
);
"""

Row = dict[str, Any]


class Book:
    """One transaction's view of the rows, with the events that its changes cause."""

    def __init__(self, db: sqlite3.Connection, config: SimulatorsConfig, now: datetime, request: Row | None = None):
        self.db = db
        self.now = int(now.timestamp())
        self._instant = now
        self._config = config
        self._request = request or {"id": None, "idempotency_key": None}
        self._told: list[tuple[str, str, str]] = []

    def add_session(self, session: Row, intent_data: Row, lines: Sequence[Row], key: str | None) -> None:
        self.db.execute(
            "INSERT INTO checkout (id, status, expires_at, body, intent_data, lines, idempotency_key)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (session["id"], "open", session["expires_at"], _text(session), _text(intent_data), _text(lines), key),
        )

    def session(self, id_: str) -> Row | None:
        row = self.db.execute("SELECT body FROM checkout WHERE id = ?", (id_,)).fetchone()
        return None if row is None else json.loads(row[0])

    def lines(self, id_: str) -> list[Row]:
        row = self.db.execute("SELECT lines FROM checkout WHERE id = ?", (id_,)).fetchone()
        return [] if row is None else json.loads(row[0])

    def intent_data(self, id_: str) -> Row:
        found: Row = json.loads(self.db.execute("SELECT intent_data FROM checkout WHERE id = ?", (id_,)).fetchone()[0])
        return found

    def intent(self, id_: str) -> Row | None:
        row = self.db.execute("SELECT body FROM intent WHERE id = ?", (id_,)).fetchone()
        return None if row is None else json.loads(row[0])

    def keep_session(self, session: Row) -> None:
        self.db.execute(
            "UPDATE checkout SET status = ?, payment_intent = ?, body = ? WHERE id = ?",
            (session["status"], session["payment_intent"], _text(session), session["id"]),
        )

    def keep_intent(self, intent: Row, checkout_id: str) -> None:
        self.db.execute(
            "INSERT INTO intent (id, checkout_id, body) VALUES (?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (intent["id"], checkout_id, _text(intent)),
        )

    def settle_later(self, checkout_id: str, at: float | None, outcome: str | None) -> None:
        self.db.execute("UPDATE checkout SET settles_at = ?, settles_as = ? WHERE id = ?", (at, outcome, checkout_id))

    def tell(self, type_: str, thing: Row, checkout_id: str) -> None:
        """Note an event; `send` owes it to our hook if that is one it asked for."""
        event = new_event(type_, thing, self.now, self._config.stripe_api_version, self._request)
        body = json.dumps(event, indent=2, ensure_ascii=False)
        self.db.execute(
            "INSERT INTO event (id, type, checkout_id, body) VALUES (?, ?, ?, ?)",
            (event["id"], type_, checkout_id, body),
        )
        self._told.append((event["id"], type_, body))

    def send(self) -> None:
        url = self._config.public_url.rstrip("/") + "/hooks/stripe"
        owed = [
            Owed(id_, url, body.encode(), "application/json; charset=utf-8")
            for id_, type_, body in self._told
            if type_ in self._config.stripe_events
        ]
        self._told.clear()
        owe(self.db, "cards", owed, self._instant)


def _text(thing: Any) -> str:
    return json.dumps(thing, ensure_ascii=False)
