"""Reading a tariff file: `parse_tariff` returns the whole Tariff or raises FaultyTariff with every fault in it."""

import hashlib
from pathlib import Path

from kernel.faults import Fault, RowError
from kernel.i18n import N_
from services.tariffs.file_fields import Fields
from services.tariffs.file_prices import read_bounds, read_periods, read_rates
from services.tariffs.rules import Fill
from services.tariffs.tariff import FILLS, ROUNDING, Tariff
from services.tariffs.yaml_text import Sheet, compose, mapping

LARGEST = 256 * 1024
KNOWN = (
    "code", "names", "document_number", "source", "confirmed", "known_at", "valid", "currency", "zone", "rounding",
    "tier_year_starts", "tiers_kwh", "fill", "periods", "rates",
)  # fmt: skip


class FaultyTariff(Fault):
    """`errors` names every fault of the file."""

    code = "faulty_tariff"
    message = N_("The tariff file has faults.")

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__()
        self.errors = tuple(errors)


def read_tariff(path: Path) -> Tariff:
    """Read a tariff file; raises FaultyTariff, also when there is no such file or it is no text."""
    sheet = Sheet(str(path))
    try:
        with path.open("rb") as source:
            raw = source.read(LARGEST + 1)
    except OSError:
        sheet.fault(0, "", "no_file", N_("There is no tariff file %(file)s that can be read."), file=str(path))
        raise FaultyTariff(sheet.errors) from None
    if len(raw) > LARGEST:
        sheet.fault(0, "", "too_large", N_("The file is too large to be a tariff."))
        raise FaultyTariff(sheet.errors)
    try:
        return parse_tariff(raw.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        sheet.fault(line, "", "bad_encoding", N_("The file is not written in UTF-8."))
        raise FaultyTariff(sheet.errors) from None


def parse_tariff(body: str, file: str) -> Tariff:
    """Return the tariff that `body` states; `file` names it in the errors of FaultyTariff."""
    sheet = Sheet(file)
    root = compose(body, sheet)
    top = mapping(root, "", sheet) if root is not None else None
    tariff = _build(Fields(top, sheet), body) if top is not None else None
    if sheet.errors or tariff is None:
        raise FaultyTariff(sorted(sheet.errors, key=lambda error: error.line))
    return tariff


def _build(fields: Fields, body: str) -> Tariff | None:
    fields.refuse_unknown(KNOWN)
    code = fields.code("code")
    names = fields.names()
    document_number = fields.text("document_number")
    source = fields.text("source")
    confirmed = fields.yes_no("confirmed")
    zone = fields.zone("zone")
    known_at = fields.instant("known_at", zone)
    valid = fields.validity()
    currency = fields.currency("currency")
    fields.one_of("rounding", tuple(ROUNDING))
    year_starts = fields.month_day("tier_year_starts")
    fill = fields.one_of("fill", tuple(FILLS), default="pro_rata")
    bounds = read_bounds(fields)
    periods = read_periods(fields)
    rates = read_rates(fields, periods, None if bounds is None else len(bounds) + 1)
    if fields.sheet.errors or not (zone and known_at and valid and year_starts and periods and rates):
        return None
    chosen: Fill = "in_order" if fill == "in_order" else "pro_rata"
    return Tariff(
        code=code,
        names=names,
        document_number=document_number,
        source=source,
        confirmed=confirmed,
        known_at=known_at,
        valid_from=valid[0],
        valid_until=valid[1],
        currency=currency,
        zone=zone,
        rounding="half_up_per_line",
        year_starts=year_starts,
        fill=chosen,
        bounds_wh=bounds or (),
        periods=periods,
        rates=rates,
        sha256=hashlib.sha256(body.encode()).hexdigest(),
        body=body,
    )
