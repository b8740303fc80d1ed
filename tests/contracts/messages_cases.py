"""What a message vendor's double must show: asked through our adapter, over real HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest

from backends.messages.twilio import TwilioMessages
from kernel.ids import PAYMENT_DIGITS, new_number
from services.messages.ports import (
    BadSignature,
    DeliveryReceipt,
    MessageRefused,
    MessagesUnavailable,
    OutgoingMessage,
    RateLimited,
)
from tests.contracts.cases import Cases
from tests.contracts.hooks import Call, Hooks

MESSAGES = Cases()
SIGNATURE = "x-twilio-signature"


class MessagesDouble(Protocol):
    """What a case asks of a double besides its HTTP."""

    name: str
    can: frozenset[str]
    hooks: Hooks

    def messages(self, **options: Any) -> TwilioMessages: ...

    def progress(self, vendor_id: str, *statuses: str) -> None:
        """Let a message go on to these statuses; a double whose messages travel by themselves does nothing."""

    def receive(self, sender: str, body: str) -> None:
        """Let a person write to us."""

    def trouble(self, kind: str) -> None:
        """Let the next request go wrong: 429, 500, lost."""


def message(to: str = "+8613800001111", body: str = "Paid 86.42. 已收到 86.42 元。") -> OutgoingMessage:
    number = new_number(PAYMENT_DIGITS)
    return OutgoingMessage(number, to, f"{body} {number}")


def a_while_ago() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=5)


def receipt(double: MessagesDouble, call: Call) -> DeliveryReceipt:
    return double.messages().verify_callback(double.hooks.url + call.path, call.form, call.headers[SIGNATURE])


def callback(double: MessagesDouble, sent: OutgoingMessage, status: str) -> Call:
    return double.hooks.wait_for(
        lambda call: sent.message_number in call.path and call.form.get("MessageStatus") == status
    )


@MESSAGES.needing("send")
def a_message_is_taken_and_has_an_id(double: MessagesDouble) -> None:
    sent = double.messages().send(message())
    assert sent.vendor_id.startswith("SM")
    assert sent.status == "accepted"


@MESSAGES.needing("send", "service")
def a_message_is_taken_through_a_messaging_service(double: MessagesDouble) -> None:
    assert double.messages(service=True).send(message()).status == "accepted"


@MESSAGES.needing("state", "parts")
def chinese_text_is_counted_in_parts_of_67(double: MessagesDouble) -> None:
    assert double.messages().send(OutgoingMessage("1", "+8613800001111", "电" * 70)).parts == 1
    assert double.messages().send(OutgoingMessage("2", "+8613800001111", "电" * 71)).parts == 2


@MESSAGES.needing("state")
def a_message_that_was_taken_is_found_by_number_and_words(double: MessagesDouble) -> None:
    ours = message()
    sent = double.messages().send(ours)
    found = double.messages().find_sent(ours, a_while_ago())
    assert found is not None
    assert found.vendor_id == sent.vendor_id


@MESSAGES.needing("state")
def of_two_messages_with_the_same_words_the_one_that_is_known_is_passed_over(double: MessagesDouble) -> None:
    ours = message()
    first, second = double.messages().send(ours), double.messages().send(ours)
    for one, other in ((first, second), (second, first)):
        found = double.messages().find_sent(ours, a_while_ago(), known=lambda sid, one=one: sid == one.vendor_id)
        assert found is not None
        assert found.vendor_id == other.vendor_id


@MESSAGES.needing("state")
def a_message_that_was_never_taken_is_not_found(double: MessagesDouble) -> None:
    ours = message()
    double.messages().send(message())
    assert double.messages().find_sent(ours, a_while_ago()) is None


@MESSAGES.needing("state")
def a_message_taken_before_is_not_taken_for_this_one(double: MessagesDouble) -> None:
    ours = message()
    double.messages().send(ours)
    assert double.messages().find_sent(ours, datetime.now(UTC) + timedelta(minutes=5)) is None


@MESSAGES.needing("state", "paging")
def a_message_is_found_behind_many_others(double: MessagesDouble) -> None:
    to = "+8613900002222"
    ours = message(to)
    sent = double.messages().send(ours)
    for _other in range(120):
        double.messages().send(message(to))
    found = double.messages().find_sent(ours, a_while_ago())
    assert found is not None
    assert found.vendor_id == sent.vendor_id


@MESSAGES.needing("lookup")
def a_look_up_is_understood(double: MessagesDouble) -> None:
    assert double.messages(lists=True).find_sent(message(), datetime.now(UTC)) is None


@MESSAGES.needing("callbacks")
def status_callbacks_carry_our_number_and_a_signature(double: MessagesDouble) -> None:
    ours = message()
    sent = double.messages().send(ours)
    double.progress(sent.vendor_id, "sent", "delivered")
    for said, status in (("sent", "sent"), ("delivered", "delivered")):
        heard = receipt(double, callback(double, ours, said))
        assert (heard.vendor_id, heard.message_number, heard.status) == (sent.vendor_id, ours.message_number, status)
        assert heard.event_id == f"{sent.vendor_id}:{said}:"


@MESSAGES.needing("callbacks")
def a_forged_or_changed_callback_is_refused(double: MessagesDouble) -> None:
    ours = message()
    double.progress(double.messages().send(ours).vendor_id, "delivered")
    call = callback(double, ours, "delivered")
    url, form, proof = double.hooks.url + call.path, call.form, call.headers[SIGNATURE]
    for changed_url, changed_form, changed_proof in (
        (url, form | {"MessageStatus": "failed"}, proof),
        (url.replace(ours.message_number, "999999999999"), form, proof),
        (url, form, "bm90IGEgcHJvb2Y="),
        (url, form, ""),
    ):
        with pytest.raises(BadSignature):
            double.messages().verify_callback(changed_url, changed_form, changed_proof)


@MESSAGES.needing("inbound")
def what_a_person_writes_arrives_signed(double: MessagesDouble) -> None:
    double.receive("+8613700003333", "退订")
    call = double.hooks.wait_for(lambda call: call.path.startswith("/hooks/twilio/inbound"))
    heard = double.messages().verify_inbound(double.hooks.url + call.path, call.form, call.headers[SIGNATURE])
    assert (heard.sender, heard.body) == ("+8613700003333", "退订")
    with pytest.raises(BadSignature):
        double.messages().verify_inbound(
            double.hooks.url + call.path, call.form | {"Body": "YES"}, call.headers[SIGNATURE]
        )


@MESSAGES.needing("refusals")
def a_refused_number_says_why(double: MessagesDouble) -> None:
    for number, reason, code in (
        ("+15005550001", "bad_number", "21211"),
        ("+15005550004", "stopped", "21610"),
        ("+15005550009", "not_mobile", "21614"),
        ("+15005550003", "other", "21408"),
    ):
        with pytest.raises(MessageRefused) as refused:
            double.messages().send(message(number))
        assert (refused.value.reason, refused.value.vendor_code) == (reason, code)


@MESSAGES.needing("refusals")
def a_message_that_does_not_arrive_says_why(double: MessagesDouble) -> None:
    ours = message("+15005551006")
    double.messages().send(ours)
    heard = receipt(double, callback(double, ours, "undelivered"))
    assert (heard.status, heard.reason, heard.vendor_code) == ("undelivered", "not_mobile", "30006")


@MESSAGES.needing("stops")
def a_number_that_said_stop_is_refused_until_it_says_start(double: MessagesDouble) -> None:
    number = "+8613600004444"
    double.receive(number, "stop")
    with pytest.raises(MessageRefused) as refused:
        double.messages().send(message(number))
    assert refused.value.reason == "stopped"
    double.receive(number, "START")
    assert double.messages().send(message(number)).status == "accepted"


@MESSAGES.needing("keys")
def a_wrong_token_loses_no_message_for_good(double: MessagesDouble) -> None:
    with pytest.raises(MessagesUnavailable):
        double.messages(token="wrong").send(message())


@MESSAGES.needing("troubles")
def too_many_requests_say_how_long_to_wait(double: MessagesDouble) -> None:
    double.trouble("429")
    with pytest.raises(RateLimited) as limited:
        double.messages().send(message())
    assert limited.value.retry_after == 2.0


@MESSAGES.needing("troubles")
def a_vendor_in_trouble_leaves_the_outcome_unknown_and_absent(double: MessagesDouble) -> None:
    ours = message()
    double.trouble("500")
    with pytest.raises(MessagesUnavailable):
        double.messages().send(ours)
    assert double.messages().find_sent(ours, a_while_ago()) is None


@MESSAGES.needing("troubles")
def a_lost_answer_is_found_again_and_its_callback_carries_our_number(double: MessagesDouble) -> None:
    ours = message()
    double.trouble("lost")
    with pytest.raises(MessagesUnavailable):
        double.messages(timeout=(1.0, 0.5)).send(ours)
    found = double.messages().find_sent(ours, a_while_ago())
    assert found is not None
    assert receipt(double, callback(double, ours, "delivered")).vendor_id == found.vendor_id


@MESSAGES.needing("silence")
def a_vendor_that_is_not_there_is_unavailable(double: MessagesDouble) -> None:
    with pytest.raises(MessagesUnavailable):
        double.messages(api_base="http://127.0.0.1:9").send(message())
