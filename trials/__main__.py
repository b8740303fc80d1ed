"""`python -m trials NAME --kills N --size M --seed S --json`: what must survive being killed."""

import json
import sys

import click

from trials import payments

TRIALS = {"payments": payments.run}


@click.command()
@click.argument("name", type=click.Choice(sorted(TRIALS)))
@click.option("--kills", type=click.IntRange(0), default=20, help="How many processes to kill -9.")
@click.option("--size", type=click.IntRange(1), default=60, help="How much work, e.g. how many payers.")
@click.option("--seed", type=int, default=1, help="The same seed kills in the same order.")
@click.option("--json", "as_json", is_flag=True)
def main(name: str, kills: int, size: int, seed: int, as_json: bool) -> None:
    """Run a trial; exit 1 when something was lost or done twice."""
    report = TRIALS[name](kills=kills, size=size, seed=seed, say=lambda line: click.echo(line, err=True))
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        for key, value in report.items():
            click.echo(f"{key:20} {value}")
    sys.exit(0 if report["survived"] else 1)


if __name__ == "__main__":
    main()
