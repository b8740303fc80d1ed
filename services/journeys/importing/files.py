"""What may stand in an import folder: the files, their columns, what each value must be. docs/import.md says the same
to people; a test holds the two together.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from services.journeys.importing import values as v

EARLIEST = date(1950, 1, 1)
FIRST_READING = date(2000, 1, 1)
CATEGORIES = ("all", "receipt", "marketing")


@dataclass(frozen=True)
class Column:
    """`staged`: (name, type) of the temporary table's columns that `parse` fills. `kept`: a refused value stays as it
    was written, so that rows which name this row are not blamed too. `beside`: the column whose text `parse` needs
    too, before a tab."""

    name: str
    parse: v.Parser
    required: bool = True
    default: str = ""
    staged: tuple[tuple[str, str], ...] = ()
    kept: bool = False
    beside: str = ""

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        return self.staged or ((self.name, "text"),)


@dataclass(frozen=True)
class File:
    """`key`: the staged columns by which a row is told from every other one."""

    name: str
    required: bool
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def table(self) -> str:
        return f"in_{self.name}"

    @property
    def staged(self) -> tuple[tuple[str, str], ...]:
        return tuple(place for column in self.columns for place in column.places)


def _key(name: str, parse: v.Parser | None = None) -> Column:
    return Column(name, parse or v.key(), kept=True)


def _names(name: str, *, required: bool = True) -> Column:
    return Column(name, v.named, required=required, kept=True)


def _typed(name: str, parse: v.Parser, kind: str, *, required: bool = True, default: str = "") -> Column:
    return Column(name, parse, required, default, ((name, kind),))


def utility_files(*, today: date, now: datetime, currency: str, tariffs: Collection[str]) -> tuple[File, ...]:
    """Return every file in the order in which they are stored: what is named stands before what names it."""
    past, any_day = v.day(EARLIEST, today), v.day(EARLIEST, None)
    return (
        *_grid_files(),
        *_customer_files(past, any_day, currency, tariffs),
        *_meter_files(past, today),
        *_opening_files(past, any_day, now, currency),
    )


def _grid_files() -> tuple[File, ...]:
    name = Column("name", v.words(120))
    return (
        File("stations", True, ("code",), (_key("code"), name, Column("name_en", v.words(120), required=False))),
        File("substations", False, ("code",), (_key("code"), name)),
        File("feeders", False, ("code",), (_key("code"), name, _names("substation"))),
        File("transformer_areas", False, ("code",), (_key("code"), name, _names("feeder"))),
    )


def _customer_files(past: v.Parser, any_day: v.Parser, currency: str, tariffs: Collection[str]) -> tuple[File, ...]:
    return (
        File(
            "customers",
            True,
            ("customer_number",),
            (
                _key("customer_number"),
                Column("name", v.words(120, searched=True), staged=(("name", "text"), ("words", "text"))),
                Column("kind", v.choice(("residential", "commercial", "industrial"))),
                Column("language", v.language, required=False, default="zh-CN"),
                _sealed("phone", v.phone),
                _sealed("identity", v.identity),
                _sealed("email", v.email),
            ),
        ),
        File(
            "premises",
            True,
            ("premises_number",),
            (
                _key("premises_number"),
                Column("address", v.words(300, searched=True), staged=(("address", "text"), ("words", "text"))),
                _names("station"),
            ),
        ),
        File(
            "service_points",
            True,
            ("service_point_number",),
            (
                _key("service_point_number"),
                _names("premises"),
                _names("transformer_area", required=False),
                _typed("life_support", v.YES_NO, "boolean", required=False, default="no"),
            ),
        ),
        File(
            "accounts",
            True,
            ("account_number",),
            (
                _key("account_number", v.account_number),
                _names("customer"),
                _names("station"),
                Column("currency", v.currency(currency), required=False, default=currency),
                _typed("due_days", v.whole(0, 180), "integer", required=False, default="20"),
                _typed("opened_on", past, "date"),
                _typed("closed_on", past, "date", required=False),
                _typed("dispute_on", past, "date", required=False),
                Column(
                    "paper_code",
                    v.paper_code,
                    required=False,
                    staged=(("paper_code", "bytea"),),
                    beside="account_number",
                ),
            ),
        ),
        File(
            "agreements",
            True,
            ("agreement_number",),
            (
                _key("agreement_number"),
                _names("account"),
                _names("service_point"),
                Column("tariff", v.tariff(tariffs)),
                _typed("starts_on", past, "date"),
                _typed("ends_on", any_day, "date", required=False),
                _names("continues", required=False),
            ),
        ),
    )


def _sealed(name: str, parse: v.Parser) -> Column:
    return Column(name, parse, required=False, staged=((name, "bytea"), (f"{name}_hash", "bytea")))


def _meter_files(past: v.Parser, today: date) -> tuple[File, ...]:
    return (
        File(
            "meters",
            True,
            ("meter_number",),
            (
                _key("meter_number"),
                _names("service_point"),
                _typed("multiplier", v.whole(1, 100_000), "integer", required=False, default="1"),
                _typed("installed_on", past, "date"),
                _typed("removed_on", past, "date", required=False),
                Column("registers", v.registers, required=False, default="total"),
                _typed("digits", v.whole(3, 9), "smallint", required=False, default="6"),
            ),
        ),
        File(
            "readings",
            True,
            ("meter", "register", "read_on"),
            (
                _names("meter"),
                Column("register", v.choice(v.REGISTERS), required=False, default="total"),
                _typed("read_on", v.day(FIRST_READING, today), "date"),
                Column("value_kwh", v.energy, staged=(("value_wh", "bigint"),)),
                Column("quality", v.choice(("actual", "estimated", "customer")), required=False, default="actual"),
            ),
        ),
    )


def _opening_files(past: v.Parser, any_day: v.Parser, now: datetime, currency: str) -> tuple[File, ...]:
    amount = Column("amount", v.money(currency), staged=(("amount_minor", "bigint"),))
    return (
        File(
            "opening_balances",
            False,
            ("reference",),
            (_key("reference"), _names("account"), _typed("due_on", any_day, "date"), amount),
        ),
        File("deposits", False, ("reference",), (_key("reference"), _names("account"), amount)),
        File(
            "tier_use",
            False,
            ("agreement", "year"),
            (
                _names("agreement"),
                _typed("year", v.whole(2000, 2100), "integer"),
                _typed("until_on", past, "date"),
                Column("used_kwh", v.energy, staged=(("used_wh", "bigint"),)),
            ),
        ),
        File(
            "consents",
            False,
            ("contact_hash", "category", "channel", "recorded_at"),
            (
                Column("phone", v.contact, staged=(("contact_hash", "bytea"),)),
                Column("category", v.choice(CATEGORIES)),
                Column("channel", v.choice(("sms",)), required=False, default="sms"),
                _typed("granted", v.YES_NO, "boolean"),
                Column("source", v.words(60)),
                _typed("recorded_at", v.instant(now), "timestamptz"),
            ),
        ),
    )
