"""An agent's first screen: the customers they had last, and how paying and messages go today at their stations."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from kernel.actor import Actor
from kernel.db import Reader

_RECENT_WITHIN = timedelta(days=14)
_LISTED = 8


@dataclass(frozen=True)
class Recent:
    account_number: str
    customer_name: str
    address: str
    at: datetime


@dataclass(frozen=True)
class Failure:
    """What failed today, newest first: a payment (amount, failure code) or a message (its category, reason)."""

    kind: str
    account_number: str
    customer_name: str
    amount_minor: int | None
    currency: str | None
    category: str | None
    reason: str | None
    at: datetime


@dataclass(frozen=True)
class Facts:
    """Counts since the local day began. `waiting`: payments begun and not decided yet."""

    paid: int
    paid_minor: int
    waiting: int
    payments_failed: int
    messages: int
    messages_delivered: int
    messages_failed: int
    failures: tuple[Failure, ...]


_RECENT = text("""
    WITH mine AS (
        SELECT account_id, max(at) AS at FROM (
            SELECT account_id, at FROM audit_entry WHERE actor_kind = 'agent' AND actor_id = :agent AND at > :since
                AND action = 'view_customer' ORDER BY at DESC LIMIT 300) x
        GROUP BY account_id ORDER BY 2 DESC LIMIT :n
    )
    SELECT a.account_number, c.name AS customer_name, COALESCE(place.address, '') AS address, m.at
    FROM mine m JOIN account a ON a.id = m.account_id JOIN customer c ON c.id = a.customer_id
    LEFT JOIN LATERAL (
        SELECT p.address FROM agreement g JOIN service_point s ON s.id = g.service_point_id
        JOIN premises p ON p.id = s.premises_id WHERE g.account_id = a.id ORDER BY lower(g.during) DESC LIMIT 1
    ) place ON true
    WHERE a.station_id = ANY(CAST(:stations AS bigint[])) ORDER BY m.at DESC
""")

_FACTS = text("""
    WITH paid AS (
        SELECT p.*, a.account_number, c.name FROM payment p JOIN account a ON a.id = p.account_id
        JOIN customer c ON c.id = a.customer_id
        WHERE p.created_at >= :since AND p.state <> 'created' AND a.station_id = ANY(CAST(:stations AS bigint[]))
    ), told AS (
        SELECT m.category, m.state, m.reason, m.changed_at, a.account_number, c.name FROM message m
        JOIN account a ON a.id = m.account_id JOIN customer c ON c.id = a.customer_id
        WHERE m.created_at >= :since AND a.station_id = ANY(CAST(:stations AS bigint[]))
    ), failures AS (
        (SELECT 'payment' AS kind, account_number, name, amount_minor, currency, NULL AS category,
            failure_code AS reason, changed_at AS at FROM paid WHERE state = 'failed' ORDER BY changed_at DESC LIMIT :n)
        UNION ALL
        (SELECT 'message', account_number, name, NULL, NULL, category, reason, changed_at FROM told
            WHERE state IN ('failed', 'undelivered') ORDER BY changed_at DESC LIMIT :n)
        ORDER BY at DESC LIMIT :n
    )
    SELECT count(*) FILTER (WHERE state = 'settled') AS paid,
        COALESCE(sum(amount_minor) FILTER (WHERE state = 'settled'), 0)::bigint AS paid_minor,
        count(*) FILTER (WHERE state IN ('open', 'processing')) AS waiting,
        count(*) FILTER (WHERE state = 'failed') AS payments_failed,
        (SELECT count(*) FROM told) AS messages,
        (SELECT count(*) FROM told WHERE state = 'delivered') AS messages_delivered,
        (SELECT count(*) FROM told WHERE state IN ('failed', 'undelivered')) AS messages_failed,
        (SELECT json_agg(json_build_array(kind, account_number, name, amount_minor, currency, category, reason, at))
            FROM failures) AS failures
    FROM paid
""")


def recent_customers(reader: Reader, actor: Actor, *, now: datetime) -> tuple[Recent, ...]:
    """Return the customers this agent opened last, of stations they still serve, newest first."""
    values = {
        "agent": actor.id, "since": now - _RECENT_WITHIN, "stations": sorted(actor.stations or ()), "n": _LISTED,
    }  # fmt: skip
    return tuple(Recent(**row._asdict()) for row in reader.execute(_RECENT, values))


def service_facts(reader: Reader, actor: Actor, *, since: datetime) -> Facts:
    """Return how payments and messages go at the actor's stations since an instant (the local midnight)."""
    row = reader.execute(_FACTS, {"since": since, "stations": sorted(actor.stations or ()), "n": _LISTED}).one()
    numbers: dict[str, Any] = {name: getattr(row, name) for name in Facts.__dataclass_fields__ if name != "failures"}
    return Facts(**numbers, failures=tuple(_failure(*values) for values in row.failures or ()))


def _failure(*values: Any) -> Failure:
    kind, account_number, name, amount_minor, currency, category, reason, at = values
    instant = datetime.fromisoformat(at)
    return Failure(kind, account_number, name, amount_minor, currency, category, reason, instant)
