"""What a household's first screen shows, in three statements: the places, the money, the rest."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from kernel.actor import Actor
from kernel.db import Reader
from kernel.faults import NotFound
from services.accounts.queries import Place, list_places
from services.billing.rules import Month, TierStand, tier_stands
from services.ledger.queries import Owed, what_is_owed


@dataclass(frozen=True)
class LastBill:
    bill_number: str
    agreement_number: str
    cycle_on: date
    starts_on: date
    ends_on: date
    total_minor: int
    energy_wh: int
    open_minor: int
    due_on: date


@dataclass(frozen=True)
class LastMessage:
    category: str
    body: str
    created_at: datetime


@dataclass(frozen=True)
class Home:
    """`tiers` is where the tier year stands after the last bill; `read_wh` is what the meter counted since then until
    `read_on` (None: no reading since). `history` is oldest first, one bill a month of the last bill's agreement."""

    place: Place
    places: tuple[Place, ...]
    owed: Owed
    last_bill: LastBill | None
    tiers: tuple[TierStand, ...]
    history: tuple[Month, ...]
    messages: tuple[LastMessage, ...]


_REST = text("""
    SELECT b.bill_number, g.agreement_number, b.cycle_on, b.starts_on, b.ends_on, b.total_minor, b.energy_wh,
        COALESCE(r.open_minor, 0) AS open_minor, r.due_on, b.tier_used_after_wh,
        (SELECT x.basis -> 'tariff' -> 'tier_bounds_wh' FROM bill x WHERE x.id = b.id AND x.cycle_on = b.cycle_on)
            AS bounds,
        (SELECT json_agg(json_build_array(h.cycle_on, h.starts_on, h.ends_on, h.total_minor, h.energy_wh, h.bill_number)
            ORDER BY h.cycle_on)
         FROM bill_index h WHERE h.agreement_id = b.agreement_id AND h.cycle_on > b.cycle_on - interval '13 months')
            AS history,
        (SELECT json_agg(json_build_array(m.category, m.body, m.created_at) ORDER BY m.created_at DESC) FROM (
            SELECT category, body, created_at FROM message WHERE account_id = :account AND category <> 'one_time_code'
            ORDER BY created_at DESC LIMIT 2) m) AS messages
    FROM (VALUES (1)) AS always(one)
    LEFT JOIN LATERAL (SELECT * FROM bill_index WHERE account_id = :account ORDER BY cycle_on DESC, id DESC LIMIT 1) b
        ON true
    LEFT JOIN agreement g ON g.id = b.agreement_id
    LEFT JOIN receivable r ON r.reference = b.bill_number
""")


def read_home(reader: Reader, actor: Actor, account_number: str | None, today: date) -> Home | None:
    """Return the first screen for one of this person's accounts (None: their first); None when they have none yet.

    Raises NotFound for an account that is not theirs.
    """
    places = list_places(reader, actor.id or 0, today)
    if not places:
        if account_number is not None:
            raise NotFound()
        return None
    place = next((p for p in places if p.account_number == account_number), None) if account_number else places[0]
    if place is None:
        raise NotFound()
    owed = what_is_owed(reader, place.account_id, today)
    return _home(place, places, owed, reader.execute(_REST, {"account": place.account_id}).one())


def _home(place: Place, places: tuple[Place, ...], owed: Owed, row: Any) -> Home:
    bill = None
    tiers: tuple[TierStand, ...] = ()
    if row.bill_number is not None:
        bill = LastBill(
            row.bill_number,
            row.agreement_number,
            row.cycle_on,
            row.starts_on,
            row.ends_on,
            row.total_minor,
            row.energy_wh,
            row.open_minor,
            row.due_on,
        )
        tiers = tier_stands(row.bounds or [], row.tier_used_after_wh, row.energy_wh)
    return Home(
        place=place,
        places=places,
        owed=owed,
        last_bill=bill,
        tiers=tiers,
        history=tuple(_month(values) for values in row.history or ()),
        messages=tuple(
            LastMessage(category, body, datetime.fromisoformat(at)) for category, body, at in row.messages or ()
        ),
    )


def _month(values: list[Any]) -> Month:
    first, start, end = (date.fromisoformat(day) for day in values[:3])
    return Month(first, start, end, *values[3:])
