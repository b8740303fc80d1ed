"""A demo county comes to life: its folder is written, imported like any utility's, its past is lived through, and those
who try the demo get log-ins. Again with the same plan: nothing changes.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from kernel.actor import SYSTEM
from kernel.clock import local_midnight
from kernel.crypto import keyed_hash
from kernel.db import Database
from services.access.agents import add_agent, find_credentials
from services.journeys import import_utility
from services.journeys.demo_county.folder import write_county
from services.journeys.demo_county.grid import station_code
from services.journeys.demo_county.history import has_lived, live_through
from services.journeys.demo_county.plan import Plan, kept_plan
from services.journeys.demo_county.stories import DemoHousehold, demo_households

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class DemoAgent:
    """A member of staff of the demo. The second factor's current code is shown by the simulators' page."""

    username: str
    password: str
    name: str
    language: str
    stations: tuple[str, ...]


@dataclass(frozen=True)
class SeededCounty:
    """What DATA/demo.json tells of the county: households with phones, account numbers and paper codes; agents."""

    customers: int
    seed: int
    until: str
    folder: str
    households: tuple[DemoHousehold, ...]
    agents: tuple[DemoAgent, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def seed(
    db: Database,
    plan: Plan,
    *,
    folder: Path,
    now: datetime,
    zone: str,
    currency: str,
    progress: Progress = lambda step, done, total: None,
) -> SeededCounty:
    """Write, import, bill and pay the county of a plan. Raises `Refused` when another county stands there already."""
    agents = demo_agents(plan)
    county = SeededCounty(plan.customers, plan.seed, f"{plan.until:%Y-%m}", str(folder), demo_households(plan), agents)
    if has_lived(db, plan) and kept_plan(folder) == plan:
        return county
    write_county(plan, folder, lambda done, total: progress("write", done, total))
    import_utility.run(
        db,
        SYSTEM,
        folder=folder,
        now=now,
        zone=zone,
        currency=currency,
        progress=progress,
        stamped_at=local_midnight(plan.first, zone),
    )
    _add_agents(db, agents, now)
    live_through(db, plan, now=now, zone=zone, currency=currency, progress=progress)
    return county


def demo_agents(plan: Plan) -> tuple[DemoAgent, ...]:
    """Return two agents: one who sees the whole county, one who sees a single station."""
    everywhere = tuple(station_code(number) for number in range(plan.stations))
    return (
        DemoAgent("lina", _password("lina"), "李娜", "zh-CN", everywhere),
        DemoAgent("grace", _password("grace"), "Grace Foster", "en", everywhere[:1]),
    )


def _password(username: str) -> str:
    """Return a password that this installation alone can derive, so that it can be told again and is stored nowhere."""
    digits = str(int.from_bytes(keyed_hash("demo agent", username)[:8], "big")).zfill(20)
    return "-".join(digits[start : start + 4] for start in (0, 4, 8, 12))


def _add_agents(db: Database, agents: tuple[DemoAgent, ...], now: datetime) -> None:
    for agent in agents:
        with db.transaction() as session:
            if find_credentials(session, agent.username) is None:
                add_agent(
                    session,
                    actor=SYSTEM,
                    username=agent.username,
                    name=agent.name,
                    password=agent.password,
                    stations=agent.stations,
                    roles=("agent", "supervisor") if len(agent.stations) > 1 else ("agent",),
                    language=agent.language,
                    now=now,
                )
