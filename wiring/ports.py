"""What an entry point hands to a door: the database, the wires behind their protocols, and what the utility is called.

Doors find it as `current_app.extensions["ports"]` (web) or as their first argument (workers).
"""

from dataclasses import dataclass

from kernel.db import Database
from services.messages.ports import MessagesPort
from services.payments.ports import CardsPort


@dataclass(frozen=True)
class Utility:
    """One installation is one utility, one time zone, one currency."""

    name: str
    name_en: str
    zone: str
    currency: str
    service_phone: str
    public_url: str


@dataclass(frozen=True)
class Ports:
    db: Database
    cards: CardsPort
    messages: MessagesPort
    utility: Utility
    redis_url: str
    mode: str
    simulating: bool
    secret_key: str
    trusted_proxies: int = 0
