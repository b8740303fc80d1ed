"""The bundle of wires that jobs and doors get, with a vendor of the test's own."""

from typing import cast

from kernel.db import Database
from services.messages.ports import MessagesPort
from services.payments.ports import CardsPort
from tests.factories import ZONE
from wiring.ports import Ports, Utility

UTILITY = Utility("灯火电力", "Lantern Electric", ZONE, "CNY", "95598", "https://power.example")


def ports_of(db: Database, messages: MessagesPort) -> Ports:
    return Ports(
        db=db,
        cards=cast(CardsPort, None),
        messages=messages,
        utility=UTILITY,
        redis_url="",
        mode="demo",
        simulating=True,
        secret_key="s" * 32,
    )
