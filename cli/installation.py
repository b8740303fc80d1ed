"""What a command that needs the database stands on: settings read, servers up, wires assembled.

`assemble` is handed in by the entry point, so that this door, like every other, never names a wire.
"""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from kernel.i18n import _
from wiring.ports import Ports
from wiring.servers.own import running
from wiring.settings import Settings, read_settings

data_option = click.option(
    "--data", type=click.Path(path_type=Path), default=None, help="The data folder (default .lightline)."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")


@contextmanager
def installation(data: Path | None, *, migrated: bool = True) -> Iterator[tuple[Settings, Ports]]:
    """Open the installation of a data folder (or of DATABASE_URL), starting its own servers while the command runs."""
    settings = read_settings(data=data)
    with running(settings, say=lambda line: click.echo(line, err=True)):
        if migrated:
            importlib.import_module("migrations.run").migrate(settings.database_url)
        assembly = importlib.import_module("wiring.assembly")
        ports: Ports = assembly.assemble(settings, process="cli")
        try:
            yield settings, ports
        finally:
            ports.db.dispose()


def done(sentence: str, **params: object) -> None:
    """Say a translated sentence to the operator."""
    click.echo(_(sentence, **params))
