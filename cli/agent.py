"""`lightline agent add|list|disable|reset-password|reset-second-factor`: members of staff.

A password is asked for at the terminal or made up, never taken from the command line, where others could read it. The
second factor is shown once, as a QR code and as its address.
"""

import json
import sys
from pathlib import Path
from typing import Any

import click
import segno
from rich.console import Console
from rich.table import Table

from cli.installation import data_option, done, installation, json_option
from kernel.actor import Actor
from kernel.clock import utc_now
from kernel.i18n import N_, _, format_instant, languages
from services.access import agents
from services.access.totp import enrolment_uri

_OPERATOR = Actor(kind="operator", label="lightline")


@click.group()
def agent() -> None:
    """Agents of the call centre: who may enter the console."""


made_up_option = click.option("--generate-password", is_flag=True, help="Make a password up and print it once.")


@agent.command()
@click.argument("username")
@click.option("--name", required=True, help="The agent's name, as customers read it.")
@click.option("--station", "stations", multiple=True, required=True, help="The code of a station they serve.")
@click.option("--role", "roles", multiple=True, default=("agent",), help="agent or supervisor.")
@click.option("--language", type=click.Choice(languages()), default="zh-CN", help="The console's language for them.")
@made_up_option
@data_option
@json_option
def add(
    username: str,
    name: str,
    stations: tuple[str, ...],
    roles: tuple[str, ...],
    language: str,
    generate_password: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Let an agent in, for the customers of these stations alone."""
    password, made_up = _password(generate_password or as_json)
    with installation(data) as (settings, ports), ports.db.transaction() as session:
        secret = agents.add_agent(
            session,
            actor=_OPERATOR,
            username=username,
            name=name,
            password=password,
            stations=stations,
            roles=roles,
            language=language,
            now=utc_now(),
        )
    issuer = settings.utility_name_en or settings.utility_name
    _tell(username, password if made_up else None, enrolment_uri(secret, username=username, issuer=issuer), as_json)


@agent.command(name="list")
@data_option
@json_option
def list_(data: Path | None, as_json: bool) -> None:
    """Show every agent, their stations and roles."""
    with installation(data) as (settings, ports), ports.db.read() as reader:
        rows = agents.list_agents(reader)
    if as_json:
        click.echo(json.dumps([_as_json(row) for row in rows], ensure_ascii=False, indent=1))
        return
    table = Table(_("User name"), _("Name"), _("Stations"), _("Roles"), _("Disabled"))
    for row in rows:
        ended = format_instant(row.disabled_at, settings.zone) if row.disabled_at else ""
        table.add_row(row.username, row.name, ", ".join(row.stations), ", ".join(row.roles), ended)
    Console().print(table)


@agent.command()
@click.argument("username")
@data_option
@json_option
def disable(username: str, data: Path | None, as_json: bool) -> None:
    """Let the agent in no more; every session of theirs ends at once."""
    with installation(data) as (_settings, ports), ports.db.transaction() as session:
        agents.disable_agent(session, actor=_OPERATOR, username=username, now=utc_now())
    _tell(username, None, None, as_json)


@agent.command(name="reset-password")
@click.argument("username")
@made_up_option
@data_option
@json_option
def reset_password(username: str, generate_password: bool, data: Path | None, as_json: bool) -> None:
    """Give a new password; every session of theirs ends."""
    password, made_up = _password(generate_password or as_json)
    with installation(data) as (_settings, ports), ports.db.transaction() as session:
        agents.reset_password(session, actor=_OPERATOR, username=username, password=password, now=utc_now())
    _tell(username, password if made_up else None, None, as_json)


@agent.command(name="reset-second-factor")
@click.argument("username")
@data_option
@json_option
def reset_second_factor(username: str, data: Path | None, as_json: bool) -> None:
    """Give a new second factor; every session of theirs ends."""
    with installation(data) as (settings, ports), ports.db.transaction() as session:
        secret = agents.reset_second_factor(session, actor=_OPERATOR, username=username, now=utc_now())
    issuer = settings.utility_name_en or settings.utility_name
    _tell(username, None, enrolment_uri(secret, username=username, issuer=issuer), as_json)


def _password(made_up: bool) -> tuple[str, bool]:
    """Return a password and whether it was made up: asked for at a terminal, made up where nobody can answer."""
    if made_up or not sys.stdin.isatty():
        return agents.new_password(), True
    return str(click.prompt(_("Password"), hide_input=True, confirmation_prompt=_("Once more"))), False


def _tell(username: str, password: str | None, uri: str | None, as_json: bool) -> None:
    if as_json:
        told = {"username": username, "password": password, "otpauth_uri": uri}
        click.echo(json.dumps({key: value for key, value in told.items() if value is not None}, ensure_ascii=False))
        return
    done(N_("Done: %(username)s."), username=username)
    if password:
        done(N_("Password, shown this once: %(password)s"), password=password)
    if uri:
        done(N_("Second factor, shown this once. Scan it with an authenticator:"))
        segno.make(uri).terminal(compact=True)
        click.echo(uri)


def _as_json(row: agents.AgentRow) -> dict[str, Any]:
    return {
        "username": row.username,
        "name": row.name,
        "stations": list(row.stations),
        "roles": list(row.roles),
        "language": row.language,
        "disabled_at": row.disabled_at.isoformat() if row.disabled_at else None,
    }
