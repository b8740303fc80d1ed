"""Stripe's HTTP under /stripe: Checkout Sessions, PaymentIntents, Events. docs.stripe.com/api, version as pinned."""

import base64
import binascii
import hmac
import json
import time
from typing import Any

from flask import Blueprint, Response, g, request

from backends.cards.simulator import idempotency
from backends.cards.simulator.book import Book
from backends.cards.simulator.errors import ApiError, no_such, unknown
from backends.cards.simulator.listing import list_rows
from backends.cards.simulator.objects import new_id, new_session
from backends.cards.simulator.parameters import read_form
from backends.cards.simulator.paying import Paying, expire_session
from backends.cards.simulator.session_rules import check_session
from backends.simulators import switches
from backends.simulators.config import SimulatorsConfig
from backends.simulators.store import Store

PAY_PATH = "/cards/pay/"


class StripeApi:
    """The views, over one store. POSTs pass `_once`, which keeps idempotency keys."""

    def __init__(self, store: Store, config: SimulatorsConfig, paying: Paying):
        self._store = store
        self._config = config
        self._paying = paying

    def blueprint(self) -> Blueprint:
        api = Blueprint("stripe_api", __name__)
        api.before_request(self._enter)
        api.after_request(_stamp)
        api.register_error_handler(ApiError, _refuse)
        api.add_url_rule("/v1/checkout/sessions", view_func=self.create_session, methods=["POST"])
        api.add_url_rule("/v1/checkout/sessions", view_func=self.list_sessions, methods=["GET"])
        api.add_url_rule("/v1/checkout/sessions/<id_>", view_func=self.read_session, methods=["GET"])
        api.add_url_rule("/v1/checkout/sessions/<id_>/expire", view_func=self.expire_session, methods=["POST"])
        api.add_url_rule("/v1/checkout/sessions/<id_>/line_items", view_func=self.read_lines, methods=["GET"])
        api.add_url_rule("/v1/payment_intents", view_func=self.list_intents, methods=["GET"])
        api.add_url_rule("/v1/payment_intents/<id_>", view_func=self.read_intent, methods=["GET"])
        api.add_url_rule("/v1/events", view_func=self.list_events, methods=["GET"])
        api.add_url_rule("/v1/events/<id_>", view_func=self.read_event, methods=["GET"])
        api.add_url_rule("/<path:rest>", view_func=_no_such_address, methods=["GET", "POST", "DELETE"])
        return api

    def _enter(self) -> Response | None:
        g.request_id = new_id("req_", 14)
        key = _key_of(request.headers.get("Authorization", ""))
        if key is None:
            raise ApiError(401, "You did not provide an API key.")
        if not hmac.compare_digest(key.encode(), self._config.stripe_key.encode()):
            raise ApiError(401, f"Invalid API Key provided: {key[:8]}{'*' * 8}")
        if switches.count_down(self._store, "cards.next_429"):
            raise ApiError(429, "Too many requests.", code="rate_limit")
        if switches.count_down(self._store, "cards.next_500"):
            raise ApiError(500, "An unknown error occurred.", type_="api_error")
        return None

    def create_session(self) -> Response:
        form = read_form(request.form.items(multi=True))
        key = request.headers.get("Idempotency-Key")

        def check() -> dict[str, Any]:
            return check_session(form, int(self._config.clock().timestamp()))

        def execute(book: Book, facts: dict[str, Any]) -> dict[str, Any]:
            session = new_session(facts, book.now, self._config.public_base.rstrip("/") + PAY_PATH)
            book.add_session(session, facts["intent"], facts["lines"], key)
            return session

        return self._once(key, form, check, execute)

    def expire_session(self, id_: str) -> Response:
        form = read_form(request.form.items(multi=True))

        def check() -> dict[str, Any]:
            for name in form:
                if name != "expand":
                    raise unknown(name)
            return {}

        def execute(book: Book, _facts: dict[str, Any]) -> dict[str, Any]:
            session = expire_session(book, id_)
            if session is None:
                raise no_such("checkout.session", id_, "session")
            return session

        return self._once(request.headers.get("Idempotency-Key"), form, check, execute)

    def _once(self, key: str | None, form: dict[str, Any], check: Any, execute: Any) -> Response:
        """Do a POST under its idempotency key: effect and kept answer are one transaction."""
        now = self._config.clock()
        if key:
            kept = idempotency.begin(
                self._store, key, idempotency.digest(request.method, request.path, form), now.timestamp()
            )
            if kept is not None:
                return _answer(kept[1], kept[0], {"Idempotent-Replayed": "true", "Original-Request": kept[2]})
        try:
            facts = check()
            with self._store.read() as db:
                time.sleep(switches.value(db, "cards.slow"))
        except BaseException:
            if key:
                idempotency.forget(self._store, key)
            raise
        status, body = self._execute(key, facts, execute)
        if switches.count_down(self._store, "cards.next_lost"):
            time.sleep(self._config.hang_seconds)
        return _answer(body, status)

    def _execute(self, key: str | None, facts: dict[str, Any], execute: Any) -> tuple[int, str]:
        cause = {"id": g.request_id, "idempotency_key": key}
        with self._store.write() as db:
            book = Book(db, self._config, self._config.clock(), cause)
            try:
                status, thing = 200, execute(book, facts)
            except ApiError as refused:
                status, thing = refused.status, refused.body
            book.send()
            body = json.dumps(thing, indent=2, ensure_ascii=False)
            if key:
                idempotency.keep(db, key, status, body, g.request_id)
        return status, body

    def read_session(self, id_: str) -> Response:
        self._paying.advance(self._config.clock())
        with self._store.read() as db:
            book = Book(db, self._config, self._config.clock())
            session = book.session(id_)
            if session is None:
                raise no_such("checkout.session", id_, "session")
            for name in _expand():
                if name == "payment_intent" and session["payment_intent"]:
                    session["payment_intent"] = book.intent(session["payment_intent"])
                elif name == "line_items":
                    session["line_items"] = _lines_of(book, session)
        return _json(session)

    def read_lines(self, id_: str) -> Response:
        with self._store.read() as db:
            book = Book(db, self._config, self._config.clock())
            session = book.session(id_)
            if session is None:
                raise no_such("checkout.session", id_, "session")
            return _json(_lines_of(book, session))

    def read_intent(self, id_: str) -> Response:
        with self._store.read() as db:
            intent = Book(db, self._config, self._config.clock()).intent(id_)
        if intent is None:
            raise no_such("payment_intent", id_, "intent")
        return _json(intent)

    def read_event(self, id_: str) -> Response:
        with self._store.read() as db:
            row = db.execute("SELECT body FROM event WHERE id = ?", (id_,)).fetchone()
        if row is None:
            raise no_such("event", id_, "id")
        return _answer(row[0], 200)

    def list_sessions(self) -> Response:
        self._paying.advance(self._config.clock())
        with self._store.read() as db:
            return _json(list_rows(db, "checkout", "/v1/checkout/sessions", read_form(request.args.items(multi=True))))

    def list_intents(self) -> Response:
        with self._store.read() as db:
            return _json(list_rows(db, "intent", "/v1/payment_intents", read_form(request.args.items(multi=True))))

    def list_events(self) -> Response:
        with self._store.read() as db:
            return _json(list_rows(db, "event", "/v1/events", read_form(request.args.items(multi=True))))


