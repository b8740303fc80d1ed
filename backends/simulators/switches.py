"""Switches by which a test or a curious person makes a vendor misbehave; kept in the file, so all processes obey.

`copies`, `delay`, `drop`, `forge`, `reorder`, `hold`, `slow` stay as set; `next_*` count down, one request each.
"""

import sqlite3

from backends.simulators.store import Store
from kernel.i18n import N_

SCHEMA = "CREATE TABLE IF NOT EXISTS switch (name TEXT PRIMARY KEY, value REAL NOT NULL);"

SWITCHES = {
    "cards.copies": N_("deliver every event this many times more"),
    "cards.delay": N_("hold every event back for seconds"),
    "cards.drop": N_("lose the first deliveries of every event"),
    "cards.forge": N_("send a forged copy before every event (1: on)"),
    "cards.reorder": N_("deliver the events of one change in reverse order (1: on)"),
    "cards.slow": N_("work on every new checkout for seconds"),
    "cards.next_429": N_("answer the next requests with too many requests"),
    "cards.next_500": N_("answer the next requests with an error, nothing done"),
    "cards.next_lost": N_("do what the next requests ask, but never answer in time"),
    "messages.copies": N_("deliver every status this many times more"),
    "messages.delay": N_("hold every status back for seconds"),
    "messages.drop": N_("lose the first deliveries of every status"),
    "messages.forge": N_("send a forged copy before every status (1: on)"),
    "messages.reorder": N_("deliver statuses in reverse order (1: on)"),
    "messages.hold": N_("let every message wait for seconds before it is sent"),
    "messages.next_429": N_("answer the next requests with too many requests"),
    "messages.next_500": N_("answer the next requests with an error, nothing done"),
    "messages.next_lost": N_("take the next messages, but never answer in time"),
}


# An hour, or a thousand and more copies: enough to see anything, too little to fill the disk by one press.
MOST = 3600.0


class UnknownSwitch(ValueError):
    """There is no switch of this name."""


class BadSetting(ValueError):
    """A switch takes numbers from 0 to MOST."""


def turn(store: Store, name: str, value: float) -> None:
    """Set a switch; 0 turns it off. Raises UnknownSwitch, BadSetting."""
    if name not in SWITCHES:
        raise UnknownSwitch(name)
    if not 0 <= value <= MOST:
        raise BadSetting(value)
    with store.write() as db:
        db.execute(
            "INSERT INTO switch VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
        )


def value(db: sqlite3.Connection, name: str) -> float:
    row = db.execute("SELECT value FROM switch WHERE name = ?", (name,)).fetchone()
    return float(row[0]) if row else 0.0


def all_values(db: sqlite3.Connection) -> dict[str, float]:
    """Return every switch as it stands."""
    return dict.fromkeys(SWITCHES, 0.0) | {row[0]: row[1] for row in db.execute("SELECT name, value FROM switch")}


def count_down(store: Store, name: str) -> bool:
    """Say whether this request is one of those the switch is meant for, and use it up."""
    with store.read() as db:
        if value(db, name) < 1:
            return False
    with store.write() as db:
        used = db.execute("UPDATE switch SET value = value - 1 WHERE name = ? AND value >= 1", (name,))
        return used.rowcount == 1
