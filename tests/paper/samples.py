"""Bills and receipts as the rooms would return them, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime

from kernel.periods import add_months
from services.billing.queries import BillView, LineView, ReadingUsed
from services.billing.rules import Month, explain_difference, tier_stands
from services.payments.queries import PaidPart, PaymentRow, ReceiptView
from tests.factories import ZONE
from wiring.ports import Utility

UTILITY = Utility("灯火县供电公司", "Lantern County Electric", ZONE, "CNY", "95598", "https://power.example")
ISSUED = datetime(2026, 8, 2, 1, 0, tzinfo=UTC)
KWH = (178, 231, 262, 190, 165, 172, 214, 238, 205, 171, 160, 188, 260)


def history(kwh: tuple[int, ...] = KWH, cycle_on: date = date(2026, 7, 1)) -> tuple[Month, ...]:
    """Return months that end with the cycle, at 0.4883 yuan a kWh."""
    first = add_months(cycle_on, 1 - len(kwh))
    return tuple(
        Month(
            add_months(first, n),
            add_months(first, n),
            add_months(first, n + 1),
            round(used * 48.83),
            used * 1000,
            f"B{n}",
        )
        for n, used in enumerate(kwh)
    )


def bill(**given: object) -> BillView:
    """Return a Beijing household's bill of July 2026: 260 kWh, still in tier 1."""
    months = history()
    this, previous = months[-1], months[-2]
    line = LineView("tier1", "Tier 1", 1, None, this.starts_on, this.ends_on, 260_000, "0.4883", this.total_minor)
    reading = ReadingUsed(
        "M20418", "total", this.starts_on, 8_412_000, this.ends_on, 8_672_000, 1, False, 260_000, "actual"
    )  # fmt: skip
    view = BillView(
        bill_number=this.bill_number, account_id=1, account_number="7000000013", agreement_number="7000000013",
        customer_name="陈静", address="和平路12号院3号楼2单元501", station_id=1, cycle_on=this.cycle_on,
        starts_on=this.starts_on, ends_on=this.ends_on, due_on=date(2026, 8, 25), issued_at=ISSUED, currency="CNY",
        total_minor=this.total_minor, open_minor=this.total_minor, energy_wh=260_000, used_before_wh=1_176_000,
        tier_year=2026, tier_used_after_wh=1_436_000, tariff_code="cn-beijing-residential",
        tariff_names={"en": "Beijing residential", "zh": "北京居民阶梯电价"}, document_number="发改价格〔2011〕2617号",
        tariff_source="guidance", tariff_confirmed=False, engine_version="1", rounding="half_up_per_line",
        lines=(line,), readings=(reading,), tiers=tier_stands([2_880_000, 4_800_000], 1_436_000, 260_000),
        history=months, previous=previous, year_ago=months[0],
        difference=explain_difference(this, previous, (line,)), receivable_id=1,
    )  # fmt: skip
    return replace(view, **given)  # type: ignore[arg-type]


def tou_bill() -> BillView:
    """Return a Zhejiang peak-valley bill that crosses into tier 2, with an estimate, a gap in its year, part paid."""
    months = history((310, 402, 380, 290, 0, 0, 350, 420, 391, 288, 301, 366, 612))
    months = tuple(replace(m, bill_number=f"26{n:011d}") for n, m in enumerate(months) if m.energy_wh)
    starts, ends = months[-1].starts_on, months[-1].ends_on
    rows = (
        (1, "peak", 150_500, "0.568", 8548), (1, "valley", 64_500, "0.288", 1858),
        (2, "peak", 277_900, "0.618", 17174), (2, "valley", 119_100, "0.338", 4026),
    )  # fmt: skip
    lines = tuple(LineView(f"tier{t}-{p}", "", t, p, starts, ends, wh, rate, minor) for t, p, wh, rate, minor in rows)
    months = (*months[:-1], replace(months[-1], total_minor=31_606))
    readings = tuple(
        ReadingUsed("M77120", p, starts, low, ends, low + wh, 1, False, wh, q)
        for p, low, wh, q in (("peak", 20_114_000, 428_400, "actual"), ("valley", 9_998_000, 183_600, "estimated"))
    )
    return bill(
        bill_number=months[-1].bill_number, customer_name="Margaret O'Neill & Söhne #raw *x* $1$", lines=lines,
        readings=readings, total_minor=31_606, open_minor=11_606, energy_wh=612_000, history=months,
        previous=months[-2], year_ago=months[0], tier_used_after_wh=3_157_000, used_before_wh=2_545_000,
        tiers=tier_stands([2_760_000, 4_800_000], 3_157_000, 612_000), document_number="浙发改价格〔2021〕341号",
        tariff_names={"en": "Zhejiang residential, peak-valley", "zh": "浙江居民峰谷阶梯电价"},
        difference=explain_difference(months[-1], months[-2], lines), agreement_number="7000000022",
    )  # fmt: skip


def receipt(**given: object) -> ReceiptView:
    """Return the receipt of a card payment that paid one bill, a part of another, and left some credit."""
    paid_at = datetime(2026, 8, 3, 3, 12, tzinfo=UTC)
    payment = PaymentRow(
        1, "400000000017", 1, 1, 42_302, "CNY", "settled", "card", "customer", 7, "en", "cs", None, "pi", "t", paid_at,
        paid_at, paid_at, None, "260800000014",
    )  # fmt: skip
    parts = (
        PaidPart("bill", "2600000000012", 11_606, 0), PaidPart("opening", "OB1", 30_000, 1_250),
        PaidPart("credit", "", 696, 0),
    )  # fmt: skip
    return replace(ReceiptView(payment, "260800000014", paid_at, "7000000013", "陈静", parts), **given)  # type: ignore[arg-type]
