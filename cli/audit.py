"""`lightline audit verify`: is the record whole?"""

import json
from dataclasses import asdict
from pathlib import Path

import click

from cli.installation import data_option, done, installation, json_option
from kernel import audit as record
from kernel.clock import utc_now
from kernel.i18n import N_


@click.group()
def audit() -> None:
    """The append-only record of acts and looks."""


@audit.command()
@data_option
@json_option
def verify(data: Path | None, as_json: bool) -> int:
    """Seal what is new, recompute the whole chain; exit 1 and name the places where it breaks."""
    with installation(data) as (_settings, ports):
        with ports.db.transaction() as session:
            while record.seal(session, now=utc_now(), whole=True):
                pass
        with ports.db.transaction() as session:
            breaks = list(record.verify(session))
    if as_json:
        click.echo(json.dumps({"whole": not breaks, "breaks": [asdict(one) for one in breaks]}, ensure_ascii=False))
    elif breaks:
        for one in breaks:
            click.echo(f"{one.position}: entry {one.entry_id}: {one.reason}")
        done(N_("The record is broken in %(count)s places."), count=len(breaks))
    else:
        done(N_("The record is whole: no row was changed, removed or slipped in."))
    return 1 if breaks else 0
