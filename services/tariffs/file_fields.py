"""The plain fields of a tariff file: each method reads one, notes what is wrong with it and gives a harmless value."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import yaml

from kernel.clock import local_midnight
from kernel.i18n import N_
from services.tariffs.yaml_text import Mapping, Sheet, mapping, scalar

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})")


class Fields:
    """The top of the file and the sheet its faults go onto."""

    def __init__(self, top: Mapping, sheet: Sheet) -> None:
        self.top = top
        self.sheet = sheet

    def refuse_unknown(self, known: tuple[str, ...], inside: Mapping | None = None) -> None:
        where = inside or self.top
        for key, line in where.lines.items():
            if key not in known:
                self.sheet.fault(
                    line,
                    where.path(key),
                    "unknown_field",
                    N_("This field is not known here; known are: %(known)s."),
                    known=", ".join(known),
                )

    def node(self, key: str, inside: Mapping | None = None) -> yaml.Node | None:
        where = inside or self.top
        if key not in where.values:
            self.sheet.fault(where.line, where.path(key), "missing", N_("This field is missing."))
        return where.values.get(key)

    def text(self, key: str, inside: Mapping | None = None) -> str:
        """Return a value that may not be empty; "" with the fault noted."""
        node = self.node(key, inside)
        name = (inside or self.top).path(key)
        value = scalar(node, name, self.sheet) if node is not None else None
        if value == "" and node is not None:
            self.at(key, "missing", N_("This field has no value."), inside)
        return value or ""

    def at(self, key: str, code: str, message: str, inside: Mapping | None = None, **params: object) -> None:
        """Note a fault of a field that is there."""
        where = inside or self.top
        self.sheet.fault(where.lines[key], where.path(key), code, message, **params)

    def code(self, key: str) -> str:
        value = self.text(key)
        if value and (len(value) > 64 or not _CODE.fullmatch(value)):
            self.at(key, "bad_code", N_("A code is small letters, digits and hyphens, like cn-beijing-residential."))
        return value

    def currency(self, key: str) -> str:
        value = self.text(key)
        if value and not re.fullmatch(r"[A-Z]{3}", value):
            self.at(key, "bad_currency", N_("A currency is three capital letters, like CNY."))
        return value

    def one_of(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        if default is not None and key not in self.top.values:
            return default
        value = self.text(key)
        if value and value not in choices:
            self.at(key, "bad_choice", N_("Here one of these is needed: %(choices)s."), choices=", ".join(choices))
        return value

    def yes_no(self, key: str) -> bool:
        return self.one_of(key, ("true", "false")) == "true"

    def zone(self, key: str) -> str | None:
        value = self.text(key)
        try:
            return ZoneInfo(value).key if value else None
        except (ValueError, OSError, KeyError):
            self.at(key, "bad_zone", N_("A time zone has a name like Asia/Shanghai."))
            return None

    def names(self) -> dict[str, str]:
        node = self.node("names")
        inside = mapping(node, "names", self.sheet) if node is not None else None
        if inside is None:
            return {}
        found = {key: self.text(key, inside) for key in dict.fromkeys(("en", "zh", *inside.values))}
        for key, line in inside.lines.items():
            if not re.fullmatch(r"[a-z]{2,3}", key):
                self.sheet.fault(line, inside.path(key), "bad_language", N_("A language is two letters, like en."))
        return found

    def validity(self) -> tuple[date, date | None] | None:
        """Read `valid: {from, until}`; an empty or missing `until` means: until another version holds."""
        node = self.node("valid")
        inside = mapping(node, "valid", self.sheet) if node is not None else None
        if inside is None:
            return None
        self.refuse_unknown(("from", "until"), inside)
        starts_on = self.day("from", inside)
        end = inside.values.get("until")
        open_ended = end is None or (isinstance(end, yaml.ScalarNode) and not end.value.strip())
        ends_on = None if open_ended else self.day("until", inside)
        if starts_on and ends_on and ends_on <= starts_on:
            self.at("until", "bad_period", N_("The last day (not included) must come after the first."), inside)
        return (starts_on, ends_on) if starts_on else None

    def day(self, key: str, inside: Mapping) -> date | None:
        value = self.text(key, inside)
        if not value:
            return None
        try:
            if _DATE.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        self.at(key, "bad_date", N_("A date is written like 2026-07-01."), inside)
        return None

    def instant(self, key: str, zone: str | None) -> datetime | None:
        """Read an instant with its offset, or a date: then the start of that day in the tariff's zone."""
        value = self.text(key)
        if not value:
            return None
        try:
            if _DATE.fullmatch(value):
                return local_midnight(date.fromisoformat(value), zone or "UTC")
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self.at(key, "bad_instant", N_("A time is a date, or a date and time with its offset."))
        return None

    def month_day(self, key: str) -> tuple[int, int] | None:
        value = self.text(key)
        found = _MONTH_DAY.fullmatch(value)
        try:
            if found and value != "02-29":
                day = date(2000, int(found[1]), int(found[2]))
                return day.month, day.day
        except ValueError:
            pass
        if value:
            self.at(key, "bad_month_day", N_("The day on which a year starts is written month-day, like 01-01."))
        return None
