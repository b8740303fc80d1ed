"""What every view for people starts from: the database, this moment, today, and who asks."""

from dataclasses import dataclass
from datetime import date, datetime

from kernel.actor import Actor
from kernel.clock import local_date
from kernel.db import Database
from webkit.door import ports, webkit
from webkit.signin import current_actor


@dataclass(frozen=True)
class Moment:
    """One request: `today` is the utility's local date of `now`."""

    db: Database
    actor: Actor
    now: datetime
    today: date
    zone: str


def moment() -> Moment:
    kit = webkit()
    now, zone = kit.clock(), kit.settings.zone
    return Moment(ports().db, current_actor(), now, local_date(now, zone), zone)
