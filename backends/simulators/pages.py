"""The pages at /_sim: demo log-ins and switches, what was sent, what was paid. The same lists are there as JSON."""

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from backends.cards.simulator.paying import Paying
from backends.messages.simulator.inbound import receive_text
from backends.simulators import switches
from backends.simulators.config import SimulatorsConfig
from backends.simulators.deliveries import send_again
from backends.simulators.store import Store
from kernel.i18n import N_, format_instant

SHOWN = 100
DOOR_WORDS = {"portal": N_("Customers' site"), "console": N_("Agents' console")}
MOST_SHOWN = 10_000


class Pages:
    def __init__(self, store: Store, config: SimulatorsConfig, paying: Paying):
        self._store = store
        self._config = config
        self._paying = paying

    def blueprint(self) -> Blueprint:
        pages = Blueprint("pages", __name__)
        pages.add_url_rule("/", view_func=self.index, methods=["GET"])
        pages.add_url_rule("/switches", view_func=self.turn_switch, methods=["POST"])
        pages.add_url_rule("/messages", view_func=self.messages, methods=["GET"])
        pages.add_url_rule("/messages/inbound", view_func=self.write_inbound, methods=["POST"])
        pages.add_url_rule("/cards", view_func=self.cards, methods=["GET"])
        pages.add_url_rule("/cards/<id_>/settle", view_func=self.settle, methods=["POST"])
        pages.add_url_rule("/cards/events/<id_>/resend", view_func=self.resend, methods=["POST"])
        return pages

    def index(self) -> str:
        with self._store.read() as db:
            values = switches.all_values(db)
        return render_template(
            "simulators/index.html",
            logins=self._config.logins(),
            door_words=DOOR_WORDS,
            switch_words=switches.SWITCHES,
            switch_values=values,
        )

    def turn_switch(self) -> Response:
        try:
            switches.turn(self._store, request.form.get("name", ""), float(request.form.get("value", "")))
        except ValueError:
            abort(400)
        return redirect(url_for("pages.index"), 303)

    def messages(self) -> str | Response:
        """Show `limit` messages, newest first; `to` (E.164) narrows to one number, what it wrote included."""
        to = _number(request.args.get("to", ""))
        limit = min(max(request.args.get("limit", SHOWN, int), 1), MOST_SHOWN)
        with self._store.read() as db:
            rows = db.execute(
                "SELECT body, created_at, callback FROM message WHERE (? = '' OR to_number = ?"
                " OR (direction = 'inbound' AND json_extract(body, '$.from') = ?)) ORDER BY place DESC LIMIT ?",
                (to, to, to, limit),
            ).fetchall()
        found = [self._message(json.loads(row["body"]), row["created_at"], row["callback"]) for row in rows]
        if _wants_json():
            return jsonify([{name: message[name] for name in _MESSAGE_FIELDS} for message in found])
        return render_template("simulators/messages.html", messages=found, to=to)

    def _message(self, message: dict[str, Any], created_at: float, callback: str | None) -> dict[str, Any]:
        created = datetime.fromtimestamp(created_at, UTC)
        query = parse_qs(urlsplit(callback or "").query)
        return message | {
            "created_at": created.isoformat(),
            "at": format_instant(created, self._config.zone),
            "message_number": next(iter(query.get("m", [])), None),
        }

    def write_inbound(self) -> Response:
        sender, body = _number(request.form.get("from", "")), request.form.get("body", "")
        if not re.fullmatch(r"\+[1-9]\d{6,14}", sender) or not body:
            abort(400)
        with self._store.write() as db:
            receive_text(db, self._config, sender, body, self._config.clock())
        return redirect(url_for("pages.messages", to=sender), 303)

    def cards(self) -> str | Response:
        """Show the newest checkouts and events with what became of their deliveries."""
        self._paying.advance(self._config.clock())
        with self._store.read() as db:
            checkouts = [
                self._dated(json.loads(row["body"])) | {"intent_status": row["intent_status"]}
                for row in db.execute(
                    "SELECT c.body, json_extract(i.body, '$.status') AS intent_status FROM checkout c"
                    " LEFT JOIN intent i ON i.id = c.payment_intent ORDER BY c.place DESC LIMIT ?",
                    (SHOWN,),
                )
            ]
            events = [
                self._dated(json.loads(row["body"]))
                for row in db.execute("SELECT body FROM event ORDER BY place DESC LIMIT ?", (SHOWN,))
            ]
            for event in events:
                thing = event["data"]["object"]
                event["attempt"] = thing.get("client_reference_id") or thing.get("metadata", {}).get("attempt")
                event["deliveries"] = [
                    dict(row)
                    for row in db.execute(
                        "SELECT id, signer, state, attempts, answer FROM delivery WHERE subject = ? ORDER BY id",
                        (event["id"],),
                    )
                ]
        if _wants_json():
            return jsonify({"checkouts": checkouts, "events": events})
        return render_template("simulators/cards.html", checkouts=checkouts, events=events)

    def _dated(self, thing: dict[str, Any]) -> dict[str, Any]:
        created = datetime.fromtimestamp(thing["created"], UTC)
        return thing | {"at": format_instant(created, self._config.zone)}

    def settle(self, id_: str) -> Response:
        outcome = request.form.get("outcome")
        if outcome not in {"arrives", "fails"}:
            abort(400)
        if self._paying.settle(id_, arrives=outcome == "arrives") is None:
            abort(404)
        return redirect(url_for("pages.cards"), 303)

    def resend(self, id_: str) -> Response:
        with self._store.write() as db:
            row = db.execute(
                "SELECT id FROM delivery WHERE subject = ? AND signer = 'cards' ORDER BY id LIMIT 1", (id_,)
            ).fetchone()
            if row is None:
                abort(404)
            send_again(db, row["id"], self._config.clock())
        return redirect(url_for("pages.cards"), 303)


_MESSAGE_FIELDS = ("sid", "to", "from", "body", "status", "created_at", "message_number", "direction", "error_code")


def _number(text: str) -> str:
    """Return a number as typed; an unescaped plus in an address arrives as a space."""
    text = text.strip()
    return f"+{text}" if text.isdigit() else text


def _wants_json() -> bool:
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]
