"""An agent looks at a customer: found only within the agent's stations, and never without a record of the look.

An account of another station answers like one that does not exist. One statement reads all that is not money, whatever
the size of the utility; `what_moved` is the cheap question that an open page asks every second.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import text

from kernel.actor import Actor
from kernel.audit import record
from kernel.crypto import unseal
from kernel.db import Database, Reader
from kernel.faults import NotFound
from kernel.phones import masked_phone
from services.access.looks import LOOKS, gather_looks
from services.journeys.customer_view import (
    CustomerView,
    MessageRow,
    MeterView,
    Person,
    Place,
    Proof,
    RegisterView,
    Strip,
)
from services.messages.rules import CODE_PLACEHOLDER, HIDDEN_CODE

PROOF_LIVES = timedelta(minutes=30)
_PAGE_LIVES = timedelta(hours=12)
_SHOWN = 30
_READ_WITHIN = timedelta(days=100)

Thing = Literal["account", "bill", "payment"]

_MINE = "a.station_id = ANY(CAST(:stations AS bigint[]))"

# Which account a number in an address means.
_NAMED: Mapping[Thing, str] = {
    "account": "a.account_number = :number",
    "bill": "a.id = (SELECT account_id FROM bill_index WHERE bill_number = :number)",
    "payment": "a.id = (SELECT account_id FROM payment WHERE payment_number = :number)",
}

_STRIP = """
    a.id AS account_id, a.account_number, c.id AS customer_id, c.name AS customer_name, c.kind AS customer_kind,
    c.language, a.station_id, t.name AS station_name, t.name_en AS station_name_en, a.currency, a.closed_on,
    a.dispute_on,
    EXISTS (SELECT FROM agreement g JOIN service_point s ON s.id = g.service_point_id AND s.life_support
        WHERE g.account_id = a.id AND g.during @> CAST(:today AS date)) AS life_support,
    (SELECT json_build_array(e.action, e.at, e.detail->>'how') FROM audit_entry e
        WHERE e.account_id = a.id AND e.at > :proof_since AND e.actor_kind = 'agent' AND e.actor_id = :agent
        AND e.action IN ('prove_identity', 'end_call') ORDER BY e.at DESC, e.id DESC LIMIT 1) AS proof
"""

# Sums, not the newest time: work that ends late may write an older time than the newest one. The last line is the proof
# of identity: the strip must not go on showing one that has run out.
_MARK = """
    md5(concat_ws('.',
        (SELECT concat_ws('-', count(*), sum(extract(epoch FROM changed_at))) FROM payment WHERE account_id = a.id),
        (SELECT concat_ws('-', count(*), sum(extract(epoch FROM changed_at))) FROM message WHERE account_id = a.id),
        (SELECT concat_ws('-', count(*), sum(open_minor)) FROM receivable WHERE account_id = a.id),
        (SELECT concat_ws('-', count(*), count(revoked_at)) FROM holding WHERE account_id = a.id),
        (SELECT max(e.id) FROM audit_entry e
            WHERE e.account_id = a.id AND e.at > :proof_since AND e.actor_kind = 'agent' AND e.actor_id = :agent
            AND e.action IN ('prove_identity', 'end_call'))
    )) AS mark
"""

_METERS = """
    (SELECT json_agg(json_build_array(m.meter_number, m.multiplier,
        (SELECT json_agg(json_build_array(r.code, x.reads) ORDER BY r.id) FROM register r
            LEFT JOIN LATERAL (SELECT json_agg(json_build_array(y.value_wh, y.read_on, y.quality)) AS reads FROM
                (SELECT value_wh, read_on, quality FROM reading WHERE register_id = r.id AND read_on >= :read_since
                    ORDER BY read_on DESC LIMIT 2) y) x ON true
            WHERE r.meter_id = m.id)) ORDER BY m.installed_on DESC)
    FROM meter m WHERE m.service_point_id = s.id AND (m.removed_on IS NULL OR m.removed_on > :today)
        AND g.during @> CAST(:today AS date))
"""

_WORK = f"""
    c.customer_number, a.opened_on, c.phone, c.identity IS NOT NULL AS has_identity,
    (SELECT json_agg(json_build_array(g.agreement_number, g.tariff_code, lower(g.during), upper(g.during), p.address,
            s.life_support, {_METERS}) ORDER BY lower(g.during) DESC)
        FROM agreement g JOIN service_point s ON s.id = g.service_point_id JOIN premises p ON p.id = s.premises_id
        WHERE g.account_id = a.id) AS places,
    (SELECT json_agg(json_build_array(h.role, h.proof, encode(u.phone, 'hex'), h.created_at, h.ends_on, h.revoked_at)
            ORDER BY h.created_at DESC)
        FROM holding h JOIN sign_in u ON u.id = h.sign_in_id WHERE h.account_id = a.id) AS people,
    (SELECT json_agg(o.account_number ORDER BY o.account_number) FROM account o
        WHERE o.customer_id = c.id AND o.id <> a.id AND o.station_id = ANY(CAST(:stations AS bigint[]))) AS others,
    (SELECT json_agg(json_build_array(m.message_number, m.category, m.channel, m.body, m.state, m.reason, m.created_at,
            m.changed_at))
        FROM (SELECT * FROM message WHERE account_id = a.id ORDER BY created_at DESC LIMIT {_SHOWN}) m) AS messages,
    (SELECT json_agg(json_build_array(e.at, e.actor_kind, e.actor_label, e.action, e.subject_id, n.roles))
        FROM (SELECT * FROM audit_entry WHERE account_id = a.id AND action = ANY(:looks)
            ORDER BY at DESC, id DESC LIMIT {_SHOWN}) e
        LEFT JOIN agent n ON n.id = e.actor_id AND e.actor_kind = 'agent') AS looks,
    {_MARK}
