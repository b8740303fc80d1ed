"""`lightline rate`: what a bill would be, from a tariff and quantities or a load curve. Reads no database."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from kernel.clock import utc_now
from kernel.energy import parse_kwh
from kernel.faults import Fault
from kernel.i18n import N_, _, current_language, format_date, format_kwh, format_money
from kernel.periods import Period
from services.tariffs.book import shipped
from services.tariffs.curve import read_curve
from services.tariffs.parts import Part, cut, share
from services.tariffs.rating import RatedBill, carry_on, check_registers, rate_parts, rounding_in_words
from services.tariffs.tariff import Tariff
from services.tariffs.tariff_file import read_tariff


class BadOption(Fault):
    code = "bad_option"


@click.command(name="rate", help=N_("Work out a bill from a tariff and the energy used. --to is not included."))
@click.option("--tariff", "tariff", metavar="CODE_OR_FILE", help=N_("A tariff's code, or a tariff file."))
@click.option("--kwh", metavar="PERIOD=KWH,...", help=N_("The energy used, like total=5000 or peak=300,valley=200."))
@click.option("--curve", metavar="FILE", help=N_("A load curve file: starts_at,wh."))
@click.option("--from", "starts", metavar="DATE", help=N_("The first day of the bill."))
@click.option("--to", "ends", metavar="DATE", help=N_("The day after the last day of the bill."))
@click.option("--used-kwh", metavar="KWH", default="0", help=N_("The tier year's use before the first day."))
@click.option("--json", "as_json", is_flag=True, help=N_("Print JSON for programs."))
def rate(
    tariff: str | None, kwh: str | None, curve: str | None, starts: str | None, ends: str | None, used_kwh: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Print the bill; refusals are Faults, which `cli.__main__` prints."""
    bill = _rate(tariff, kwh, curve, starts, ends, used_kwh)
    if as_json:
        click.echo(json.dumps(_as_json(bill), ensure_ascii=False, indent=2))
    else:
        _print(bill)


def _rate(
    tariff: str | None, kwh: str | None, curve: str | None, starts: str | None, ends: str | None, used_kwh: str
) -> RatedBill:
    period = _period(starts, ends)
    versions, known_by = _versions(tariff)
    used = parse_kwh(used_kwh, field="used_kwh")
    if (kwh is None) == (curve is None):
        raise BadOption(N_("Give the energy either with --kwh or with --curve."), field="kwh", code="missing")
    parts = cut(versions, period, known_by)
    if curve is not None:
        quantities: Sequence[Mapping[str, int]] = read_curve(Path(curve), parts)
    else:
        quantities = _quantities(kwh or "", parts)
    return rate_parts([carry_on(parts, quantities, used)])[0]


def _period(starts: str | None, ends: str | None) -> Period:
    starts_on, ends_on = _day(starts, "from"), _day(ends, "to")
    if ends_on <= starts_on:
        raise BadOption(N_("--to must be after --from; it is the day after the last."), field="to", code="bad_period")
    return Period(starts_on, ends_on)


def _day(text: str | None, field: str) -> date:
    if text is None:
        raise BadOption(N_("The option --%(option)s is missing."), field=field, code="missing", option=field)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise BadOption(N_("A date is written like 2026-07-01."), field=field, code="bad_date")
    return day


def _versions(tariff: str | None) -> tuple[tuple[Tariff, ...], datetime | None]:
    """Return the versions to rate by, and the time by which they must be known (None: a file is tried as it is)."""
    if not tariff:
        raise BadOption(N_("The option --%(option)s is missing."), field="tariff", code="missing", option="tariff")
    if tariff.endswith((".yaml", ".yml")) or "/" in tariff or Path(tariff).is_file():
        return (read_tariff(Path(tariff)),), None
    return shipped().versions(tariff), utc_now()


def _quantities(text: str, parts: Sequence[Part]) -> tuple[dict[str, int], ...]:
    found: dict[str, int] = {}
    for item in text.split(","):
        code, sign, amount = (piece.strip() for piece in item.partition("="))
        if not sign or not code:
            raise BadOption(
                N_("Energy is written like total=5000 or peak=300,valley=200."), field="kwh", code="bad_quantities"
            )
        if code in found:
            raise BadOption(N_("%(period)s is given twice."), field="kwh", code="duplicate", period=code)
        found[code] = parse_kwh(amount, field="kwh")
    check_registers(parts[0].tariff, found)
    return share(found, parts)


def _as_json(bill: RatedBill) -> dict[str, Any]:
    language, position = current_language(), bill.position
    return {
        "total_minor": bill.total_minor,
        "currency": bill.currency,
        "energy_wh": bill.energy_wh,
        "lines": [
            {
                "code": line.code,
                "label": line.label(language),
                "quantity_wh": line.quantity_wh,
                "rate": line.rate,
                "amount_minor": line.amount_minor,
                "tier": line.tier,
                "period": line.period,
                "starts_on": line.starts_on.isoformat(),
                "ends_on": line.ends_on.isoformat(),
            }
            for line in bill.lines
        ],
        "tier_position": {
            "tier_year": bill.tier_year,
            "tier": position.tier,
            "used_wh": position.used_wh,
            "from_wh": position.from_wh,
            "until_wh": position.until_wh,
            "left_wh": position.left_wh,
        },
        "tariffs": [part.part.tariff.as_basis() for part in bill.parts],
        "rounding": bill.rounding,
        "engine_version": bill.engine_version,
    }


def _print(bill: RatedBill) -> None:
    language = current_language()
    tariff = bill.tariff
    table = Table(title=f"{tariff.name(language)} ({tariff.document_number})", title_justify="left")
    table.add_column(_("Line"))
    table.add_column(_("From"))
    for heading in (_("kWh"), _("Price a kWh"), _("Amount")):
        table.add_column(heading, justify="right", overflow="fold")
    for line in bill.lines:
        table.add_row(
            line.label(language),
            format_date(line.starts_on, language, "medium"),
            format_kwh(line.quantity_wh, language),
            line.rate,
            format_money(line.amount_minor, bill.currency, language),
        )
    table.add_section()
    total = format_money(bill.total_minor, bill.currency, language)
    table.add_row(_("Total"), "", format_kwh(bill.energy_wh, language), "", total, style="bold")
    console = Console(highlight=False)
    console.print(table)
    if bill.position.left_wh is not None:
        left = format_kwh(bill.position.left_wh, language)
        console.print(_("%(kwh)s kWh left in tier %(tier)s this year", kwh=left, tier=bill.position.tier))
    console.print(rounding_in_words(bill.rounding, language))
    if not all(part.part.tariff.confirmed for part in bill.parts):
        console.print(_("Nobody has yet confirmed the figures of this tariff against its official text."))
