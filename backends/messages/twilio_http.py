"""The HTTP under Twilio's SDK: bounded in time, never repeated, and able to speak to another address.

The SDK has no base-address setting, so scheme and host are rewritten here; and it drops an answer's headers, so a 429
is read here, where Retry-After is still known.
"""

from typing import Any
from urllib.parse import urlsplit

import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

from services.messages.ports import MessagesUnavailable, RateLimited


class BoundedHttp(TwilioHttpClient):  # type: ignore[misc, unused-ignore]
    """Raises MessagesUnavailable without an answer, RateLimited on 429. `timeout`: seconds to connect, to read."""

    def __init__(self, api_base: str | None, timeout: tuple[float, float]):
        super().__init__()
        # The SDK's own check of a time-out knows single numbers only.
        self.timeout: Any = timeout
        self._base = api_base.rstrip("/") if api_base else None

    def log_request(self, kwargs: dict[str, Any]) -> None:
        """Say nothing: the SDK's lines carry telephone numbers, and stand in every log at INFO."""

    def log_response(self, status_code: int, response: Any) -> None:
        """Say nothing, as above."""

    def request(self, method: str, url: str, *args: Any, **options: Any) -> Response:
        if self._base is not None:
            parts = urlsplit(url)
            url = self._base + parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            answer = super().request(method, url, *args, **options)
        except requests.RequestException as error:
            raise MessagesUnavailable() from error
        if answer.status_code == 429:
            raise RateLimited(_seconds(answer.headers))
        return answer


def _seconds(headers: Any) -> float:
    """Return Retry-After in seconds, bounded; one second when the vendor does not say."""
    said = str((headers or {}).get("Retry-After", ""))
    return min(float(said), 3600.0) if said.isdigit() else 1.0
