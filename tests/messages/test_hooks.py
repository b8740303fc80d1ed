"""Twilio's callbacks: only signed ones, each stored once, and what they say comes to the message."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from twilio.request_validator import RequestValidator

from backends.messages.twilio import TwilioMessages
from kernel.crypto import keyed_hash
from kernel.db import Database
from services.messages.queries import standing_consents
from tests.messages.fakes import DAY, FakeVendor
from tests.messages.ports import UTILITY, ports_of
from webhooks.app import create_app
from wiring.ports import Ports
from workers.work import work_rows

TOKEN = "t" * 32
PHONE = "+8613800000001"


@pytest.fixture
def ports(db: Database) -> Ports:
    return ports_of(db, TwilioMessages("AC" + "0" * 32, TOKEN, "MG" + "0" * 32, public_url=UTILITY.public_url))


@pytest.fixture
def twilio(ports: Ports) -> Callable[..., int]:
    """Post a form to a hook as Twilio does; returns the answer's status."""
    client: FlaskClient = create_app(ports).test_client()

    def post(path: str, form: dict[str, str], signature: str | None = None) -> int:
        signed = RequestValidator(TOKEN).compute_signature(f"{UTILITY.public_url}/hooks{path}", form)
        answer = client.post(path, data=form, headers={"X-Twilio-Signature": signature or signed})
        assert answer.headers.get("Set-Cookie") is None
        return answer.status_code

    return post


def _work(ports: Ports) -> int:
    with ports.db.read() as reader:
        rows = reader.execute(text("SELECT id, topic FROM inbox WHERE done_at IS NULL ORDER BY id")).all()
    for row in rows:
        work_rows(ports, "inbox", row.topic, [row.id], now=DAY)
    return len(rows)


def _status(status: str, **more: str) -> dict[str, str]:
    return {"MessageSid": "SM1", "MessageStatus": status, "To": PHONE, "From": "+8610", "AccountSid": "AC0"} | more


def test_a_signed_status_moves_its_message_once(
    db: Database, ports: Ports, vendor: FakeVendor, twilio: Callable[..., int], queue: Callable[..., int],
    relay: Callable[[], int], state: Callable[[int], tuple[str, str | None]],
) -> None:  # fmt: skip
    message = queue()
    relay()
    path = f"/twilio/status?m={vendor.taken[0].message_number}"
    for status in ("delivered", "sent", "delivered"):
        assert twilio(path, _status(status)) == 204
    assert _work(ports) == 2
    assert state(message) == ("delivered", None)
    with db.read() as reader:
        assert PHONE not in str(reader.execute(text("SELECT payload FROM inbox")).all())


def test_an_undelivered_status_tells_our_reason(
    ports: Ports, vendor: FakeVendor, twilio: Callable[..., int], queue: Callable[..., int],
    relay: Callable[[], int], state: Callable[[int], tuple[str, str | None]],
) -> None:  # fmt: skip
    message = queue(phone=PHONE)
    relay()
    path = f"/twilio/status?m={vendor.taken[0].message_number}"
    assert twilio(path, _status("undelivered", ErrorCode="21610")) == 204
    _work(ports)
    assert state(message) == ("undelivered", "stopped")
    with ports.db.read() as reader:
        assert standing_consents(reader, keyed_hash("phone", PHONE), "sms") == {"all": False}


@pytest.mark.parametrize("path", ["/twilio/status?m=1", "/twilio/inbound"])
@pytest.mark.parametrize("signature", ["", "forged", "A" * 28])
def test_a_forged_callback_is_refused_and_stored_nowhere(
    db: Database, twilio: Callable[..., int], path: str, signature: str
) -> None:
    assert twilio(path, _status("delivered", Body="STOP"), signature or " ") == 403
    with db.read() as reader:
        assert reader.scalar(text("SELECT count(*) FROM inbox")) == 0


def test_a_signature_of_another_address_or_form_is_refused(db: Database, twilio: Callable[..., int]) -> None:
    form = _status("delivered")
    signature = RequestValidator(TOKEN).compute_signature(f"{UTILITY.public_url}/hooks/twilio/status?m=1", form)
    assert twilio("/twilio/status?m=2", form, signature) == 403
    assert twilio("/twilio/status?m=1", form | {"MessageStatus": "failed"}, signature) == 403
    assert twilio("/twilio/status?m=1", form, signature) == 204


def test_a_stop_by_text_is_answered_with_nothing_and_written_down(ports: Ports, twilio: Callable[..., int]) -> None:
    form = {"MessageSid": "SM9", "From": PHONE, "To": "+8610", "Body": "退订", "AccountSid": "AC0"}
    assert [twilio("/twilio/inbound", form) for _ in range(2)] == [200, 200]
    assert _work(ports) == 1
    with ports.db.read() as reader:
        assert standing_consents(reader, keyed_hash("phone", PHONE), "sms") == {"all": False}


def test_only_posts_are_taken(ports: Ports) -> None:
    client = create_app(ports).test_client()
    assert client.get("/twilio/status").status_code == 405
    assert client.get("/twilio/inbound").status_code == 405
