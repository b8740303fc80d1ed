"""SMS through Twilio: sending, looking up what was sent, and reading what Twilio signs and posts back.

Follows www.twilio.com/docs: messaging/api/message-resource, usage/security (X-Twilio-Signature), usage/webhooks.
The status callback's address carries our message number, so that a send whose answer was lost resolves itself.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qs, quote, urlsplit

from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from backends.messages.twilio_http import BoundedHttp
from backends.messages.twilio_words import STATUSES, reason_of
from services.messages.ports import (
    BadSignature,
    DeliveryReceipt,
    InboundMessage,
    MessageRefused,
    MessagesUnavailable,
    OutgoingMessage,
    RateLimited,
    SentMessage,
    VendorMessageStatus,
)

STATUS_PATH = "/hooks/twilio/status"
MAX_LOOKED_AT = 2000
ENOUGH_OLDER = 50
CLOCK_SLACK = timedelta(minutes=1)


class TwilioMessages:
    """The messages port over Twilio's HTTP.

    `sender` is a messaging service (MG...) or a number in E.164; `api_base` None means Twilio itself. `public_url` is
    ours as Twilio sees it. `callback_retries` asks Twilio to try a status callback again when we do not take it.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        *,
        public_url: str,
        api_base: str | None = None,
        timeout: tuple[float, float] = (3.05, 10.0),
        callback_retries: int = 5,
    ):
        self._sender = {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
        self._callback = public_url.rstrip("/") + STATUS_PATH
        # A connection override (docs: usage/webhooks/webhooks-connection-overrides): never sent, never signed.
        self._override = f"#rc={callback_retries}&rp=all" if callback_retries else ""
        self._validator = RequestValidator(auth_token)
        # An own environment: the SDK would else read regions and edges from ours.
        self._client = Client(
            account_sid,
            auth_token,
            http_client=BoundedHttp(api_base, timeout),
            environment={"LIGHTLINE": "reads its settings in one place"},
        )

    def send(self, message: OutgoingMessage) -> SentMessage:
        """Hand the message over, once. Raises MessagesUnavailable (outcome unknown), MessageRefused, RateLimited."""
        try:
            sent = self._client.messages.create(
                to=message.to,
                body=message.body,
                status_callback=f"{self._callback}?m={quote(message.message_number, safe='')}{self._override}",
                **self._sender,
            )
        except TwilioException as error:
            raise _fault(error) from error
        return _sent(sent)

    def find_sent(
        self, message: OutgoingMessage, since: datetime, *, known: Callable[[str], bool] = lambda _vendor_id: False
    ) -> SentMessage | None:
        """Look for this very message among those Twilio took since; None if it is absent there.

        The list is read newest first without Twilio's date filter: that one goes by the day of sending, which a
        message still queued there has not got.
        """
        older = 0
        try:
            for found in self._client.messages.stream(to=message.to, limit=MAX_LOOKED_AT, page_size=100):
                if found.date_created is not None and found.date_created < since - CLOCK_SLACK:
                    older += 1
                    if older >= ENOUGH_OLDER:
                        break
                elif _is(found, message) and not known(str(found.sid)):
                    return _sent(found)
        except TwilioException as error:
            raise _fault(error) from error
        return None

    def verify_callback(self, url: str, form: Mapping[str, str], signature: str) -> DeliveryReceipt:
        """Check and read a status callback; `url` is the public one, query included. Raises BadSignature."""
        self._verify(url, form, signature)
        vendor_id = form.get("MessageSid") or form.get("SmsSid") or ""
        said = form.get("MessageStatus") or form.get("SmsStatus") or ""
        status = STATUSES.get(said)
        if not vendor_id or status is None:
            raise BadSignature()
        code = form.get("ErrorCode") or None
        return DeliveryReceipt(
            event_id=f"{vendor_id}:{said}:{code or ''}",
            message_number=next(iter(parse_qs(urlsplit(url).query).get("m", [])), None),
            vendor_id=vendor_id,
            status=status,
            reason=reason_of(code) if code or status in {"failed", "undelivered"} else None,
            vendor_code=code,
        )

    def verify_inbound(self, url: str, form: Mapping[str, str], signature: str) -> InboundMessage:
        """Check and read a message that a person sent us. Raises BadSignature."""
        self._verify(url, form, signature)
        vendor_id = form.get("MessageSid") or form.get("SmsMessageSid") or ""
        if not vendor_id or not form.get("From"):
            raise BadSignature()
        return InboundMessage(
            event_id=vendor_id,
            vendor_id=vendor_id,
            sender=form["From"],
            to=form.get("To", ""),
            body=form.get("Body", ""),
        )

    def _verify(self, url: str, form: Mapping[str, str], signature: str) -> None:
        if not self._validator.validate(url, dict(form), signature):
            raise BadSignature()


def _is(found: MessageInstance, message: OutgoingMessage) -> bool:
    """Say whether what Twilio lists is what we sent: these words, from us."""
    return found.body == message.body and str(found.direction or "outbound").startswith("outbound")


def _sent(message: MessageInstance) -> SentMessage:
    status: VendorMessageStatus = STATUSES.get(str(message.status), "accepted")
    parts = str(message.num_segments or "")
    return SentMessage(vendor_id=str(message.sid), status=status, parts=int(parts) if parts.isdigit() else None)


def _fault(error: TwilioException) -> MessagesUnavailable | MessageRefused | RateLimited:
    """Only a 400 is about this message. Anything else (5xx, wrong keys, no answer) says nothing of its fate."""
    if isinstance(error, TwilioRestException):
        if error.status == 429:
            return RateLimited()
        if error.status == 400:
            return MessageRefused(reason_of(str(error.code)), str(error.code))
    return MessagesUnavailable()
