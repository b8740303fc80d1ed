"""Twilio's HTTP under /twilio: create, read and list messages of one account, as usage/twilios-response describes."""

import hmac
import json
import re
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from backends.messages.simulator.book import API, take_message
from backends.messages.simulator.fates import REFUSED, REFUSED_SENDERS, TROUBLES
from backends.simulators import switches
from backends.simulators.config import SimulatorsConfig
from backends.simulators.store import Store

E164 = re.compile(r"\+[1-9]\d{6,14}")
LONGEST_BODY = 1600
PAGE_SIZE, LARGEST_PAGE = 50, 1000


class TwilioError(Exception):
    """An answer of Twilio's: HTTP status, code and sentence (www.twilio.com/docs/api/errors)."""

    def __init__(self, status: int, code: int, message: str, headers: dict[str, str] | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers


class TwilioApi:
    """The views, over one store."""

    def __init__(self, store: Store, config: SimulatorsConfig):
        self._store = store
        self._config = config

    def blueprint(self) -> Blueprint:
        api = Blueprint("twilio_api", __name__)
        base = f"/{API}/Accounts/<account>/Messages"
        api.before_request(self._enter)
        api.register_error_handler(TwilioError, _refuse)
        api.add_url_rule(f"{base}.json", view_func=self.create, methods=["POST"])
        api.add_url_rule(f"{base}.json", view_func=self.list_messages, methods=["GET"])
        api.add_url_rule(f"{base}/<sid>.json", view_func=self.read, methods=["GET"])
        api.add_url_rule("/<path:rest>", view_func=_no_such_address, methods=["GET", "POST", "DELETE"])
        return api

    def _enter(self) -> None:
        given = request.authorization
        known = (
            given is not None
            and given.type == "basic"
            and hmac.compare_digest(
                f"{given.username}:{given.password}".encode(),
                f"{self._config.twilio_account_sid}:{self._config.twilio_auth_token}".encode(),
            )
        )
        if not known:
            raise TwilioError(401, 20003, "Authenticate")
        account = (request.view_args or {}).get("account")
        if account is not None and account != self._config.twilio_account_sid:
            raise _missing()
        if switches.count_down(self._store, "messages.next_429"):
            raise _too_many()
        if switches.count_down(self._store, "messages.next_500"):
            raise _broken()

    def create(self, account: str) -> Response:
        form = request.form.to_dict()
        trouble = TROUBLES.get(form.get("To", ""))
        if trouble == "too_many":
            raise _too_many()
        if trouble == "error_before":
            raise _broken()
        self._check(form)
        with self._store.write() as db:
            if db.execute("SELECT 1 FROM stopped WHERE number = ?", (form["To"],)).fetchone():
                raise TwilioError(400, 21610, "Attempt to send to unsubscribed recipient")
            message = take_message(db, self._config, form, self._config.clock())
        if trouble == "error_after":
            raise _broken()
        if trouble == "silent_after" or switches.count_down(self._store, "messages.next_lost"):
            time.sleep(self._config.hang_seconds)
        return _json(message, 201)

    def _check(self, form: dict[str, str]) -> None:
        to, sender = form.get("To", ""), form.get("From")
        if not to:
            raise TwilioError(400, 21604, "A 'To' phone number is required.")
        if not form.get("Body"):
            raise TwilioError(400, 21602, "Message body is required.")
        if len(form["Body"]) > LONGEST_BODY:
            raise TwilioError(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        if not sender and not form.get("MessagingServiceSid"):
            raise TwilioError(400, 21603, "A 'From' phone number is required.")
        refused = REFUSED.get(to) or REFUSED_SENDERS.get(sender or "")
        if refused is not None:
            status, code, message = refused
            raise TwilioError(status, code, message.replace("{to}", to).replace("{from}", sender or ""))
        if not E164.fullmatch(to):
            raise TwilioError(400, 21211, f"Invalid 'To' Phone Number: {to}")
        callback = form.get("StatusCallback")
        if callback and not callback.startswith(("http://", "https://")):
            raise TwilioError(400, 21609, f"The 'StatusCallback' URL {callback} is not a valid URL")

    def read(self, account: str, sid: str) -> Response:
        with self._store.read() as db:
            row = db.execute("SELECT body FROM message WHERE sid = ?", (sid,)).fetchone()
        if row is None:
            raise _missing()
        return Response(row["body"], mimetype="application/json")

    def list_messages(self, account: str) -> Response:
        page, size = _number("Page", 0), min(max(_number("PageSize", PAGE_SIZE), 1), LARGEST_PAGE)
        where, values = _filters()
        with self._store.read() as db:
            rows = db.execute(
                f"SELECT body FROM message WHERE {' AND '.join(where)} ORDER BY place DESC LIMIT ? OFFSET ?",
                (*values, size + 1, page * size),
            ).fetchall()
        messages = [json.loads(row["body"]) for row in rows[:size]]
        start = page * size
        return _json(
            {
                "end": max(start + len(messages) - 1, 0),
                "first_page_uri": self._page_uri(0, size),
                "messages": messages,
                "next_page_uri": self._page_uri(page + 1, size) if len(rows) > size else None,
                "page": page,
                "page_size": size,
                "previous_page_uri": self._page_uri(page - 1, size) if page else None,
                "start": start,
                "uri": self._page_uri(page, size),
            },
            200,
        )

    def _page_uri(self, page: int, size: int) -> str:
        query = {name: value for name, value in request.args.items() if name not in {"Page", "PageSize", "PageToken"}}
        account = self._config.twilio_account_sid
        return f"/{API}/Accounts/{account}/Messages.json?{urlencode({**query, 'PageSize': size, 'Page': page})}"


def _filters() -> tuple[list[str], list[Any]]:
    """Read To, From, DateSent, DateSent< and DateSent> (dates and instants in UTC)."""
    where, values = ["1 = 1"], list[Any]()
    if to := request.args.get("To"):
        where.append("to_number = ?")
        values.append(to)
    if sender := request.args.get("From"):
        where.append("json_extract(body, '$.from') = ?")
        values.append(sender)
    for name, bound in (("DateSent<", "<="), ("DateSent>", ">=")):
        if said := request.args.get(name):
            where.append(f"sent_at {bound} ?")
            values.append(_instant(said, name))
    if said := request.args.get("DateSent"):
        begins = _instant(said[:10], "DateSent")
        where.append("sent_at >= ? AND sent_at < ?")
        values.extend((begins, begins + 86400))
    return where, values


def _instant(said: str, name: str) -> float:
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise TwilioError(400, 20001, f"Parameter '{name}' is not a date") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _number(name: str, default: int) -> int:
    said = request.args.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else default


def _no_such_address(rest: str) -> Response:
    raise _missing()


def _missing() -> TwilioError:
    return TwilioError(404, 20404, f"The requested resource {request.path} was not found")


def _too_many() -> TwilioError:
    return TwilioError(429, 20429, "Too Many Requests", {"Retry-After": "2"})


def _broken() -> TwilioError:
    return TwilioError(500, 20500, "An internal server error has occurred")


def _refuse(error: TwilioError) -> Response:
    answer = _json(
        {
            "code": error.code,
            "message": error.message,
            "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
            "status": error.status,
        },
        error.status,
    )
    answer.headers.update(error.headers or {})
    return answer


def _json(thing: Any, status: int) -> Response:
    return Response(json.dumps(thing, ensure_ascii=False), status=status, mimetype="application/json")
