"""A printed bill says what the bill says, in the reader's language, to eyes and to screen readers."""

import re

import pytest

from kernel.i18n import translate
from notifications.paper.bill import pay_address, render_bill, render_bills
from notifications.paper.press import print_pdf, qr_svg
from notifications.paper.receipt import render_receipt
from notifications.paper.year import month_bars, tier_bars
from services.billing.queries import BillView
from tests.paper import samples
from tests.paper.reading import pages_of, words_of


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("view", [samples.bill(), samples.tou_bill()], ids=["flat", "peak-valley"])
def test_a_bill_is_one_tagged_page_with_its_title_and_language(view: BillView, language: str) -> None:
    pdf = render_bill(view, samples.UTILITY, language, paper_code="K7PM-42QX")
    assert pages_of(pdf) == 1
    assert b"/MarkInfo" in pdf
    assert b"/StructTreeRoot" in pdf
    assert f"/Lang({language})".encode() in pdf
    assert b"pdfuaid" in pdf


def test_the_words_on_paper_are_the_bills_own() -> None:
    words = words_of(render_bill(samples.tou_bill(), samples.UTILITY, "en", paper_code="K7PM-42QX"))
    for said in (
        "¥116.06", "by 25 August 2026", "Bill ¥316.06, of which ¥200.00 is paid", "Tier 2, valley", "0.338", "¥40.26",
        "10,181.6 (estimated)", "1 Jul 2026 to 31 Jul 2026", "浙发改价格〔2021〕341", "K7PM-42QX", "95598",
        "1,643 kWh left in tier 2 this year", "because you used 246 kWh more",
    ):  # fmt: skip
        assert re.sub(r"\s", "", said) in words


def test_names_and_addresses_are_never_read_as_markup() -> None:
    view = samples.bill(customer_name='#panic("x") *b* $x$ @y <z> \\', address='= Head\n#import "/etc/passwd"')
    words = words_of(render_bill(view, samples.UTILITY, "en"))
    assert '#panic("x")*b*$x$@y<z>\\' in words
    assert '=Head#import"/etc/passwd"' in words


def test_a_paid_bill_asks_for_nothing() -> None:
    words = words_of(render_bill(samples.bill(open_minor=0), samples.UTILITY, "en"))
    assert "Paidinfull" in words
    assert "Howtopay" not in words


def test_a_first_bill_has_no_comparison_and_no_picture() -> None:
    view = samples.bill(previous=None, difference=None, year_ago=None, history=samples.history()[-1:])
    words = words_of(render_bill(view, samples.UTILITY, "en"))
    assert "lastmonth" not in words
    assert "usebymonth" not in words


def test_a_bill_with_many_lines_goes_on_to_a_second_page() -> None:
    view = samples.tou_bill()
    assert pages_of(render_bill(samples.bill(lines=view.lines * 12), samples.UTILITY, "zh-CN")) == 2


def test_many_bills_are_one_document_and_each_begins_on_page_one() -> None:
    pdf = render_bills(
        [samples.bill(), samples.tou_bill()] * 3, samples.UTILITY, "en", paper_codes={"B12": "K7PM-42QX"}
    )
    assert pages_of(pdf) == 6
    words = words_of(pdf)
    assert words.count("Page1") == 6
    assert words.count("K7PM-42QX") == 3


def test_the_same_bill_is_the_same_bytes() -> None:
    first, second = (render_bill(samples.bill(), samples.UTILITY, "zh-CN") for _ in range(2))
    assert first == second


def test_a_month_without_a_bill_is_a_gap_and_the_highest_month_is_the_scale() -> None:
    bars = month_bars(samples.tou_bill(), "en")
    assert [bar["share"] for bar in bars[4:6]] == [None, None]
    assert bars[-1]["share"] == 1
    assert [bar["now"] for bar in bars].count(True) == 1
    assert bars[0]["year_ago"]


def test_the_tier_year_shows_what_came_with_this_bill() -> None:
    first, second, third = tier_bars(samples.tou_bill(), "en")
    assert round((first["before"] + first["now"]) * 2_760_000) == 2_760_000
    assert round(second["now"] * second["width"]) == 397_000
    assert third["before"] == third["now"] == 0


def test_the_code_leads_to_the_page_where_anyone_can_pay() -> None:
    address = pay_address(samples.UTILITY, "7000000013")
    assert address == "https://power.example/pay?account=7000000013"
    assert qr_svg(address).startswith("<svg")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_receipt_names_what_it_paid(language: str) -> None:
    pdf = render_receipt(samples.receipt(), samples.UTILITY, language)
    words = words_of(pdf)
    assert pages_of(pdf) == 1
    for said in ("¥423.02", "¥116.06", "¥300.00", "¥6.96", "260800000014", "2600000000012"):
        assert said in words
    assert re.sub(r"\s", "", translate(language, "Payment receipt")) in words


def test_only_our_own_fonts_are_used() -> None:
    pdf = render_bill(samples.bill(), samples.UTILITY, "zh-CN")
    assert {b"NotoSansSC"} == set(re.findall(rb"/BaseFont\s?/[A-Z]{6}\+([A-Za-z]+)", pdf))


def test_a_template_that_does_not_exist_raises() -> None:
    with pytest.raises(RuntimeError):
        print_pdf("nothing.typ", {}, language="en", made_at=samples.ISSUED)
