"""`lightline seed`: a demo county of any size."""

import json
from datetime import date
from pathlib import Path

import click

from cli.importing import tell_faults
from cli.installation import data_option, done, installation, json_option
from cli.steps import steps
from kernel.clock import utc_now
from kernel.faults import Forbidden
from kernel.i18n import N_, _
from services.journeys.demo_county.digest import county_digest
from services.journeys.demo_county.plan import BadPlan, Plan, kept_plan, make_plan
from services.journeys.importing.faults import Refused
from services.journeys.seed_county import SeededCounty
from services.journeys.seed_county import seed as seed_county
from wiring.settings import Settings


@click.command()
@click.option("--customers", default=2000, show_default=True, help="How many customers the county has.")
@click.option("--seed", "seed_", default=1, show_default=True, help="The same seed makes the same county.")
@click.option("--until", metavar="YYYY-MM", help="The newest month lived through (default: the last full one).")
@click.option("--out", type=click.Path(path_type=Path), help="Where the files are written (default DATA/county).")
@click.option("--digest", is_flag=True, help="Print one SHA-256 over the files and what became of them.")
@data_option
@json_option
def seed(
    customers: int, seed_: int, until: str | None, out: Path | None, digest: bool, data: Path | None, as_json: bool
) -> None:
    """Write a made-up county as an import folder, import it, and let its past months be billed and paid."""
    with installation(data) as (settings, ports):
        if settings.mode == "production":
            raise Forbidden(N_("A made-up county cannot be seeded in production."))
        folder = out or settings.data / "county"
        plan = _plan(customers, seed_, until, folder, settings)
        try:
            with steps(quiet=as_json or digest) as progress:
                county = seed_county(
                    ports.db, plan, folder=folder, now=utc_now(), zone=settings.zone, currency=settings.currency,
                    progress=progress,
                )  # fmt: skip
        except Refused as refused:
            if not as_json:
                click.echo(_("Another county, or a real utility's data, is stored here already."), err=True)
            tell_faults(refused.errors, as_json)
            raise SystemExit(2) from None
        found = county_digest(ports.db, plan, folder) if digest else None
    _tell(county, found, as_json)


def _plan(customers: int, seed_: int, until: str | None, folder: Path, settings: Settings) -> Plan:
    """Return the plan; a folder that was made of this seed before keeps its months unless others are asked for."""
    newest = None
    if until is not None:
        try:
            newest = date.fromisoformat(f"{until}-01")
        except ValueError:
            raise BadPlan(N_("A month is written like 2026-07."), field="until") from None
    kept = kept_plan(folder)
    if newest is None and kept is not None and (kept.customers, kept.seed) == (customers, seed_):
        newest = kept.until
    return make_plan(customers=customers, seed=seed_, until=newest, now=utc_now(), zone=settings.zone)


def _tell(county: SeededCounty, digest: str | None, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(county.as_json() | ({"digest": digest} if digest else {}), ensure_ascii=False, indent=1))
        return
    if digest is not None:
        click.echo(digest)
        return
    done(
        N_("A county of %(customers)s customers stands, billed up to %(until)s. Its files are in %(folder)s."),
        customers=county.customers,
        until=county.until,
        folder=county.folder,
    )
    for household in county.households:
        numbers = ", ".join(account.account_number for account in household.accounts)
        done(
            N_("%(name)s: phone %(phone)s, accounts %(numbers)s"),
            name=household.name,
            phone=household.phone,
            numbers=numbers,
        )
    for agent in county.agents:
        done(N_("Agent %(username)s, password %(password)s"), username=agent.username, password=agent.password)