"""

_FROM = """
    FROM account a JOIN customer c ON c.id = a.customer_id JOIN station t ON t.id = a.station_id
"""

_STRIPS = {thing: text(f"SELECT {_STRIP} {_FROM} WHERE {named} AND {_MINE}") for thing, named in _NAMED.items()}
_WHOLE = text(f"SELECT {_STRIP}, {_WORK} {_FROM} WHERE {_NAMED['account']} AND {_MINE}")
_MOVED = text(f"""
    SELECT {_MARK},
        EXISTS (SELECT FROM audit_entry e WHERE e.account_id = a.id AND e.at > :looked_since
            AND e.actor_kind = 'agent' AND e.actor_id = :agent AND e.action = 'view_customer') AS looked
    FROM account a WHERE {_NAMED["account"]} AND {_MINE}
""")


def read_strip(reader: Reader, actor: Actor, thing: Thing, number: str, *, today: date, now: datetime) -> Strip:
    """Return the strip of the account that an account, bill or payment number means. Raises NotFound for an unknown
    number and for one of a station the actor does not serve, alike."""
    row = reader.execute(_STRIPS[thing], _values(actor, number, today, now)).first()
    if row is None:
        raise NotFound()
    return _strip(row)


def read_customer(reader: Reader, actor: Actor, account_number: str, *, today: date, now: datetime) -> CustomerView:
    """Return the customer on one page, phone masked. Raises NotFound as `read_strip` does."""
    values = _values(actor, account_number, today, now)
    row = reader.execute(_WHOLE, values | {"looks": list(LOOKS), "read_since": today - _READ_WITHIN}).first()
    if row is None:
        raise NotFound()
    return CustomerView(
        strip=_strip(row),
        customer_number=row.customer_number,
        opened_on=row.opened_on,
        phone=masked_phone(unseal(bytes(row.phone))) if row.phone else None,
        has_identity=row.has_identity,
        places=tuple(_place(values) for values in row.places or ()),
        people=tuple(_person(values) for values in row.people or ()),
        others=tuple(row.others or ()),
        messages=tuple(_message(*values) for values in row.messages or ()),
        looks=gather_looks((_instant(at), *rest) for at, *rest in row.looks or ()),
        mark=row.mark,
    )


def what_moved(reader: Reader, actor: Actor, account_number: str, *, today: date, now: datetime) -> str | None:
    """Return the account's mark: another one than the page has means that something moved. Raises NotFound.

    None when this agent has no look at the account on record: only the page itself, which records one, may show it.
    """
    values = _values(actor, account_number, today, now) | {"looked_since": now - _PAGE_LIVES}
    row = reader.execute(_MOVED, values).first()
    if row is None:
        raise NotFound()
    return str(row.mark) if row.looked else None


def record_look(
    db: Database, actor: Actor, action: str, *, account_id: int, subject: tuple[str, object], now: datetime
) -> None:
    """Put one look on record, before what was asked for is shown."""
    with db.transaction() as session:
        record(session, actor, action, subject=subject, account_id=account_id, now=now)


def _values(actor: Actor, number: str, today: date, now: datetime) -> dict[str, Any]:
    return {
        "number": number, "stations": sorted(actor.stations or ()), "agent": actor.id, "today": today,
        "proof_since": now - PROOF_LIVES,
    }  # fmt: skip


def _strip(row: Any) -> Strip:
    names = (name for name in Strip.__dataclass_fields__ if name != "proof")
    return Strip(**{name: getattr(row, name) for name in names}, proof=_proof(row.proof))


def _proof(values: list[str] | None) -> Proof | None:
    if values is None or values[0] != "prove_identity":
        return None
    at = _instant(values[1])
    return Proof(values[2], at, at + PROOF_LIVES)


def _place(values: list[Any]) -> Place:
    number, tariff_code, starts_on, ends_on, address, life_support, meters = values
    return Place(
        number, tariff_code, date.fromisoformat(starts_on), _day(ends_on), address, life_support,
        tuple(MeterView(m, multiplier, tuple(_register(*r) for r in registers or ())) for m, multiplier, registers in
              meters or ()),
    )  # fmt: skip


def _register(code: str, reads: list[list[Any]] | None) -> RegisterView:
    newest, before = (*(reads or ()), [None, None, None], [None, None, None])[:2]
    return RegisterView(code, newest[0], _day(newest[1]), newest[2], before[0], _day(before[1]))


def _person(values: list[Any]) -> Person:
    role, proof, phone, created_at, ends_on, revoked_at = values
    masked = masked_phone(unseal(bytes.fromhex(phone)))
    revoked = _instant(revoked_at) if revoked_at else None
    return Person(role, proof, masked, _instant(created_at), _day(ends_on), revoked)


def _message(*values: Any) -> MessageRow:
    number, category, channel, body, state, reason, created_at, changed_at = values
    body = body.replace(CODE_PLACEHOLDER, HIDDEN_CODE)
    return MessageRow(number, category, channel, body, state, reason, _instant(created_at), _instant(changed_at))


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _instant(value: str) -> datetime:
    return datetime.fromisoformat(value)
