"""python -m benchmarks [NAME ...] [--size N] [--json]: how near the limit each piece of work comes."""

import dataclasses
import json
import sys
from collections.abc import Callable

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from benchmarks import portal_page, rate, settle
from benchmarks.measure import Result

BENCHMARKS: dict[str, Callable[[int | None], Result]] = {
    "portal_page": portal_page.run,
    "rate": rate.run,
    "settle": settle.run,
}
"""Every benchmark by name: a function from the size of the work (None: the usual one) to its result."""


@click.command()
@click.argument("names", nargs=-1)
@click.option("--size", type=click.IntRange(min=1), help="How much work; each benchmark has its usual size.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def main(names: tuple[str, ...], size: int | None, as_json: bool) -> None:
    """Measure the named benchmarks, or all, each against its own limit in the same run."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        raise click.BadParameter(f"{', '.join(unknown)}; known are {', '.join(BENCHMARKS)}", param_hint="NAME")
    results = [_run(name, size) for name in names or BENCHMARKS]
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(result) for result in results], indent=2))
    else:
        _print(results)


def _run(name: str, size: int | None) -> Result:
    console = Console(file=sys.stderr)
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=console, transient=True) as progress:
        progress.add_task(f"measuring {name}")
        return BENCHMARKS[name](size)


def _print(results: list[Result]) -> None:
    table = Table()
    table.add_column("name")
    for heading in ("size", "value", "limit", "unit", "ratio", "must", "aim"):
        table.add_column(heading, justify="right")
    for r in results:
        numbers = [f"{number:,.{0 if number >= 100 else 2}f}" for number in (r.value, r.limit)]
        table.add_row(r.name, f"{r.size:,}", *numbers, r.unit, f"{r.ratio:.2f}", f"{r.must:.2f}", f"{r.aim:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
