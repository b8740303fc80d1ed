"""Reads of accounts: whose they are, who may see them, and what a payer may know."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from kernel.crypto import unseal
from kernel.db import Reader
from kernel.phones import masked_phone
from services.accounts.rules import masked_address, masked_name


@dataclass(frozen=True)
class Place:
    """An account as one of its people sees it. `holding_id` is the tie, `role` what it allows (rules.may)."""

    holding_id: int
    account_id: int
    account_number: str
    role: str
    proof: str
    nickname: str | None
    customer_name: str
    address: str
    station_id: int
    currency: str
    ends_on: date | None


@dataclass(frozen=True)
class Person:
    """Somebody tied to an account, as its holder sees them."""

    holding_id: int
    sign_in_id: int
    phone_masked: str
    role: str
    proof: str
    created_at: datetime
    ends_on: date | None


@dataclass(frozen=True)
class Masked:
    """An account as somebody without a tie may see it."""

    account_id: int
    account_number: str
    station_id: int
    currency: str
    masked_name: str
    masked_address: str


# The address of an account is that of its newest agreement.
_ADDRESS = """
    LEFT JOIN LATERAL (
        SELECT p.address FROM agreement g JOIN service_point s ON s.id = g.service_point_id
        JOIN premises p ON p.id = s.premises_id WHERE g.account_id = a.id
        ORDER BY lower(g.during) DESC, g.id DESC LIMIT 1
    ) p ON true
"""
_PLACES = f"""
    SELECT h.id AS holding_id, a.id AS account_id, a.account_number, h.role, h.proof, h.nickname,
        c.name AS customer_name, COALESCE(p.address, '') AS address, a.station_id, a.currency, h.ends_on
    FROM holding h JOIN account a ON a.id = h.account_id JOIN customer c ON c.id = a.customer_id {_ADDRESS}
    WHERE h.sign_in_id = :sign_in AND h.revoked_at IS NULL AND (h.ends_on IS NULL OR h.ends_on > :today)
"""


_PLACES_OF_PERSON = text(_PLACES + " ORDER BY h.id")


def list_places(reader: Reader, sign_in_id: int, today: date) -> tuple[Place, ...]:
    """Return the accounts this sign-in is tied to today, oldest tie first."""
    rows = reader.execute(_PLACES_OF_PERSON, {"sign_in": sign_in_id, "today": today})
    return tuple(Place(**row._asdict()) for row in rows)


# What a number may name, and the account it stands for.
_ACCOUNT_OF = {
    "account": "SELECT id FROM account WHERE account_number = :number",
    "bill": "SELECT account_id FROM bill_index WHERE bill_number = :number",
    "payment": "SELECT account_id FROM payment WHERE payment_number = :number",
}
PLACE_OF = {kind: text(f"{_PLACES} AND h.account_id = ({query})") for kind, query in _ACCOUNT_OF.items()}
"""What `find_place` asks, for pages that ask it together with something else: :sign_in, :today, :number."""


def find_place(reader: Reader, sign_in_id: int, kind: str, number: str, today: date) -> Place | None:
    """Return the account that a number (of an account, bill or payment) stands for, if this sign-in is tied to it, else
    None; one statement."""
    row = reader.execute(PLACE_OF[kind], {"sign_in": sign_in_id, "today": today, "number": number}).first()
    return None if row is None else Place(**row._asdict())


def list_people(reader: Reader, account_id: int, today: date) -> tuple[Person, ...]:
    """Return everybody who is tied to the account today, phones masked."""
    rows = reader.execute(
        text("""
            SELECT h.id, h.sign_in_id, s.phone, h.role, h.proof, h.created_at, h.ends_on
            FROM holding h JOIN sign_in s ON s.id = h.sign_in_id
            WHERE h.account_id = :account AND h.revoked_at IS NULL AND (h.ends_on IS NULL OR h.ends_on > :today)
            ORDER BY h.id
        """),
        {"account": account_id, "today": today},
    )
    return tuple(
        Person(r.id, r.sign_in_id, masked_phone(unseal(bytes(r.phone))), r.role, r.proof, r.created_at, r.ends_on)
        for r in rows
    )


def offered_accounts(reader: Reader, sign_in_id: int) -> tuple[Masked, ...]:
    """Return accounts it does not hold whose customer's phone on file is the one this sign-in has verified."""
    rows = reader.execute(
        text(f"""
            SELECT a.id AS account_id, a.account_number, a.station_id, a.currency, c.name,
                COALESCE(p.address, '') AS address
            FROM sign_in s JOIN customer c ON c.phone_hash = s.phone_hash
            JOIN account a ON a.customer_id = c.id {_ADDRESS}
            WHERE s.id = :sign_in AND a.closed_on IS NULL AND NOT EXISTS (
                SELECT FROM holding h WHERE h.sign_in_id = s.id AND h.account_id = a.id AND h.role = 'holder'
                    AND h.revoked_at IS NULL)
            ORDER BY a.id LIMIT 20
        """),
        {"sign_in": sign_in_id},
    )
    return tuple(
        Masked(r.account_id, r.account_number, r.station_id, r.currency, masked_name(r.name), masked_address(r.address))
        for r in rows
    )


def number_of(reader: Reader, account_id: int) -> str:
    """Return an account's number."""
    query = text("SELECT account_number FROM account WHERE id = :id")
    return str(reader.execute(query, {"id": account_id}).one()[0])


def find_masked(reader: Reader, number: str) -> Masked | None:
    """Return the account that an account or agreement number names, masked, or None."""
    row = reader.execute(
        text(f"""
            SELECT a.id AS account_id, a.account_number, a.station_id, a.currency, c.name,
                COALESCE(p.address, '') AS address
            FROM account a JOIN customer c ON c.id = a.customer_id {_ADDRESS}
            WHERE a.id = COALESCE((SELECT id FROM account WHERE account_number = :number),
                (SELECT account_id FROM agreement WHERE agreement_number = :number))
        """),
        {"number": number},
    ).first()
    if row is None:
        return None
    return Masked(
        row.account_id,
        row.account_number,
        row.station_id,
        row.currency,
        masked_name(row.name),
        masked_address(row.address),
    )
