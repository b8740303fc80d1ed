"""`lightline demo`: everything on one machine with nothing but Python, a county to try it on, and no vendor's key."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import click
from sqlalchemy import text

from cli.first_payments import pay_through_pages
from cli.installation import data_option
from cli.stack import processes, supervised
from cli.steps import steps
from kernel.clock import utc_now
from kernel.i18n import N_, _
from services.journeys.demo_county.plan import kept_plan, make_plan
from services.journeys.seed_county import SeededCounty
from services.journeys.seed_county import seed as seed_county
from wiring.kept import running_ports, write_ports
from wiring.ports import Ports
from wiring.servers.own import free_port
from wiring.servers.supervisor import Supervisor
from wiring.settings import Settings, read_settings

FIRST_PAYMENTS = 4


@click.command()
@data_option
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="The port of the web (default 8000).")
@click.option("--customers", type=click.IntRange(1), default=2000, show_default=True)
@click.option("--seed", "seed_", type=int, default=1, show_default=True)
def demo(data: Path | None, port: int | None, customers: int, seed_: int) -> None:
    """Start servers, web, workers and simulators with a demo county; again, it resumes. Ctrl-C stops all."""
    settings = read_settings(data=data, port=port)
    if settings.mode == "production":
        say(N_("MODE is production: use lightline serve."))
        sys.exit(2)
    say(N_("Starting PostgreSQL and Valkey in %(folder)s"), folder=settings.data)
    with supervised(settings, "demo") as supervisor:
        if supervisor is None:
            _say_who_holds(settings)
            sys.exit(1)
        settings = _take_ports(settings, data, port)
        try:
            _run(settings, supervisor, customers, seed_)
        finally:
            (settings.data / "ports.json").unlink(missing_ok=True)


def _say_who_holds(settings: Settings) -> None:
    url = running_ports(settings.data).get("web")
    if url is not None:
        say(N_("The demo runs on %(folder)s already: %(url)s"), folder=settings.data, url=f"http://127.0.0.1:{url}")
    else:
        say(N_("Another command is at work on %(folder)s. Start the demo when it has ended."), folder=settings.data)


def say(sentence: str, **params: object) -> None:
    click.echo(_(sentence, **params))


def _take_ports(settings: Settings, data: Path | None, port: int | None) -> Settings:
    """Take the wanted port or the next free one, and say so; every other command reads them from the data folder."""
    wanted = settings.port
    web = free_port(wanted, host=settings.host)
    if web != wanted:
        say(N_("Port %(wanted)s is taken; using %(port)s."), wanted=wanted, port=web)
    simulators = free_port(web + 1, taken=frozenset({web}))
    write_ports(settings.data, web=web, simulators=simulators)
    return read_settings(data=data, port=web)


def _run(settings: Settings, supervisor: Supervisor, customers: int, seed_: int) -> None:
    from migrations.run import migrate

    migrate(settings.database_url)
    ports: Ports = importlib.import_module("wiring.assembly").assemble(settings, process="cli")
    fresh = _is_empty(ports)
    county = _seed(settings, ports, customers, seed_)
    publish(settings, county)
    for child in processes(settings):
        supervisor.start(child)
    if fresh and settings.simulate_cards:
        paid = pay_through_pages(settings.public_url, _first_payers(ports, county))
        say(N_("%(count)s customers have just paid their newest bill through the web."), count=paid)
    ports.db.dispose()
    _tell(settings, county)
    supervisor.watch()


def _is_empty(ports: Ports) -> bool:
    with ports.db.read() as reader:
        return reader.execute(text("SELECT FROM customer LIMIT 1")).first() is None


def _seed(settings: Settings, ports: Ports, customers: int, seed_: int) -> SeededCounty | None:
    """Seed an empty database, go on with a county that was interrupted, leave a utility's own data alone."""
    folder = settings.data / "county"
    kept = kept_plan(folder)
    if kept is None and not _is_empty(ports):
        return None
    now = utc_now()
    plan = kept or make_plan(customers=customers, seed=seed_, until=None, now=now, zone=settings.zone)
    with steps(quiet=not sys.stderr.isatty()) as progress:
        return seed_county(
            ports.db, plan, folder=folder, now=now, zone=settings.zone, currency=settings.currency, progress=progress
        )


