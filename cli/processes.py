"""`lightline worker|relay|clock`: one process each, as the supervisor or a service manager runs them."""

import importlib
from pathlib import Path

import click

from cli.installation import data_option
from wiring.settings import read_settings


@click.command()
@data_option
def worker(data: Path | None) -> None:
    """Work on the queues until told to stop."""
    importlib.import_module("worker").run_worker(read_settings(data=data))


@click.command()
@data_option
def relay(data: Path | None) -> None:
    """Move facts from outbox and inbox to the queues until told to stop."""
    importlib.import_module("worker").run_relay(read_settings(data=data))


@click.command()
@data_option
def clock(data: Path | None) -> None:
    """Do the periodic work until told to stop."""
    importlib.import_module("worker").run_clock(read_settings(data=data))
