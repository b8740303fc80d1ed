"""Master data: what a row of a file becomes in its table, and which of its columns a later import may change."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.crypto import keyed_hash, unseal
from kernel.db import copy_rows


@dataclass(frozen=True)
class Value:
    """A column of the table: `from_` over `source`, told by the file's column `told`. `compared`: sealed values and
    texts made for search differ without a change, so they only go along."""

    column: str
    from_: str
    told: str
    compared: bool = True
    fixed: bool = False


@dataclass(frozen=True)
class Master:
    """`source` joins the temporary table s with what its rows name; `also`: one more reason to update."""

    file: str
    table: str
    key: str
    source: str
    values: tuple[Value, ...]
    stamped: bool = False
    also: str = "false"


def _same(*columns: str) -> tuple[Value, ...]:
    return tuple(Value(name, f"s.{name}", name) for name in columns)


def _fixed(column: str, from_: str) -> Value:
    return Value(column, from_, column, fixed=True)


MASTERS = (
    Master(
        "stations",
        "station",
        "code",
        "in_stations s",
        (*_same("name"), Value("name_en", "COALESCE(s.name_en, s.name)", "name_en")),
    ),
    Master("substations", "substation", "code", "in_substations s", _same("name")),
    Master(
        "feeders",
        "feeder",
        "code",
        "in_feeders s JOIN substation p ON p.code = s.substation",
        (*_same("name"), Value("substation_id", "p.id", "substation")),
    ),
    Master(
        "transformer_areas",
        "transformer_area",
        "code",
        "in_transformer_areas s JOIN feeder p ON p.code = s.feeder",
        (*_same("name"), Value("feeder_id", "p.id", "feeder")),
    ),
    Master(
        "customers",
        "customer",
        "customer_number",
        "in_customers s LEFT JOIN email_changed e ON e.line = s.line",
        (
            *_same("name", "kind", "language", "phone_hash", "identity_hash"),
            Value("phone", "s.phone", "phone", compared=False),
            Value("identity", "s.identity", "identity", compared=False),
            Value("email", "s.email", "email", compared=False),
            Value("search", "to_tsvector('simple', s.words)", "name", compared=False),
        ),
        stamped=True,
        also="x.email_changed",
    ),
    Master(
        "premises",
        "premises",
        "premises_number",
        "in_premises s JOIN station p ON p.code = s.station",
        (
            *_same("address"),
            Value("station_id", "p.id", "station"),
            Value("search", "to_tsvector('simple', s.words)", "address", compared=False),
        ),
    ),
    Master(
        "service_points",
        "service_point",
        "service_point_number",
        "in_service_points s JOIN premises p ON p.premises_number = s.premises"
        " LEFT JOIN transformer_area a ON a.code = s.transformer_area",
        (
            _fixed("premises_id", "p.id"),
            _fixed("station_id", "p.station_id"),
            Value("transformer_area_id", "a.id", "transformer_area"),
            *_same("life_support"),
        ),
    ),
    Master(
        "accounts",
        "account",
        "account_number",
        "in_accounts s JOIN customer c ON c.customer_number = s.customer JOIN station p ON p.code = s.station",
        (
            _fixed("customer_id", "c.id"),
            Value("station_id", "p.id", "station"),
            _fixed("currency", "s.currency"),
            *_same("due_days"),
            _fixed("opened_on", "s.opened_on"),
            *_same("closed_on", "dispute_on"),
            Value("paper_code_hash", "s.paper_code", "paper_code"),
        ),
    ),
    Master(
        "agreements",
        "agreement",
        "agreement_number",
        "in_agreements s JOIN account a ON a.account_number = s.account"
        " JOIN service_point p ON p.service_point_number = s.service_point",
        (
            _fixed("account_id", "a.id"),
            _fixed("service_point_id", "p.id"),
            _fixed("tariff_code", "s.tariff"),
            Value("during", "daterange(s.starts_on, s.ends_on)", "ends_on"),
        ),
    ),
    Master(
        "meters",
        "meter",
        "meter_number",
        "in_meters s JOIN service_point p ON p.service_point_number = s.service_point",
        (
            _fixed("service_point_id", "p.id"),
            _fixed("multiplier", "s.multiplier"),
            _fixed("installed_on", "s.installed_on"),
            *_same("removed_on"),
        ),
    ),
)


def store_master(session: Session, master: Master, present: Collection[str], now: datetime) -> tuple[int, int]:
    """Update rows whose told columns differ, insert new ones; returns (new, changed)."""
    changed = 0
    told = [value for value in master.values if not value.fixed and value.told in present]
    if any(value.compared for value in told):
        changed = _rowcount(session, _update(master, told), now)
    new = _rowcount(session, _insert(master), now)
    if new:
        # Nobody else looks at these rows before the end, so nobody else counts them: without it joins are planned
        # for an empty table.
        session.execute(text(f"ANALYZE {master.table}"))
    return new, changed


def _rowcount(session: Session, statement: str, now: datetime) -> int:
    return int(getattr(session.execute(text(statement), {"now": now} if ":now" in statement else {}), "rowcount", 0))


def _update(master: Master, told: list[Value]) -> str:
    compared = [value.column for value in told if value.compared]
    also = master.also if "email" in {value.column for value in told} else "false"
    columns = ", ".join(f"{value.from_} AS {value.column}" for value in told)
    extra = ", e.line IS NOT NULL AS email_changed" if master.table == "customer" else ""
    return (
        f"UPDATE {master.table} t SET {', '.join(f'{v.column} = x.{v.column}' for v in told)}"
        f" FROM (SELECT s.{master.key} AS row_key, {columns}{extra} FROM {master.source}) x"
        f" WHERE t.{master.key} = x.row_key AND ({also} OR"
        f" ({', '.join(f't.{c}' for c in compared)}) IS DISTINCT FROM ({', '.join(f'x.{c}' for c in compared)}))"
    )


def _insert(master: Master) -> str:
    stamped, stamp = (", created_at", ", :now") if master.stamped else ("", "")
    return (
        f"INSERT INTO {master.table} ({master.key}, {', '.join(v.column for v in master.values)}{stamped})"
        f" SELECT s.{master.key}, {', '.join(v.from_ for v in master.values)}{stamp} FROM {master.source}"
        f" WHERE NOT EXISTS (SELECT FROM {master.table} t WHERE t.{master.key} = s.{master.key}) ORDER BY s.line"
    )


def note_changed_emails(session: Session) -> None:
    """Find customers whose address for e-mail differs: it is sealed and has no hash, so it is compared here."""
    session.execute(text("CREATE TEMP TABLE email_changed (line integer) ON COMMIT DROP"))
    changed = list(_changed_emails(session))
    copy_rows(session, "email_changed", ("line",), ((line,) for line in changed))


def _changed_emails(session: Session) -> Iterator[int]:
    rows = session.execute(
        text("""
            SELECT s.line, s.email_hash, t.email FROM in_customers s JOIN customer t USING (customer_number)
            WHERE s.email_hash IS NOT NULL OR t.email IS NOT NULL
        """),
        execution_options={"yield_per": 5000},
    )
    for row in rows:
        stored = keyed_hash("email", unseal(bytes(row.email))) if row.email is not None else None
        if stored != (bytes(row.email_hash) if row.email_hash is not None else None):
            yield row.line
