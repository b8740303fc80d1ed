"""Tariff files: what is read from a good one, and every fault of a bad one in one pass with its line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.tariffs.book import read_book, shipped
from services.tariffs.tariff_file import FaultyTariff, parse_tariff, read_tariff
from tests.tariffs.tariffs import GOOD, changed, tariff

LINES = {line.split(":")[0].strip(): number for number, line in enumerate(GOOD.splitlines(), start=1)}


def faults(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(FaultyTariff) as caught:
        parse_tariff(text, "test.yaml")
    assert all(error.file == "test.yaml" for error in caught.value.errors)
    assert all(error.message % error.params for error in caught.value.errors)
    return [(error.line, error.field, error.code) for error in caught.value.errors]


def test_a_good_file_is_read_as_it_is_written() -> None:
    read = tariff()
    assert read.period_codes == ("peak", "flat", "valley")
    assert read.bounds_wh == (100_000, 250_500)
    assert read.rates == (
        ("0.568", "0.53815", "0.288"),
        ("0.618", "0.588", "0.338"),
        ("0.868", "0.838", "0.588"),
    )
    assert read.known_at == datetime(2019, 12, 31, 16, tzinfo=UTC)
    assert read.body == GOOD
    assert (read.name("zh-CN"), read.name("en"), read.name("fr")) == ("测试", "Test", "Test")


def test_every_minute_of_the_day_has_its_period() -> None:
    minutes = [tariff().period_codes[index] for index in tariff().period_of_minute]
    assert [minutes[clock] for clock in (0, 479, 480, 659, 660, 1079, 1080, 1319, 1320, 1439)] == [
        "valley", "valley", "peak", "peak", "flat", "flat", "peak", "peak", "valley", "valley",
    ]  # fmt: skip


def test_a_number_that_yaml_would_round_stays_exact() -> None:
    read = parse_tariff(GOOD.replace("0.53815", "0.10000001"), "test.yaml")
    assert read.rates[0][1] == "0.10000001"
    assert read.schedule.divisor % 1 == 0


def test_the_hash_of_a_version_is_that_of_its_text() -> None:
    assert tariff().sha256 != tariff(source="another").sha256
    assert tariff().sha256 == tariff().sha256


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("code", "Not A Code", "bad_code"),
        ("names", "{en: Only English}", "missing"),
        ("names", "[a, b]", "not_a_mapping"),
        ("document_number", "", "missing"),
        ("document_number", "[1]", "not_text"),
        ("confirmed", "perhaps", "bad_choice"),
        ("known_at", "yesterday", "bad_instant"),
        ("known_at", "2026-07-01T00:00:00", "bad_instant"),
        ("valid", "{from: 2026-02-30}", "bad_date"),
        ("valid", "{from: 2026-07-01, until: 2026-07-01}", "bad_period"),
        ("valid", "{until: 2026-07-01}", "missing"),
        ("valid", "{from: 2026-07-01, to: 2026-08-01}", "unknown_field"),
        ("currency", "yuan", "bad_currency"),
        ("zone", "China", "bad_zone"),
        ("zone", "../etc", "bad_zone"),
        ("rounding", "down", "bad_choice"),
        ("tier_year_starts", "02-30", "bad_month_day"),
        ("tier_year_starts", "1 January", "bad_month_day"),
        ("tiers_kwh", "[250, 100]", "not_rising"),
        ("tiers_kwh", "[100, much]", "bad_energy"),
        ("tiers_kwh", "[0, 100]", "bad_bound"),
        ("tiers_kwh", "100", "not_a_list"),
        ("fill", "as you like", "bad_choice"),
    ],
)
def test_a_bad_value_is_refused_in_its_line(field: str, value: str, code: str) -> None:
    text = GOOD.replace("names:\n  en: Test\n  zh: 测试\n", "names: {en: Test, zh: 测试}\n")
    line = [row.split(":")[0] for row in text.splitlines()].index(field) + 1
    found = faults(changed(text, **{field: value}))
    assert (line, code) in [(at, what) for at, _, what in found]


@pytest.mark.parametrize("field", ["code", "source", "valid", "currency", "tiers_kwh", "periods", "rates", "known_at"])
def test_a_missing_field_is_named(field: str) -> None:
    lines = GOOD.splitlines()
    start = LINES[field] - 1
    end = next((n for n in range(start + 1, len(lines)) if not lines[n].startswith(" ")), len(lines))
    assert (1, field, "missing") in faults("\n".join(lines[:start] + lines[end:]))


@pytest.mark.parametrize(
    ("old", "new", "field", "code"),
    [
        ("[11:00-18:00]", "[11:00-17:00]", "periods", "gap"),
        ("[11:00-18:00]", "[11:00-19:00]", "periods.flat", "overlap"),
        ("[11:00-18:00]", "[11-18]", "periods.flat", "bad_span"),
        ("[11:00-18:00]", "[11:00-25:00]", "periods.flat", "bad_span"),
        ("[11:00-18:00]", "[]", "periods.flat", "missing"),
        ("flat: [11:00", "midday: [11:00", "periods.midday", "unknown_field"),
        ("flat: [11:00", "total: [11:00", "periods.total", "bad_period"),
        ("0.53815", "0,5", "rates.flat", "wrong_count"),
        ("0.53815", "1e-1", "rates.flat", "bad_rate"),
        ("0.53815", "-0.5", "rates.flat", "bad_rate"),
        ("0.53815", "0.123456789", "rates.flat", "bad_rate"),
        ("0.53815", "[1]", "rates.flat", "not_text"),
        (", 0.838]", "]", "rates.flat", "wrong_count"),
        ("  flat: [0.5", "  sharp: [0.5", "rates.sharp", "unknown_field"),
    ],
)
def test_a_fault_in_the_prices_is_refused_in_its_line(old: str, new: str, field: str, code: str) -> None:
    text = GOOD.replace(old, new)
    line = next(n for n, row in enumerate(text.splitlines(), start=1) if row not in GOOD.splitlines())
    expected = LINES["periods"] if code == "gap" else line
    assert (expected, code) in [(at, what) for at, name, what in faults(text) if name == field]


def test_all_faults_come_in_one_pass_ordered_by_line() -> None:
    text = changed(currency="yuan", zone="Nowhere", tier_year_starts="13-01").replace("0.588]", "much]") + "extra: 1\n"
    assert faults(text) == [
        (LINES["currency"], "currency", "bad_currency"),
        (LINES["zone"], "zone", "bad_zone"),
        (LINES["tier_year_starts"], "tier_year_starts", "bad_month_day"),
        (GOOD.count("\n"), "rates.valley", "bad_rate"),
        (GOOD.count("\n") + 1, "extra", "unknown_field"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("", 1, "empty"),
        ("# only a remark\n", 1, "empty"),
        ("just words\n", 1, "not_a_mapping"),
        ("code: a\n\tzone: b\n", 2, "bad_yaml"),
        ("code: a\ncode: b\n", 2, "duplicate"),
        ("code: a\nzone: [b\n", 3, "bad_yaml"),
        ("code: a\nsource: b\x07\n", 2, "bad_character"),
        ("code: &a x\nsource: *a\n", 2, "not_plain"),
        ("code: a\nsource: " + "[" * 50 + "]" * 50, 2, "not_plain"),
        ("code: a\n---\ncode: b\n", 2, "bad_yaml"),
    ],
)
def test_what_is_no_tariff_file_at_all_is_refused_in_its_line(text: str, line: int, code: str) -> None:
    assert (line, code) in [(at, what) for at, _, what in faults(text)]


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaultyTariff) as caught:
        read_tariff(tmp_path / "none.yaml")
    assert caught.value.errors[0].code == "no_file"
    (tmp_path / "gbk.yaml").write_bytes("code: a\nnames: 北京\n".encode("gbk"))
    with pytest.raises(FaultyTariff) as caught:
        read_tariff(tmp_path / "gbk.yaml")
    assert (caught.value.errors[0].code, caught.value.errors[0].line) == ("bad_encoding", 2)


def test_a_folder_of_files_names_the_faults_of_all(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(changed(zone="Nowhere"), "utf-8")
    (tmp_path / "b.yaml").write_text(changed(currency="x"), "utf-8")
    with pytest.raises(FaultyTariff) as caught:
        read_book(tmp_path)
    assert [(Path(error.file).name, error.code) for error in caught.value.errors] == [
        ("a.yaml", "bad_zone"),
        ("b.yaml", "bad_currency"),
    ]


def test_every_shipped_file_says_where_it_comes_from() -> None:
    for code in shipped().codes:
        for version in shipped().versions(code):
            assert version.code == code
            assert "号" in version.document_number
            assert set(version.names) >= {"en", "zh"}
