"""From what was used to bills without a number: rate a chunk at once, keep with each bill all it was computed from."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text

from kernel.db import Reader
from kernel.faults import Fault
from kernel.periods import Period
from services.billing.collect import Held, Use
from services.billing.operations import NewBill, NewLine
from services.tariffs.book import Book
from services.tariffs.rating import RatedBill, RatedLine, ToRate, rate_bills
from services.tariffs.tariff import WHOLE_DAY, Tariff

_TIER_USE = text("""
    WITH RECURSIVE chain AS (
        SELECT g.id AS agreement_id, g.id AS link_id, g.continues_id, 0 AS depth
        FROM agreement g WHERE g.id = ANY(:ids)
        UNION ALL
        SELECT c.agreement_id, g.id, g.continues_id, c.depth + 1
        FROM chain c JOIN agreement g ON g.id = c.continues_id WHERE c.depth < 20
    ), billed AS (
        SELECT DISTINCT ON (c.agreement_id) c.agreement_id, i.tier_year, i.tier_used_after_wh
        FROM chain c JOIN bill_index i ON i.agreement_id = c.link_id ORDER BY c.agreement_id, i.ends_on DESC, i.id DESC
    )
    SELECT agreement_id, tier_year, tier_used_after_wh AS used_wh FROM billed
    UNION ALL
    SELECT DISTINCT ON (c.agreement_id, o.year) c.agreement_id, o.year, o.used_wh
    FROM chain c JOIN opening_tier_use o ON o.agreement_id = c.link_id
    WHERE NOT EXISTS (SELECT FROM billed b WHERE b.agreement_id = c.agreement_id AND b.tier_year = o.year)
""")


def tier_use_before(reader: Reader, agreement_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """Return {(agreement, tier year): Wh used before its next bill}: from the last bill of the agreement or of those it
    carries on; from the opening tier use where the year has no bill yet."""
    rows = reader.execute(_TIER_USE, {"ids": list(agreement_ids)})
    return {(row.agreement_id, row.tier_year): row.used_wh for row in rows}


def compute_bills(
    uses: Sequence[Use], tier_use: Mapping[tuple[int, int], int], book: Book, *, issued_on: date, now: datetime
) -> tuple[list[NewBill], list[Held], list[Tariff]]:
    """Rate what was used. Returns bills, what is held and why, and the tariff versions that were used."""
    held: list[Held] = []
    ready: list[tuple[Use, ToRate]] = []
    for use in uses:
        try:
            ready.append((use, _to_rate(use, tier_use, book, now)))
        except Fault as fault:
            held.append(Held(use.agreement_number, fault.code))
    bills: list[NewBill] = []
    tariffs: dict[str, Tariff] = {}
    for use, rated in _rate(ready, held):
        tariffs |= {part.part.tariff.sha256: part.part.tariff for part in rated.parts}
        bills.append(_bill(use, rated, issued_on))
    return bills, held, list(tariffs.values())


def _to_rate(use: Use, tier_use: Mapping[tuple[int, int], int], book: Book, now: datetime) -> ToRate:
    versions = book.versions(use.tariff_code)
    first = book.choose(use.tariff_code, use.starts_on, now)
    return ToRate(
        versions=versions,
        period=Period(use.starts_on, use.ends_on),
        quantities_wh=fit_registers(use.quantities, first.period_codes),
        used_before_wh=tier_use.get((use.agreement_id, first.tier_year(use.starts_on)), 0),
        known_by=now,
    )


def fit_registers(quantities: Mapping[str, int], wanted: Sequence[str]) -> dict[str, int]:
    """Return the quantities a tariff asks for: a meter may have more registers, and parts stand for a total."""
    if tuple(wanted) == (WHOLE_DAY,) and WHOLE_DAY not in quantities:
        return {WHOLE_DAY: sum(quantities.values())}
    return {code: quantities[code] for code in wanted if code in quantities}


def _rate(ready: Sequence[tuple[Use, ToRate]], held: list[Held]) -> list[tuple[Use, RatedBill]]:
    """Rate all at once; should one be refused, rate one by one and hold the refused."""
    try:
        return list(zip([use for use, _ in ready], rate_bills([bill for _, bill in ready]), strict=True))
    except Fault:
        rated = []
        for use, bill in ready:
            try:
                rated.append((use, rate_bills([bill])[0]))
            except Fault as fault:
                held.append(Held(use.agreement_number, fault.code))
        return rated


def _bill(use: Use, rated: RatedBill, issued_on: date) -> NewBill:
    tariff = rated.tariff
    return NewBill(
        agreement_id=use.agreement_id,
        account_id=use.account_id,
        station_id=use.station_id,
        currency=rated.currency,
        starts_on=use.starts_on,
        ends_on=use.ends_on,
        due_on=issued_on + timedelta(days=use.due_days),
        energy_wh=rated.energy_wh,
        used_before_wh=rated.parts[0].used_before_wh,
        tier_year=rated.tier_year,
        tier_used_after_wh=rated.used_after_wh,
        tariff_code=tariff.code,
        tariff_sha256=tariff.sha256,
        document_number=tariff.document_number,
        engine_version=rated.engine_version,
        basis=_basis(use, rated),
        lines=tuple(_line(line) for line in rated.lines),
    )


def _line(line: RatedLine) -> NewLine:
    return NewLine(
        code=line.code,
        label=line.label("en"),
        tier=line.tier,
        period=line.period,
        starts_on=line.starts_on,
        ends_on=line.ends_on,
        quantity_wh=line.quantity_wh,
        rate=line.rate,
        amount_minor=line.amount_minor,
    )


def _basis(use: Use, rated: RatedBill) -> dict[str, Any]:
    return {
        "tariff": rated.tariff.as_basis(),
        "rounding": rated.rounding,
        "readings": [
            vars(s) | {"opening_on": s.opening_on.isoformat(), "closing_on": s.closing_on.isoformat()}
            for s in use.segments
        ],
        "parts": [
            {
                "starts_on": part.part.period.starts_on.isoformat(),
                "ends_on": part.part.period.ends_on.isoformat(),
                "tariff_sha256": part.part.tariff.sha256,
                "quantities_wh": dict(part.quantities_wh),
                "used_before_wh": part.used_before_wh,
                "used_after_wh": part.used_after_wh,
            }
            for part in rated.parts
        ],
    }
