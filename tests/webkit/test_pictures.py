"""The geometry of pictures: axes start at zero, shares add up, gaps stay gaps."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from webkit.pictures import month_picture, tier_picture

TIERS = [("Tier 1", "0.4883", 2_760_000), ("Tier 2", "0.5383", 4_800_000), ("Tier 3", "0.7883", None)]


def test_what_is_left_in_the_tier_is_said() -> None:
    picture = tier_picture(2_340_000, TIERS)
    assert picture.left_wh == 420_000
    assert [span.current for span in picture.spans] == [True, False, False]


def test_use_at_the_bound_stands_in_the_next_tier() -> None:
    picture = tier_picture(2_760_000, TIERS)
    assert [span.current for span in picture.spans] == [False, True, False]


def test_in_the_open_tier_nothing_is_left() -> None:
    assert tier_picture(9_000_000, TIERS).left_wh is None


@given(st.integers(0, 50_000_000))
def test_the_tiers_fill_the_bar_and_the_used_parts_add_up(used_wh: int) -> None:
    picture = tier_picture(used_wh, TIERS)
    assert abs(sum(span.width for span in picture.spans) - 100) < Decimal("0.05")
    assert sum(span.used_wh for span in picture.spans) == used_wh
    assert 0 <= picture.mark <= 100
    assert sum(span.current for span in picture.spans) == 1


@given(st.lists(st.one_of(st.none(), st.integers(0, 10**9)), max_size=13))
def test_bars_stand_on_zero_and_stay_inside(values: list[int | None]) -> None:
    picture = month_picture([(str(i), str(i), wh, None) for i, wh in enumerate(values)])
    for bar, wh in zip(picture.bars, values, strict=True):
        assert 0 <= bar.height <= 100
        assert abs(bar.height - Decimal((wh or 0) * 100) / picture.top_wh) <= Decimal("0.005")
        assert (bar.kind == "gap") == (wh is None)


def test_the_first_of_thirteen_months_is_last_years_and_pale() -> None:
    picture = month_picture([(str(i), str(i), 100_000 + i, None) for i in range(13)])
    assert [picture.bars[0].kind, picture.bars[1].kind, picture.bars[-1].kind] == ["before", "past", "now"]