def _first_payers(ports: Ports, county: SeededCounty | None) -> list[str]:
    """Return account numbers, none of the demo's own households, whose newest bill is open."""
    own = (
        [account.account_number for household in county.households for account in household.accounts] if county else []
    )
    with ports.db.read() as reader:
        return list(
            reader.scalars(
                text("""
                    SELECT a.account_number FROM receivable r JOIN account a ON a.id = r.account_id
                    WHERE r.open_minor > 1000 AND r.kind = 'bill' AND NOT a.account_number = ANY(:own)
                    GROUP BY a.id HAVING count(*) = 1 ORDER BY max(r.due_on) DESC, a.id LIMIT :n
                """),
                {"own": own, "n": FIRST_PAYMENTS},
            )
        )


def addresses(settings: Settings) -> dict[str, str]:
    url = settings.public_url
    return {
        "portal": f"{url}/",
        "pay": f"{url}/pay",
        "console": f"{url}/console/",
        "simulators": f"{url}/_sim/",
        "messages": f"{url}/_sim/messages",
        "cards": f"{url}/_sim/cards",
        "health": f"{url}/readyz",
    }


def publish(settings: Settings, county: SeededCounty | None) -> None:
    """Write DATA/demo.json: addresses, log-ins, account numbers, simulators."""
    logins: list[dict[str, Any]] = []
    if county is not None:
        for household in county.households:
            logins.append(
                {
                    "door": "portal",
                    "name": household.name,
                    "url": f"{settings.public_url}/sign-in",
                    "username": household.phone,
                    "password": "",
                    "language": household.language,
                    "accounts": [
                        {"account_number": a.account_number, "paper_code": a.paper_code, "address": a.address}
                        for a in household.accounts
                    ],
                    "note": f"{household.name}: " + ", ".join(a.account_number for a in household.accounts),
                }
            )
        for agent in county.agents:
            logins.append(
                {
                    "door": "console",
                    "name": agent.name,
                    "url": f"{settings.public_url}/console/sign-in",
                    "username": agent.username,
                    "password": agent.password,
                    "language": agent.language,
                    "stations": list(agent.stations),
                    "note": agent.name,
                }
            )
    story = {
        "addresses": addresses(settings),
        "simulators": {
            "stripe": settings.stripe_api_base if settings.simulate_cards else None,
            "twilio": settings.twilio_api_base if settings.simulate_messages else None,
        },
        "logins": logins,
        "accounts": [account["account_number"] for login in logins for account in login.get("accounts", [])],
        "county": county.as_json() if county else None,
    }
    path = settings.data / "demo.json"
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(story, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(path)


def _tell(settings: Settings, county: SeededCounty | None) -> None:
    places = addresses(settings)
    say(N_("Households:  %(url)s"), url=places["portal"])
    say(N_("Agents:      %(url)s"), url=places["console"])
    say(N_("Simulators:  %(url)s   (texts sent, card payments, log-ins with their codes)"), url=places["simulators"])
    if county is not None:
        for household in county.households:
            say(
                N_("  %(name)s signs in with phone %(phone)s; accounts %(numbers)s"),
                name=household.name,
                phone=household.phone,
                numbers=", ".join(account.account_number for account in household.accounts),
            )
        for agent in county.agents:
            say(
                N_("  Agent %(username)s, password %(password)s; the code of the moment is on the simulators' page"),
                username=agent.username,
                password=agent.password,
            )
    say(N_("All of this is in %(file)s. Ctrl-C stops everything."), file=settings.data / "demo.json")
    sys.stdout.flush()
