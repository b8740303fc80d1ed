"""What the stand-in for Twilio does beyond the contract: refusals by code, parts, lists, the uncertain send."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from backends.messages.simulator.segments import count_segments
from services.messages.ports import MessageRefused, MessagesUnavailable, OutgoingMessage, RateLimited
from tests.simulators.world import SID, TOKEN, World

LIST = f"/twilio/2010-04-01/Accounts/{SID}/Messages"


def _text(body: str = "Paid 86.42.", to: str = "+8613800000001", number: str = "M-1") -> OutgoingMessage:
    return OutgoingMessage(number, to, body)


def _get(world: World, path: str = ".json", **query: Any) -> requests.Response:
    return requests.get(f"{world.base}{LIST}{path}", params=query, auth=(SID, TOKEN), timeout=5)


@pytest.mark.parametrize(
    ("to", "reason", "code"),
    [
        ("+15005550001", "bad_number", "21211"), ("12", "bad_number", "21211"), ("+0123456789", "bad_number", "21211"),
        ("+15005550002", "bad_number", "21612"), ("+15005550003", "other", "21408"),
        ("+15005550004", "stopped", "21610"), ("+15005550009", "not_mobile", "21614"),
    ],
)  # fmt: skip
def test_a_refused_number_says_why_in_our_words(world: World, to: str, reason: str, code: str) -> None:
    with pytest.raises(MessageRefused) as refused:
        world.messages.send(_text(to=to))
    assert (refused.value.reason, refused.value.vendor_code) == (reason, code)
    assert _get(world).json()["messages"] == []


@pytest.mark.parametrize("body", ["", "x" * 1601])
def test_a_body_that_cannot_be_sent_is_refused(world: World, body: str) -> None:
    with pytest.raises(MessageRefused) as refused:
        world.messages.send(_text(body))
    assert refused.value.reason == "other"


@pytest.mark.parametrize(("status", "code"), [("undelivered", "30003"), ("failed", "30001")])
def test_a_message_that_does_not_arrive_says_so(world: World, status: str, code: str) -> None:
    world.messages.send(_text(to=f"+1500555100{code[-1]}"))
    world.pass_(5)
    last = world.hook.posted[-1]
    receipt = world.messages.verify_callback(last.url, last.form, last.headers["X-Twilio-Signature"])
    assert (receipt.status, receipt.vendor_code) == (status, code)
    assert receipt.event_id == f"{receipt.vendor_id}:{status}:{code}"


def test_too_many_requests_name_the_pause(world: World) -> None:
    with pytest.raises(RateLimited) as limited:
        world.messages.send(_text(to="+15005551097"))
    assert limited.value.retry_after == 2.0


@pytest.mark.parametrize(("to", "taken"), [("+15005551096", True), ("+15005551098", False), ("+15005551099", True)])
def test_an_uncertain_send_is_looked_up_and_found_only_if_it_was_taken(world: World, to: str, taken: bool) -> None:
    text = _text(to=to)
    with pytest.raises(MessagesUnavailable):
        world.messages_with(patience=0.5).send(text)
    found = world.messages.find_sent(text, world.clock())
    assert (found is not None) == taken
    assert len(_get(world).json()["messages"]) == int(taken)


def test_an_uncertain_send_resolves_itself_by_its_callback(world: World) -> None:
    with pytest.raises(MessagesUnavailable):
        world.messages_with(patience=0.5).send(_text(to="+15005551099", number="M-77"))
    world.pass_(5)
    last = world.hook.posted[-1]
    receipt = world.messages.verify_callback(last.url, last.form, last.headers["X-Twilio-Signature"])
    assert (receipt.message_number, receipt.status) == ("M-77", "delivered")


@pytest.mark.parametrize(
    ("sent", "asked", "later"),
    [
        (_text("Paid 1."), _text("Paid 2."), 0),  # other words
        (_text("Paid 1."), _text("Paid 1. "), 0),  # nearly the same words
        (_text(to="+8613800000001"), _text(to="+8613800000002"), 0),  # another number
        (_text(), _text(), 3600),  # the same words, but an hour before
    ],
)
def test_another_message_is_not_taken_for_this_one(
    world: World, sent: OutgoingMessage, asked: OutgoingMessage, later: float
) -> None:
    world.messages.send(sent)
    world.clock.move(later)
    assert world.messages.find_sent(asked, world.clock()) is None


def test_what_the_person_wrote_is_not_what_we_sent(world: World) -> None:
    requests.post(f"{world.base}/messages/inbound", data={"from": "+8613800000001", "body": "Paid 86.42."}, timeout=5)
    assert world.messages.find_sent(_text(), world.clock()) is None


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),
        ("€" * 80, 1), ("€" * 81, 2), ("a" * 152 + "€" * 5, 2), ("a" * 152 + "€" + "a" * 152, 3),
        ("电" * 70, 1), ("电" * 71, 2), ("电" * 134, 2), ("电" * 135, 3), ("a" * 69 + "电", 1), ("😀" * 35, 1),
        ("😀" * 36, 2), ("电" * 66 + "😀" + "电" * 66, 3),
    ],
)  # fmt: skip
def test_parts_are_counted_as_the_networks_do(body: str, parts: int) -> None:
    assert count_segments(body) == parts


def test_a_sender_may_be_a_number(world: World) -> None:
    world.messages_with(sender="+15005550006").send(_text())
    (message,) = _get(world).json()["messages"]
    assert (message["from"], message["messaging_service_sid"], message["status"]) == ("+15005550006", None, "queued")


def test_a_message_goes_from_accepted_to_delivered(world: World) -> None:
    sid = world.messages.send(_text()).vendor_id
    seen = [_get(world, f"/{sid}.json").json()["status"]]
    for seconds in (0, 0.5, 0.5, 60):
        world.pass_(seconds, step=0.5)
        seen.append(_get(world, f"/{sid}.json").json()["status"])
    assert seen == ["accepted", "queued", "sent", "delivered", "delivered"]
    message = _get(world, f"/{sid}.json").json()
    assert message["date_sent"].endswith("+0000")
    assert message["num_segments"] == "1"


def test_a_list_is_read_page_by_page_newest_first(world: World) -> None:
    sent = [world.messages.send(_text(f"No. {n}")).vendor_id for n in range(5)]
    seen, page = [], _get(world, PageSize=2).json()
    while True:
        seen += [message["sid"] for message in page["messages"]]
        if page["next_page_uri"] is None:
            break
        page = requests.get(f"{world.base}/twilio{page['next_page_uri']}", auth=(SID, TOKEN), timeout=5).json()
    assert seen == sent[::-1]


def test_a_list_is_narrowed_by_number_and_by_the_day_it_was_sent(world: World) -> None:
    world.messages.send(_text())
    world.messages.send(_text(to="+8613800000002"))
    world.pass_(5)
    day = world.clock().date()

    def count(**query: Any) -> int:
        return len(_get(world, **query).json()["messages"])

    assert count(To="+8613800000002") == 1
    assert count(DateSent=day.isoformat()) == 2
    assert count(**{"DateSent>": (day + timedelta(days=1)).isoformat()}) == 0
    assert count(**{"DateSent<": (day - timedelta(days=1)).isoformat()}) == 0
    assert count(**{"DateSent>": datetime(2020, 1, 1, tzinfo=UTC).isoformat()}) == 2


@pytest.mark.parametrize(
    ("auth", "path", "status", "code"),
    [
        (None, ".json", 401, 20003), ((SID, "wrong"), ".json", 401, 20003), ((SID, TOKEN), "/SM0.json", 404, 20404),
        ((SID, TOKEN), "/../../Calls.json", 404, 20404),
    ],
)  # fmt: skip
def test_an_error_has_status_code_sentence_and_page(
    world: World, auth: tuple[str, str] | None, path: str, status: int, code: int
) -> None:
    answer = requests.get(f"{world.base}{LIST}{path}", auth=auth, timeout=5)
    error = answer.json()
    assert (answer.status_code, error["status"], error["code"]) == (status, status, code)
    assert error["message"]
    assert error["more_info"].endswith(f"/{code}")


def test_our_own_mistake_says_nothing_of_the_message(world: World) -> None:
    with pytest.raises(MessagesUnavailable):
        world.messages_with(token="wrong").send(_text())


def test_no_log_line_names_a_telephone_number(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    world.messages.send(_text())
    world.messages.find_sent(_text(), world.clock())
    ours = [record.getMessage() for record in caplog.records if record.name != "werkzeug"]
    assert not [line for line in ours if "13800000001" in line or "Twilio" in line]
