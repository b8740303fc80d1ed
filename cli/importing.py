"""`lightline import`: a utility's own files, whole or not at all."""

import json
from pathlib import Path

import click

from cli.installation import data_option, done, installation, json_option
from cli.steps import steps
from kernel.actor import Actor
from kernel.clock import utc_now
from kernel.i18n import N_, _, format_kwh, format_money
from services.journeys import import_utility
from services.journeys.importing.faults import Refused, Told


@click.command(name="import")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check everything and add it up, change nothing.")
@data_option
@json_option
def import_(folder: Path, dry_run: bool, data: Path | None, as_json: bool) -> None:
    """Import a folder of CSV files (docs/import.md). Every fault is named in one run; then nothing is changed."""
    with installation(data) as (settings, ports):
        try:
            with steps(quiet=as_json) as progress:
                report = import_utility.run(
                    ports.db,
                    Actor(kind="operator", label="lightline"),
                    folder=folder,
                    now=utc_now(),
                    zone=settings.zone,
                    currency=settings.currency,
                    dry_run=dry_run,
                    progress=progress,
                )
        except Refused as refused:
            tell_faults(refused.errors, as_json)
            raise SystemExit(2) from None
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
    else:
        _tell(report)


def tell_faults(errors: Told, as_json: bool) -> None:
    """Print every fault as it is read back, however many there are."""
    if as_json:
        click.echo('{"errors": [', nl=False)
    for place, error in enumerate(errors):
        message = _(error.message, **error.params)
        if as_json:
            row = {"file": error.file, "line": error.line, "field": error.field, "code": error.code, "message": message}
            click.echo(("," if place else "") + "\n" + json.dumps(row, ensure_ascii=False), nl=False)
        else:
            where = ":".join(str(part) for part in (error.file, error.line or "", error.field) if part)
            click.echo(f"{where}: {message}", err=True)
    if as_json:
        click.echo("\n]}")
    else:
        click.echo(_("Nothing was imported: %(count)s faults.", count=len(errors)), err=True)


def _tell(report: import_utility.ImportReport) -> None:
    totals = report.totals
    for name, counted in report.counted.items():
        if totals.rows[name]:
            done(
                N_("%(file)s: %(new)s new, %(changed)s changed, %(unchanged)s unchanged"),
                file=f"{name}.csv",
                new=counted.imported,
                changed=counted.changed,
                unchanged=counted.unchanged,
            )
    done(N_("Readings add up to %(kwh)s kWh."), kwh=format_kwh(totals.readings_wh))
    done(N_("Tier use adds up to %(kwh)s kWh."), kwh=format_kwh(totals.tier_use_wh))
    done(
        N_("Opening balances add up to %(balances)s, deposits to %(deposits)s."),
        balances=format_money(totals.opening_balances_minor, totals.currency),
        deposits=format_money(totals.deposits_minor, totals.currency),
    )
    for tariff, count in totals.open_agreements.items():
        done(N_("Open agreements on %(tariff)s: %(count)s"), tariff=tariff, count=count)
    if report.dry_run:
        done(N_("This was a dry run: nothing was changed."))
    elif report.changes_nothing:
        done(N_("Everything was there already: unchanged."))
