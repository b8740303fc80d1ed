"""`lightline bill run`: bill a cycle."""

import json
from collections import Counter
from datetime import date
from pathlib import Path

import click

from cli.installation import data_option, done, installation, json_option
from kernel.actor import Actor
from kernel.clock import utc_now
from kernel.faults import Fault
from kernel.i18n import N_, format_kwh, format_money
from services.journeys.run_billing_cycle import run as run_cycle


class BadCycle(Fault):
    code = "bad_cycle"
    message = N_("A cycle is written like 2026-07.")


@click.group()
def bill() -> None:
    """Bills."""


@bill.command()
@click.option("--cycle", required=True, help="The month to bill, YYYY-MM.")
@data_option
@json_option
def run(cycle: str, data: Path | None, as_json: bool) -> None:
    """Bill every agreement that has a new reading in the month; again, it finds nothing to do."""
    try:
        cycle_on = date.fromisoformat(f"{cycle}-01")
    except ValueError:
        raise BadCycle(field="cycle") from None
    with installation(data) as (settings, ports):
        report = run_cycle(
            ports.db, Actor(kind="operator", label="lightline"), cycle_on=cycle_on, now=utc_now(), zone=settings.zone
        )
    held = Counter(one.reason for one in report.held)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "cycle": cycle,
                    "issued": report.issued,
                    "energy_wh": report.energy_wh,
                    "total_minor": report.total_minor,
                    "held": [{"agreement_number": one.agreement_number, "reason": one.reason} for one in report.held],
                }
            )
        )
        return
    done(
        N_("%(count)s bills issued: %(kwh)s kWh, %(total)s."),
        count=report.issued,
        kwh=format_kwh(report.energy_wh),
        total=format_money(report.total_minor, settings.currency),
    )
    for reason, count in held.most_common():
        done(N_("%(count)s agreements held: %(reason)s"), count=count, reason=reason)
