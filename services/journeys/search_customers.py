"""One search box: account, agreement, bill, payment and meter numbers, phones, names, addresses.

One statement. What fits exactly is found first; names and addresses are searched only when nothing did. Accounts of
other stations are never read, so a count or a "no" tells nothing about them. Every search is recorded.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from kernel.actor import Actor
from kernel.audit import record
from kernel.crypto import keyed_hash, unseal
from kernel.db import Database
from kernel.phones import masked_phone, normal_phone
from kernel.search import phrase_query

LIMIT = 50
_LONGEST = 100


@dataclass(frozen=True)
class Found:
    """`how`: account, agreement, bill, payment, meter, phone, helper (a phone of somebody let in), name, address."""

    how: str
    account_number: str
    customer_name: str
    address: str
    phone: str
    closed_on: date | None


@dataclass(frozen=True)
class Answer:
    """`exact`: the words name something, they are not merely contained in it. `more`: there are more than LIMIT."""

    found: tuple[Found, ...]
    exact: bool
    more: bool


_MINE = "a.station_id = ANY(CAST(:stations AS bigint[]))"

# What the words are contained in is found by its own index first (MATERIALIZED): a planner that hopes for an early hit
# among a station's accounts would read them all when there is none.
_SEARCH = text(f"""
    WITH exact AS (
        SELECT 1 AS rank, 'account' AS how, a.id FROM account a WHERE a.account_number = :code AND {_MINE}
        UNION ALL
        SELECT 2, 'agreement', a.id FROM agreement g JOIN account a ON a.id = g.account_id
            WHERE g.agreement_number = :code AND {_MINE}
        UNION ALL
        SELECT 3, 'bill', a.id FROM bill_index i JOIN account a ON a.id = i.account_id
            WHERE i.bill_number = :code AND {_MINE}
        UNION ALL
        SELECT 3, 'payment', a.id FROM payment p JOIN account a ON a.id = p.account_id
            WHERE p.payment_number = :code AND {_MINE}
        UNION ALL
        SELECT 3, 'meter', a.id FROM meter m JOIN agreement g ON g.service_point_id = m.service_point_id
            JOIN account a ON a.id = g.account_id
            WHERE m.meter_number IN (:words, :code) AND (m.removed_on IS NULL OR m.removed_on > :today)
                AND g.during @> CAST(:today AS date) AND {_MINE}
        UNION ALL
        SELECT 4, 'phone', a.id FROM customer c JOIN account a ON a.customer_id = c.id
            WHERE c.phone_hash = :phone AND {_MINE}
        UNION ALL
        SELECT 5, 'helper', a.id FROM sign_in s JOIN holding h ON h.sign_in_id = s.id AND h.revoked_at IS NULL
            AND (h.ends_on IS NULL OR h.ends_on > :today) JOIN account a ON a.id = h.account_id
            WHERE s.phone_hash = :phone AND {_MINE}
    ), named AS MATERIALIZED (
        SELECT id FROM customer
        WHERE NOT EXISTS (SELECT FROM exact) AND :query <> '' AND search @@ to_tsquery('simple', :query)
    ), placed AS MATERIALIZED (
        SELECT id FROM premises
        WHERE NOT EXISTS (SELECT FROM exact) AND :query <> '' AND search @@ to_tsquery('simple', :query)
            AND station_id = ANY(CAST(:stations AS bigint[])) LIMIT 10 * :n
    ), near AS (
        (SELECT 6 AS rank, 'name' AS how, a.id FROM named c JOIN account a ON a.customer_id = c.id
            WHERE {_MINE} LIMIT :n)
        UNION ALL
        (SELECT 7, 'address', a.id FROM placed p JOIN service_point s ON s.premises_id = p.id
            JOIN agreement g ON g.service_point_id = s.id AND g.during @> CAST(:today AS date)
            JOIN account a ON a.id = g.account_id WHERE {_MINE} LIMIT :n)
    ), hit AS (
        SELECT DISTINCT ON (id) rank, how, id FROM (SELECT * FROM exact UNION ALL SELECT * FROM near) x
        ORDER BY id, rank
    )
    SELECT h.how, a.id AS account_id, a.account_number, c.name AS customer_name, c.phone, a.closed_on,
        COALESCE(place.address, '') AS address
    FROM hit h JOIN account a ON a.id = h.id JOIN customer c ON c.id = a.customer_id
    LEFT JOIN LATERAL (
        SELECT p.address FROM agreement g JOIN service_point s ON s.id = g.service_point_id
        JOIN premises p ON p.id = s.premises_id WHERE g.account_id = a.id ORDER BY lower(g.during) DESC LIMIT 1
    ) place ON true
    ORDER BY h.rank, c.name, a.account_number LIMIT :n
""")


def search_customers(db: Database, *, actor: Actor, words: str, today: date, now: datetime) -> Answer:
    """Return the accounts of the actor's stations that the words name or are contained in; the search is recorded."""
    words = " ".join(words.split())[:_LONGEST]
    phone = normal_phone(words)
    hashed = keyed_hash("phone", phone) if phone else None
    with db.read() as reader:
        rows = reader.execute(
            _SEARCH,
            {
                "code": words.replace(" ", "").replace("-", ""), "words": words, "phone": hashed, "today": today,
                "query": phrase_query(words), "stations": sorted(actor.stations or ()), "n": LIMIT + 1,
            },
        ).all()  # fmt: skip
    answer = Answer(
        found=tuple(_found(row) for row in rows[:LIMIT]),
        exact=bool(rows) and rows[0].how not in {"name", "address"},
        more=len(rows) > LIMIT,
    )
    # A number that named no account, bill or meter may be somebody's phone: only its keyed hash is kept.
    by_number = answer.exact and rows[0].how not in {"phone", "helper"}
    said: dict[str, Any] = {"phone": hashed.hex()} if hashed and not by_number else {"words": words}
    with db.transaction() as session:
        record(
            session, actor, "search_customers", subject=("search", next(iter(said))), now=now,
            found=len(answer.found), **said,
        )  # fmt: skip
    return answer


def _found(row: Any) -> Found:
    phone = masked_phone(unseal(bytes(row.phone))) if row.phone else ""
    return Found(row.how, row.account_number, row.customer_name, row.address, phone, row.closed_on)
