"""`lightline migrate`: bring the database to the newest form."""

from pathlib import Path

import click

from cli.installation import data_option, done
from kernel.i18n import N_
from wiring.servers.own import running
from wiring.settings import read_settings


@click.command()
@data_option
def migrate(data: Path | None) -> None:
    """Apply every migration that the database has not seen."""
    from migrations import run

    settings = read_settings(data=data)
    with running(settings):
        before = run.current(settings.database_url)
        run.migrate(settings.database_url)
    if before == run.head():
        done(N_("The database is up to date (%(revision)s)."), revision=before)
    else:
        done(N_("The database went from %(before)s to %(after)s."), before=before or "-", after=run.head())
