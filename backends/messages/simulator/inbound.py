"""A person writes to us. Twilio itself heeds STOP and START (docs/messaging/tutorials/advanced-opt-out)."""

import sqlite3
from datetime import datetime

from backends.messages.simulator.book import take_inbound
from backends.simulators.config import SimulatorsConfig

STOP = frozenset(["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"])
START = frozenset({"START", "YES", "UNSTOP"})


def receive_text(db: sqlite3.Connection, config: SimulatorsConfig, sender: str, body: str, now: datetime) -> str:
    """Take a text from a person and pass it on to our hook; returns its sid."""
    word = body.strip().upper()
    if word in STOP:
        db.execute("INSERT OR IGNORE INTO stopped VALUES (?)", (sender,))
    elif word in START:
        db.execute("DELETE FROM stopped WHERE number = ?", (sender,))
    to = config.twilio_sender if config.twilio_sender.startswith("+") else "+15005550006"
    return str(take_inbound(db, config, sender, to, body, now)["sid"])
