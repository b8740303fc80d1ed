"""The simulator's rows: messages as Twilio shows them, the steps they still have to go, numbers that said STOP."""

import json
import secrets
import sqlite3
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from backends.messages.simulator.fates import ENDS
from backends.messages.simulator.segments import count_segments
from backends.simulators import switches
from backends.simulators.config import SimulatorsConfig
from backends.simulators.deliveries import Owed, owe

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    place INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, to_number TEXT NOT NULL, direction TEXT NOT NULL,
    status TEXT NOT NULL, created_at REAL NOT NULL, sent_at REAL, callback TEXT, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS message_to ON message (to_number, place);
CREATE TABLE IF NOT EXISTS message_step (
    id INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL, due_at REAL NOT NULL, status TEXT NOT NULL,
    error_code INTEGER
);
CREATE INDEX IF NOT EXISTS message_step_due ON message_step (due_at);
CREATE TABLE IF NOT EXISTS stopped (number TEXT PRIMARY KEY);
"""

Row = dict[str, Any]
FORM = "application/x-www-form-urlencoded; charset=utf-8"
API = "2010-04-01"


def new_sid() -> str:
    return "SM" + secrets.token_hex(16)


def take_message(db: sqlite3.Connection, config: SimulatorsConfig, form: Row, now: datetime) -> Row:
    """Keep a message that was handed over and plan its way; returns it as Twilio shows it."""
    service = form.get("MessagingServiceSid")
    message = _show(config, new_sid(), form["To"], form.get("From"), form["Body"], now)
    message |= {"messaging_service_sid": service, "status": "accepted" if service else "queued"}
    _insert(db, message, now, form.get("StatusCallback"))
    end, code = ENDS.get(form["To"], ("delivered", None))
    at = now.timestamp() + switches.value(db, "messages.hold")
    steps: list[tuple[float, str, int | None]] = [(at, "queued", None)] if service else []
    if end != "failed":
        steps.append((at + config.sent_after, "sent", None))
    if end != "sent":
        steps.append((at + config.delivered_after, end, code))
    db.executemany(
        "INSERT INTO message_step (sid, due_at, status, error_code) VALUES (?, ?, ?, ?)",
        [(message["sid"], *step) for step in steps],
    )
    return message


def take_inbound(
    db: sqlite3.Connection, config: SimulatorsConfig, sender: str, to: str, body: str, now: datetime
) -> Row:
    """Keep a message that a person wrote and owe it to our hook."""
    message = _show(config, new_sid(), to, sender, body, now)
    message |= {"direction": "inbound", "status": "received", "date_sent": _date(now)}
    _insert(db, message, now, None)
    form = {
        "ToCountry": "", "SmsMessageSid": message["sid"], "NumMedia": "0", "SmsSid": message["sid"],
        "SmsStatus": "received", "Body": body, "To": to, "NumSegments": message["num_segments"],
        "MessageSid": message["sid"], "AccountSid": message["account_sid"], "From": sender, "ApiVersion": API,
    }  # fmt: skip
    url = config.public_url.rstrip("/") + "/hooks/twilio/inbound"
    owe(db, "messages", [Owed(message["sid"], url, urlencode(form).encode(), FORM)], now)
    return message


def advance(db: sqlite3.Connection, config: SimulatorsConfig, now: datetime) -> None:
    """Let every message go the steps that are due, and owe their status callbacks."""
    steps = db.execute(
        "SELECT * FROM message_step WHERE due_at <= ? ORDER BY due_at, id", (now.timestamp(),)
    ).fetchall()
    owed = []
    for step in steps:
        db.execute("DELETE FROM message_step WHERE id = ?", (step["id"],))
        row = db.execute("SELECT body, callback FROM message WHERE sid = ?", (step["sid"],)).fetchone()
        message = json.loads(row["body"])
        message |= {"status": step["status"], "error_code": step["error_code"], "date_updated": _date(now)}
        if step["status"] == "sent":
            message |= {"date_sent": _date(now), "from": message["from"] or "+15005550006"}
        db.execute(
            "UPDATE message SET status = ?, body = ?, sent_at = COALESCE(sent_at, ?) WHERE sid = ?",
            (step["status"], _text(message), now.timestamp() if message["date_sent"] else None, step["sid"]),
        )
        if row["callback"]:
            owed.append(_status_callback(message, row["callback"]))
    owe(db, "messages", owed, now)


def _status_callback(message: Row, url: str) -> Owed:
    """Return the request of messaging/guides/track-outbound-message-status, "Status callback request parameters"."""
    form = {
        "SmsSid": message["sid"], "SmsStatus": message["status"], "MessageStatus": message["status"],
        "To": message["to"], "MessageSid": message["sid"], "AccountSid": message["account_sid"],
        "From": message["from"] or "", "ApiVersion": API,
    }  # fmt: skip
    if message["messaging_service_sid"]:
        form["MessagingServiceSid"] = message["messaging_service_sid"]
    if message["error_code"]:
        form["ErrorCode"] = str(message["error_code"])
    return Owed(f"{message['sid']}:{message['status']}", url, urlencode(form).encode(), FORM)


def _insert(db: sqlite3.Connection, message: Row, now: datetime, callback: str | None) -> None:
    db.execute(
        "INSERT INTO message (sid, to_number, direction, status, created_at, callback, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            message["sid"],
            message["to"],
            message["direction"],
            message["status"],
            now.timestamp(),
            callback,
            _text(message),
        ),
    )


def _show(config: SimulatorsConfig, sid: str, to: str, sender: str | None, body: str, now: datetime) -> Row:
    account = config.twilio_account_sid
    uri = f"/{API}/Accounts/{account}/Messages/{sid}"
    return {
        "account_sid": account,
        "api_version": API,
        "body": body,
        "date_created": _date(now),
        "date_sent": None,
        "date_updated": _date(now),
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(count_segments(body)),
        "price": None,
        "price_unit": "USD",
        "sid": sid,
        "status": "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": to,
        "uri": f"{uri}.json",
    }


def _date(now: datetime) -> str:
    """Return an instant as RFC 2822 has it: Thu, 24 Aug 2023 05:01:45 +0000."""
    return format_datetime(now)


def _text(thing: Row) -> str:
    return json.dumps(thing, ensure_ascii=False)
