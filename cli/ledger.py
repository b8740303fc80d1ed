"""`lightline ledger check`: do the books hold?"""

import json
from dataclasses import asdict
from pathlib import Path

import click

from cli.installation import data_option, done, installation, json_option
from kernel.i18n import N_
from services.journeys.check_books import check_everything


@click.group()
def ledger() -> None:
    """The double-entry ledger."""


@ledger.command()
@data_option
@json_option
def check(data: Path | None, as_json: bool) -> int:
    """Prove every open item, bill and payment against its postings; exit 1 and name the rows that do not hold."""
    with installation(data) as (_settings, ports), ports.db.read() as reader:
        unsound = check_everything(reader)
    if as_json:
        click.echo(json.dumps({"sound": not unsound, "unsound": [asdict(row) for row in unsound]}, ensure_ascii=False))
    elif unsound:
        for row in unsound:
            click.echo(f"{row.rule}: {row.row}: {row.found}")
        done(N_("%(count)s rows do not hold."), count=len(unsound))
    else:
        done(N_("The books hold: every open item, bill and payment is proved by its postings."))
    return 1 if unsound else 0
