"""`lightline serve`: a production installation on one host, under the supervisor."""

import sys
from pathlib import Path

import click

from cli.installation import data_option, done
from cli.stack import processes, supervised
from kernel.i18n import N_
from wiring.servers.own import port_is_free
from wiring.settings import read_settings


@click.command()
@data_option
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="The port of the web (default 8000).")
def serve(data: Path | None, port: int | None) -> None:
    """Run web, relay, workers and clock until told to stop; what dies is started again."""
    from migrations.run import migrate

    settings = read_settings(data=data, port=port)
    with supervised(settings, "serve") as supervisor:
        if supervisor is None:
            done(N_("Lightline is running on %(folder)s already."), folder=settings.data)
            sys.exit(1)
        if not port_is_free(settings.port, host=settings.host):
            done(N_("Port %(port)s is taken. Name another with --port or LIGHTLINE_PORT."), port=settings.port)
            sys.exit(1)
        migrate(settings.database_url)
        for child in processes(settings):
            supervisor.start(child)
        done(N_("Lightline serves %(url)s. Stop it with Ctrl-C."), url=settings.public_url)
        sys.stdout.flush()
        supervisor.watch()
