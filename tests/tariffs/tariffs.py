"""Tariff files for tests: one good text, and what a test changes in it."""

from services.tariffs.tariff import Tariff
from services.tariffs.tariff_file import parse_tariff

GOOD = """\
code: test-tou
names:
  en: Test
  zh: 测试
document_number: 测试〔2026〕1号
source: the tests
confirmed: true
known_at: 2020-01-01
valid: {from: 2020-01-01, until: }
currency: CNY
zone: Asia/Shanghai
rounding: half_up_per_line
tier_year_starts: 01-01
tiers_kwh: [100, 250.5]
fill: pro_rata
periods:
  peak: [08:00-11:00, 18:00-22:00]
  flat: [11:00-18:00]
  valley: [22:00-08:00]
rates:
  peak: [0.568, 0.618, 0.868]
  flat: [0.53815, 0.588, 0.838]
  valley: [0.288, 0.338, 0.588]
"""

FLAT = """\
code: test-flat
names: {en: Flat, zh: 单一}
document_number: 测试〔2026〕2号
source: the tests
confirmed: true
known_at: 2020-01-01
valid: {from: 2020-01-01}
currency: CNY
zone: Asia/Shanghai
rounding: half_up_per_line
tier_year_starts: 01-01
tiers_kwh: [100, 250.5]
periods: {total: [00:00-24:00]}
rates: {total: [0.5, 0.6, 0.9]}
"""


def tariff(text: str = GOOD, **changes: str) -> Tariff:
    """Return the good tariff with lines replaced: the keyword names the field, the value its new text."""
    return parse_tariff(changed(text, **changes), "test.yaml")


def changed(text: str = GOOD, **changes: str) -> str:
    lines = text.splitlines()
    for field, value in changes.items():
        places = [n for n, line in enumerate(lines) if line.split(":")[0] == field]
        assert places, field
        lines[places[0]] = f"{field}: {value}" if value else f"{field}:"
    return "\n".join(lines) + "\n"
