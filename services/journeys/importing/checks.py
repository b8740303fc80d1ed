"""Questions asked of the whole set at once, each one statement over the temporary tables and what is stored.

They go in rounds: a row at fault in one round is no evidence in the next, so that one mistake is told once. A row that
overlaps or contradicts another one is told on the later line; a reading on the later day.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.journeys.importing.faults import FaultBook
from services.journeys.importing.files import File
from services.journeys.importing.staging import Staged


@dataclass(frozen=True)
class Check:
    """`query` returns (line, params as jsonb) of every row of `file` that is at fault in column `field`."""

    file: str
    field: str
    code: str
    query: str


@dataclass(frozen=True)
class Reference:
    """`file`.`column` names a row of the file `to` by `key`; stored, those rows are `table`.`stored`."""

    file: str
    column: str
    to: str
    key: str
    table: str
    stored: str


REFERENCES = (
    Reference("feeders", "substation", "substations", "code", "substation", "code"),
    Reference("transformer_areas", "feeder", "feeders", "code", "feeder", "code"),
    Reference("premises", "station", "stations", "code", "station", "code"),
    Reference("service_points", "premises", "premises", "premises_number", "premises", "premises_number"),
    Reference("service_points", "transformer_area", "transformer_areas", "code", "transformer_area", "code"),
    Reference("accounts", "customer", "customers", "customer_number", "customer", "customer_number"),
    Reference("accounts", "station", "stations", "code", "station", "code"),
    Reference("agreements", "account", "accounts", "account_number", "account", "account_number"),
    Reference(
        "agreements", "service_point", "service_points", "service_point_number", "service_point",
        "service_point_number",
    ),
    Reference("agreements", "continues", "agreements", "agreement_number", "agreement", "agreement_number"),
    Reference(
        "meters", "service_point", "service_points", "service_point_number", "service_point", "service_point_number"
    ),
    Reference("readings", "meter", "meters", "meter_number", "meter", "meter_number"),
    Reference("opening_balances", "account", "accounts", "account_number", "account", "account_number"),
    Reference("deposits", "account", "accounts", "account_number", "account", "account_number"),
    Reference("tier_use", "agreement", "agreements", "agreement_number", "agreement", "agreement_number"),
)  # fmt: skip


def duplicates(spec: File) -> Check:
    """Rows whose key stands in an earlier line."""
    keys = ", ".join(spec.key)
    told = " AND ".join(f"{name} IS NOT NULL" for name in spec.key)
    return Check(
        spec.name,
        next(column.name for column in spec.columns if column.places[0][0] == spec.key[-1]),
        "duplicate_in_file",
        f"SELECT line, jsonb_build_object('first', first) FROM (SELECT line, min(line) OVER (PARTITION BY {keys})"
        f" AS first FROM {spec.table} WHERE {told}) d WHERE line > first",
    )


def missing(reference: Reference) -> Check:
    """Rows that name what is neither in the folder nor stored."""
    r = reference
    return Check(
        r.file,
        r.column,
        "unknown_reference",
        f"SELECT s.line, jsonb_build_object('text', s.{r.column}) FROM in_{r.file} s WHERE s.{r.column} IS NOT NULL"
        f" AND NOT EXISTS (SELECT FROM in_{r.to} t WHERE t.{r.key} = s.{r.column})"
        f" AND NOT EXISTS (SELECT FROM {r.table} t WHERE t.{r.stored} = s.{r.column})",
    )


def _ends_before(file: str, start: str, end: str) -> Check:
    return Check(
        file,
        end,
        "ends_before_start",
        f"SELECT line, jsonb_build_object('starts_on', {start}, 'ends_on', {end}) FROM in_{file}"
        f" WHERE NOT bad AND {end} <= {start}",
    )


WITHIN_ROWS = (
    _ends_before("accounts", "opened_on", "closed_on"),
    _ends_before("agreements", "starts_on", "ends_on"),
    _ends_before("meters", "installed_on", "removed_on"),
    Check(
        "tier_use",
        "until_on",
        "bad_tier_year",
        "SELECT line, NULL::jsonb FROM in_tier_use WHERE NOT bad"
        " AND (until_on <= make_date(year, 1, 1) OR until_on > make_date(year + 1, 1, 1))",
    ),
)


def ask_keys(session: Session, files: Sequence[File], staged: Staged, faults: FaultBook) -> None:
    """Ask what concerns keys, references and rows by themselves. Nobody is blamed for naming a row of a broken file."""
    references = [missing(r) for r in REFERENCES if r.to not in staged.broken]
    ask_rounds(session, faults, ([duplicates(spec) for spec in files], references, WITHIN_ROWS))


def ask_rounds(session: Session, faults: FaultBook, rounds: Sequence[Sequence[Check]]) -> None:
    """Ask round by round; what a round finds is set aside before the next."""
    for checks in rounds:
        found = {check.file for check in checks if faults.ask(check.file, check.field, check.code, check.query)}
        for name in sorted(found):
            session.execute(
                text(f"UPDATE in_{name} s SET bad = true FROM import_fault f WHERE f.file = :file AND f.line = s.line"),
                {"file": f"{name}.csv"},
            )
