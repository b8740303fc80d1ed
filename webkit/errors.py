"""From an error to an answer: a page for people, a problem document (RFC 9457) for programs, a fragment for htmx.

Every page says what happened, what is still true, and what to do now. A `Fault` was expected and speaks for itself;
anything else is ours to mend: 500, with a reference that is in the log.
"""

import json
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, render_template, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from kernel.faults import Fault
from kernel.i18n import N_, _
from kernel.logs import logger
from webkit import limits
from webkit.door import webkit
from webkit.request_log import request_id

_log = logger("web")
_BACK = N_("Go back to the page before and try again, or start from the first page.")
_SAFE = N_("Nothing was changed and nothing was charged.")


@dataclass(frozen=True)
class Problem:
    """One error in words (already in the reader's language), for whichever form the answer takes."""

    status: int
    code: str
    title: str
    still_true: str
    next_step: str
    reference: str
    field: str | None = None
    retry_after: int | None = None


# status: (code, what happened, what is still true, what to do now)
_HTTP = {
    400: ("bad_request", N_("We could not read what your browser sent."), _SAFE, _BACK),
    401: ("sign_in_needed", N_("Please sign in to go on."), _SAFE, N_("Sign in, then open the page again.")),
    403: (
        "forbidden",
        N_("You may not open this page."),
        _SAFE,
        N_("If you think you should be able to, call us and we will look into it."),
    ),
    404: (
        "not_found",
        N_("We could not find this page."),
        N_("Nothing is lost: your account and your bills are where they were."),
        N_("Check the address for a missing letter, or start from the first page."),
    ),
    405: ("method_not_allowed", N_("This page cannot be opened this way."), _SAFE, _BACK),
    413: (
        "too_large",
        N_("What you sent is larger than we can take."),
        N_("None of it was kept."),
        N_("Send a smaller file, or less text."),
    ),
    429: (
        "too_many_requests",
        N_("There were many tries in a short time, so we paused for a moment."),
        _SAFE,
        N_("Wait %(seconds)s seconds, then try once more. If it is urgent, call us."),
    ),
    500: (
        "unexpected",
        N_("Something went wrong on our side."),
        N_("What was recorded before is safe."),
        N_("If you were paying, look at your payments before you pay again. Otherwise try again in a few minutes."),
    ),
    503: (
        "unavailable",
        N_("We cannot answer just now."),
        N_("What was recorded before is safe."),
        N_("Try again in a few minutes. If it is urgent, call us."),
    ),
}
_CSRF = (
    "form_expired",
    N_("This form was open too long, or was sent from another page."),
    _SAFE,
    N_("Open the page again and send the form once more."),
)


def install(app: Flask) -> None:
    app.register_error_handler(Fault, lambda fault: answer(describe_fault(fault)))
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(RateLimitExceeded, _limited)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def wants_problem() -> bool:
    """Say whether to answer with a problem document: at a machines' door, or when JSON is wanted more than HTML."""
    if webkit().door.machines:
        return True
    kinds = ["text/html", "application/problem+json", "application/json"]
    return request.accept_mimetypes.best_match(kinds, default="text/html") != "text/html"


def describe_fault(fault: Fault) -> Problem:
    """Return a fault in the reader's language, with what a refusal of its status means for them."""
    known = _HTTP.get(fault.status, _HTTP[400] if fault.status < 500 else _HTTP[503])
    next_step = _BACK if fault.status < 500 and fault.status not in {401, 403} else known[3]
    return Problem(
        status=fault.status,
        code=fault.code,
        title=_(fault.message, **fault.params),
        still_true=_(known[2]) if fault.status >= 500 or fault.status == 404 else _(_SAFE),
        next_step=_(next_step, seconds=60) if "%(" in next_step else _(next_step),
        reference=request_id(),
        field=fault.field,
    )


def answer(problem: Problem) -> Response:
    """Render a problem in the form this request wants."""
    if wants_problem():
        response = Response(_document(problem), problem.status, mimetype="application/problem+json")
    else:
        fragment = request.headers.get("HX-Request") is not None
        template = "webkit/error_fragment.html" if fragment else "webkit/error.html"
        response = Response(render_template(template, problem=problem), problem.status, mimetype="text/html")
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    response.headers["Cache-Control"] = "no-store"
    return response


def _document(problem: Problem) -> str:
    members = {
        "type": f"urn:lightline:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": f"{problem.still_true} {problem.next_step}",
        "code": problem.code,
        "field": problem.field,
        "reference": problem.reference,
    }
    return json.dumps({name: value for name, value in members.items() if value is not None}, ensure_ascii=False)


def _problem(status: int, words: tuple[str, str, str, str], **params: Any) -> Problem:
    code, title, still_true, next_step = words
    retry_after = params.get("seconds")
    return Problem(status, code, _(title), _(still_true), _(next_step, **params), request_id(), retry_after=retry_after)


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if error.response is not None or status < 400:
        return error
    words = _HTTP.get(status, _HTTP[400] if status < 500 else _HTTP[503])
    response = answer(_problem(status, words, **({"seconds": 60} if status == 429 else {})))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "WWW-Authenticate"}:
            response.headers[name] = value
    return response


def _csrf(error: CSRFError) -> Response:
    _log.info("csrf_refused", reason=error.description)
    return answer(_problem(400, _CSRF))


def _limited(_error: RateLimitExceeded) -> Response:
    return answer(_problem(429, _HTTP[429], seconds=limits.retry_after()))


def _unexpected(error: Exception) -> Response:
    _log.error("unexpected_error", reference=request_id(), exc_info=error)
    return answer(_problem(500, _HTTP[500]))
