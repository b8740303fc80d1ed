"""`lightline`: one command per noun, each loaded when it is called.

A refusal exits with 2 and says why; with --json it prints `errors[]` of file, line, field, code, message.
"""

import importlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

import click

from kernel.faults import Fault, RowError
from kernel.i18n import _, normalise, set_language
from wiring.language import operator_language

# name -> (module, attribute)
COMMANDS = {
    "agent": ("cli.agent", "agent"),
    "audit": ("cli.audit", "audit"),
    "backup": ("cli.backup", "backup"),
    "bill": ("cli.bill", "bill"),
    "clock": ("cli.processes", "clock"),
    "demo": ("cli.demo", "demo"),
    "doctor": ("cli.doctor", "doctor"),
    "import": ("cli.importing", "import_"),
    "ledger": ("cli.ledger", "ledger"),
    "migrate": ("cli.migrate", "migrate"),
    "rate": ("cli.rate", "rate"),
    "relay": ("cli.processes", "relay"),
    "restore": ("cli.backup", "restore"),
    "seed": ("cli.seed", "seed"),
    "serve": ("cli.serve", "serve"),
    "worker": ("cli.processes", "worker"),
}


class Lightline(click.Group):
    """The group whose commands are imported only when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        found: click.Command = getattr(importlib.import_module(module), attribute)
        return found


@click.command(cls=Lightline, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lightline")
def lightline() -> None:
    """The customer system of an electricity utility."""


def say_language() -> None:
    """Speak the operator's language: LIGHTLINE_LANGUAGE, else the terminal's."""
    set_language(normalise(operator_language().split(".")[0]) or "en")


def refuse(errors: Sequence[RowError], as_json: bool) -> int:
    """Print errors for a program or for a person; returns the exit code."""
    spoken = [asdict(error) | {"message": _(error.message, **error.params)} for error in errors]
    for error in spoken:
        del error["params"]
    if as_json:
        click.echo(json.dumps({"errors": spoken}, ensure_ascii=False, indent=1))
    else:
        for error in spoken:
            place = ":".join(str(part) for part in (error["file"], error["line"] or "", error["field"]) if part)
            click.echo(f"{place}: {error['message']}" if place else error["message"], err=True)
    return 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; Faults and bad settings exit with 2."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    say_language()
    try:
        code = lightline.main(args=words, prog_name="lightline", standalone_mode=False)
    except Fault as fault:
        errors = getattr(fault, "errors", None) or [
            RowError("", 0, fault.field or "", fault.code, fault.message, fault.params)
        ]
        code = refuse(errors, as_json)
    except click.UsageError as usage:
        if as_json:
            field = getattr(getattr(usage, "param", None), "name", "") or getattr(usage, "option_name", "") or ""
            code = refuse(
                [RowError("", 0, str(field).lstrip("-"), "bad_option", "%(text)s", {"text": usage.format_message()})],
                True,
            )
        else:
            usage.show()
            code = 2
    except click.ClickException as trouble:
        trouble.show()
        code = trouble.exit_code
    except click.exceptions.Exit as ended:
        code = ended.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
