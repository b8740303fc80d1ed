"""A form that a bot finds dear: a signed stamp of when it was shown, good once, and a field that people never see.

Sending a text costs money and annoys whoever owns the number, so the form that asks for one must have been open for
two seconds, no longer than an hour, and is taken once. None of it needs a script.
"""

import secrets
from datetime import datetime

from flask import request
from flask_limiter import RateLimitExceeded
from itsdangerous import BadSignature, URLSafeSerializer

from kernel.faults import Fault
from kernel.i18n import N_
from webkit.door import webkit
from webkit.limits import limiter

YOUNGEST_S, OLDEST_S = 2, 3600
FIELD, DECOY = "stamp", "website"
_ONCE = "1 per 2 hours"


class FormRefused(Fault):
    code = "form_refused"
    message = N_("Please send this form once more. We sent no text message.")


class FormSentTwice(Exception):
    """The same form again (a doubled click): what the first one did stands, and nothing more is done."""


def new_stamp(purpose: str, now: datetime) -> str:
    """Return the stamp of a form that is shown now."""
    return _signer(purpose).dumps([secrets.token_urlsafe(9), int(now.timestamp())])


def check_stamp(purpose: str, now: datetime) -> None:
    """Use up the sent form's stamp. Raises FormRefused when a machine is likely to have sent it, FormSentTwice."""
    if request.form.get(DECOY):
        raise FormRefused()
    try:
        serial, shown_at = _signer(purpose).loads(request.form.get(FIELD, ""))
    except (BadSignature, ValueError, TypeError) as error:
        raise FormRefused() from error
    if not YOUNGEST_S <= int(now.timestamp()) - shown_at <= OLDEST_S:
        raise FormRefused()
    try:
        with limiter.limit(_ONCE, key_func=lambda: f"stamp:{serial}"):
            pass
    except RateLimitExceeded as error:
        raise FormSentTwice() from error


def _signer(purpose: str) -> URLSafeSerializer:
    settings = webkit().settings
    return URLSafeSerializer([*settings.old_secret_keys, settings.secret_key], salt=f"form:{purpose}")
