"""May this message go now? Consent and quiet hours per category. Pure; why a receipt may pass: docs/adr/0005.

A STOP is a consent row of category "all". Its lifting (START) gives back what stood before; it is no consent to
anything that needs one of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.messages.rules import Verdict, life_of

QUIET_FROM, QUIET_UNTIL = time(21), time(8)
AWAITED_FOR = timedelta(minutes=30)
"""Who began a payment this recently is awake and waits for its receipt."""


@dataclass(frozen=True)
class Policy:
    """`quiet`: never held, held at night, or held at night unless awaited. `passes_stop`: the person asked for this
    very message just now."""

    quiet: str
    passes_stop: bool


POLICIES = {
    "receipt": Policy(quiet="unless_awaited", passes_stop=False),
    "one_time_code": Policy(quiet="passes", passes_stop=True),
}


def quiet_until(now: datetime, zone: str) -> datetime | None:
    """Return when the quiet hours that `now` lies in end (21-08 in the utility's zone), None by day."""
    local = now.astimezone(ZoneInfo(zone))
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return None
    day = local.date() + timedelta(days=1 if local.time() >= QUIET_FROM else 0)
    return datetime.combine(day, QUIET_UNTIL, ZoneInfo(zone)).astimezone(now.tzinfo)


def hold_until(category: str, *, caused_at: datetime, now: datetime, zone: str) -> datetime | None:
    """Return until when quiet hours hold a message back, or None. `caused_at`: when the person acted."""
    policy = POLICIES[category].quiet
    if policy == "passes" or (policy == "unless_awaited" and now - caused_at <= AWAITED_FOR):
        return None
    return quiet_until(now, zone)


def decide(*, category: str, consents: Mapping[str, bool], queued_at: datetime, now: datetime, zone: str) -> Verdict:
    """Say whether a queued message may be sent now. `consents`: the newest word on each category, "all" for every."""
    if now - queued_at >= life_of(category) and category == "one_time_code":
        return Verdict("withhold", reason="expired")
    refused = consents.get("all") is False or consents.get(category) is False
    if refused and not POLICIES[category].passes_stop:
        return Verdict("withhold", reason="stopped")
    until = hold_until(category, caused_at=queued_at, now=now, zone=zone)
    return Verdict("wait", until=until) if until else Verdict("send")
