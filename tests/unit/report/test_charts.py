"""Chart geometry, by hand: the numbers below were worked out on paper."""

from __future__ import annotations

import re

import pytest

from promoloop.report.charts import (
    NARROW,
    WIDE,
    Bar,
    Look,
    Row,
    Series,
    Spot,
    bars,
    curves,
    intervals,
    pacing,
)
from promoloop.report.svg import Scale, spread, ticks

# On a phone the plot of values up to 10 with axis labels 0, 2.5, 5, 7.5, 10 (three characters
# at most, 7.2 px each, 16 px off) begins at x = 37.6 and ends at 330 - 14; of 250 px height,
# 46 below and 12 above are kept: zero at y = 204, ten at y = 12.
RISING = ((1.0, 0.0), (2.0, 5.0), (3.0, 10.0))


def look(width: float = WIDE, uid: str = "c") -> Look:
    return Look(uid, "A <b>title</b>", "What & how", lambda value: f"{value:g}", width, "week")


def numbers(name: str, attribute: str, svg: str) -> list[float]:
    found = re.findall(rf"<{name} [^>]*?\b{attribute}=\"([^\"]+)\"", svg)
    return [float(value) for value in found]


def test_a_scale_may_run_downwards_and_stands_in_the_middle_without_extent():
    assert Scale(0, 10, 204, 12).at(5) == 108
    assert Scale(3, 3, 0, 100).at(3) == 50


@pytest.mark.parametrize(
    ("low", "high", "about", "expected"),
    [
        (0.0, 10.0, 4, (0, 2.5, 5, 7.5, 10)),
        (-10.0, 30.0, 5, (-10, 0, 10, 20, 30)),
        (0.0, 0.9, 5, (0, 0.2, 0.4, 0.6, 0.8, 1.0)),
        (5.0, 5.0, 5, (4, 5, 6)),
    ],
)
def test_ticks_are_round_and_enclose_the_figures(low, high, about, expected):
    assert ticks(low, high, about) == pytest.approx(expected)


def test_labels_are_moved_apart_but_keep_their_order():
    assert spread([50, 52, 51], 10, 0, 100) == (50, 70, 60)


def test_a_line_goes_through_its_points():
    svg = curves([Series("Policy", "line-policy", RISING)], look(NARROW))
    assert 'd="M37.6 204L176.8 108L316 12"' in svg


def test_a_band_encloses_low_and_high():
    band = (Spot(1, 5, 0, 10), Spot(3, 5, 0, 10))
    points = ((1.0, 5.0), (3.0, 5.0))
    svg = curves([Series("Lift", "line-policy", points, band)], look(NARROW))
    assert 'd="M37.6 12L316 12L316 204L37.6 204Z"' in svg


def test_the_axis_always_includes_zero():
    svg = curves([Series("High", "line-bau", ((1.0, 100.0), (2.0, 110.0)))], look())
    assert 'class="zero"' in svg


def test_a_mark_stands_upright_at_its_week():
    svg = curves([Series("Policy", "line-policy", RISING)], look(NARROW), {2.0: "new model"})
    assert '<line x1="176.8" x2="176.8" y1="12" y2="204" class="mark"' in svg


def test_a_single_week_is_drawn_as_a_dot():
    svg = curves([Series("Policy", "line-policy", ((1.0, 5.0),))], look())
    assert "<circle" in svg
    assert 'class="line' not in svg


def test_five_series_are_named_without_overlap():
    flat = [Series(f"Arm {k}", "line-bau", ((1.0, 0.0), (2.0, 1.0 + k / 100))) for k in range(5)]
    svg = curves(flat, look())
    heights = [float(y) for y in re.findall(r'y="([\d.]+)" class="name', svg)]
    assert len(heights) == 5
    gaps = [a - b for a, b in zip(sorted(heights)[1:], sorted(heights), strict=False)]
    assert min(gaps) >= 18 - 0.01


def test_bars_are_in_proportion_and_small_ones_stay_visible():
    rows = [
        Bar("a", 10_000, "10,000"),
        Bar("b", 5_000, "5,000"),
        Bar("c", 1, "1"),
        Bar("d", 0, "0"),
    ]
    # Wide: 860 less 270 for names and 290 for figures.
    assert numbers("rect", "width", bars(rows, look())) == [300, 150, 2, 0]


def test_a_simulated_bar_carries_its_tag():
    svg = bars([Bar("opened", 4, "4", "simulated")], look())
    assert 'class="tag"' in svg
    assert ">simulated<" in svg


def test_intervals_lie_on_one_axis_with_zero_and_truth():
    # From x = 270 to 620 for -10 to 30: 8.75 pixels a unit, zero at 357.5.
    svg = intervals([Row("DR", 10, -10, 30, "10", 20)], look())
    assert '<line x1="270" x2="620" y1="20" y2="20" class="span unclear"' in svg
    assert '<circle cx="445" cy="20"' in svg
    assert 'd="M532.5 14L538.5 20L532.5 26L526.5 20Z" class="truth"' in svg
    assert '<line x1="357.5" x2="357.5" y1="0" y2="48" class="zero"' in svg


def test_an_interval_that_excludes_zero_is_drawn_as_clear():
    svg = intervals([Row("DR", 10, 5, 15, "10"), Row("IPS", 1, -2, 4, "1")], look())
    assert svg.count("span clear") == 1
    assert svg.count("span unclear") == 1


def test_money_spent_is_an_area_under_the_ceiling():
    svg = pacing(RISING, RISING, 10.0, ("Spent", "Promised", "Budget"), look(NARROW))
    # Height 240 here: zero at 194, ten at 12.
    assert 'd="M37.6 194L37.6 194L176.8 103L316 12L316 194Z" class="area-spent"' in svg
    assert 'd="M37.6 12L316 12" class="line line-limit"' in svg


def test_a_chart_is_named_for_screen_readers_and_text_is_inert():
    svg = bars([Bar("<script>x</script>", 1, '"1"')], look())
    assert 'role="img" aria-labelledby="c-title c-desc"' in svg
    assert '<title id="c-title">A &lt;b&gt;title&lt;/b&gt;</title>' in svg
    assert '<desc id="c-desc">What &amp; how</desc>' in svg
    assert "<script" not in svg


def test_charts_without_rows_are_empty_rather_than_broken():
    assert "<svg" in bars([], look())
    assert "<svg" in intervals([], look())