def _key_of(header: str) -> str | None:
    """Return the key of Bearer or Basic authentication (docs.stripe.com/api/authentication)."""
    kind, _, value = header.partition(" ")
    if kind.lower() == "bearer":
        return value.strip() or None
    if kind.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0] or None
        except (binascii.Error, UnicodeDecodeError):
            return None
    return None


def _expand() -> list[str]:
    asked = read_form(request.args.items(multi=True)).get("expand", [])
    return [str(name) for name in asked] if isinstance(asked, list) else []


def _lines_of(book: Book, session: dict[str, Any]) -> dict[str, Any]:
    lines = [
        {
            "id": f"li_{session['id'][-20:]}{place}",
            "object": "item",
            "amount_discount": 0,
            "amount_subtotal": line["unit_amount"] * line["quantity"],
            "amount_tax": 0,
            "amount_total": line["unit_amount"] * line["quantity"],
            "currency": line["currency"],
            "description": line["name"],
            "quantity": line["quantity"],
        }
        for place, line in enumerate(book.lines(session["id"]))
    ]
    return {
        "object": "list",
        "data": lines,
        "has_more": False,
        "url": f"/v1/checkout/sessions/{session['id']}/line_items",
    }


def _no_such_address(rest: str) -> Response:
    raise ApiError(404, f"Unrecognized request URL ({request.method}: /{rest}).")


def _json(thing: Any) -> Response:
    return _answer(json.dumps(thing, indent=2, ensure_ascii=False), 200)


def _answer(body: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status=status, mimetype="application/json", headers=headers)


def _refuse(error: ApiError) -> Response:
    return _answer(json.dumps(error.body, indent=2, ensure_ascii=False), error.status)


def _stamp(response: Response) -> Response:
    """Add what every answer of Stripe carries (docs.stripe.com/api/request_ids, api/idempotent_requests)."""
    response.headers["Request-Id"] = g.get("request_id", "")
    if version := request.headers.get("Stripe-Version"):
        response.headers["Stripe-Version"] = version
    if request.method == "POST" and (key := request.headers.get("Idempotency-Key")):
        response.headers["Idempotency-Key"] = key
    return response
