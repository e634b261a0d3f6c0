"""Results: counts that stand, lifts that come with a counted week, figures that refresh."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from tests.acceptance.conftest import START
from tests.console.conftest import Reader
from tests.console.live.conftest import AFTER_A_WEEK, Clock, a_week_of_orders, sent_messages

from promoloop.bootstrap import Shop
from promoloop.decide import OfferUse, UseTerms


def cells(html: str, step: str) -> list[str]:
    """The figures of one row of a table."""
    row = re.search(rf'<th scope="row"[^>]*>{step}</th>(.*?)</tr>', html, re.S)
    assert row, step
    return re.findall(r"<td>(.*?)</td>", row[1])


def test_the_list_has_campaigns_that_have_begun_with_what_they_sent(viewer, ran):
    page = viewer.get("/results")
    assert page.status_code == 200
    assert "November" in page.text
    assert f"{len(sent_messages(ran))}<small>" in page.text


def test_the_way_of_messages_is_told_by_arm_and_machines_apart(viewer, ran):
    page = viewer.get("/results/november").text
    sent, total = cells(page, "Sent"), len(sent_messages(ran))
    assert sent[-1] == str(total)
    assert sum(map(int, sent[:-1])) == total
    assert cells(page, "Clicked")[-1] == "1"
    assert cells(page, "Opened or clicked by machines")[-1] == "1"
    assert cells(page, "Redeemed")[-1] == "1"


def test_what_was_spent_is_discounts_and_messages(viewer, ran):
    mails = sum(one.channel == "email" for one in sent_messages(ran))
    page = viewer.get("/results/november").text
    # a mail costs one cent, a note on the site nothing; one promise of $1.50 was used
    assert f"${1.50 + mails / 100:.2f}" in page


def test_codes_used_without_a_promise_are_spent_and_have_a_line(viewer, chinese, ran):
    mails = sum(one.channel == "email" for one in sent_messages(ran))
    at, shopper, offer = START + timedelta(days=2), "walks-in", "coffee-15"
    use = OfferUse(
        "u1", "k1", shopper, "november", offer, "till-1", "C", "o", at, "USD", 235, 0, {}
    )
    ran.house.redemptions.redeem(use, UseTerms("november", 235, 235, at + timedelta(days=9)))
    page = viewer.get("/results/november").text
    assert "Codes entered at the till without a promise took $2.35" in page
    assert f"${1.50 + 2.35 + mails / 100:.2f}" in page
    assert "2.35" in chinese.get("/results/november").text.partition("无优惠承诺")[2][:60]


def test_simulated_answers_are_labelled_so(viewer, chinese):
    assert "SIMULATED" in viewer.get("/results/november").text
    assert "模拟数据" in chinese.get("/results/november").text


def test_before_a_week_is_over_no_lift_is_told(viewer):
    part = viewer.get("/results/november/measured", **{"HX-Request": "true"})
    assert part.status_code == 200
    assert "No week is over and counted yet" in part.text


def test_a_week_that_is_over_but_not_counted_is_pointed_out(viewer, clock):
    clock.now = AFTER_A_WEEK
    assert "Week 1 is over" in viewer.get("/results/november/measured").text


def test_lifts_come_with_the_first_counted_week(
    viewer: Reader, chinese: Reader, clock: Clock, ran: Shop, tmp_path: Path
) -> None:
    assert "Above the holdout" not in viewer.get("/results/november/measured").text
    a_week_of_orders(ran, tmp_path)
    clock.now = AFTER_A_WEEK
    part = viewer.get("/results/november/measured").text
    assert "Above the holdout" in part
    assert "data-chart" in part
    assert "高于对照组" in chinese.get("/results/november/measured").text


def test_a_part_that_has_nothing_new_is_not_sent_again(viewer, ran):
    first = viewer.get("/results/november/live").text
    seen = re.search(r"\?seen=([0-9a-f]+)", first)
    assert seen
    assert viewer.get(f"/results/november/live?seen={seen[1]}").status_code == 204


def test_every_chart_has_a_table_and_words_beside_it(viewer):
    page = viewer.get("/results/november").text
    charts = page.count("data-chart=")
    assert charts >= 2
    assert page.count('class="chart" role="img" aria-label="') == charts
    assert len(re.findall(r'<figure class="figure">.*?<table>.*?</figure>', page, re.S)) == charts


def test_a_campaign_without_decisions_says_what_comes_next(viewer, ran):
    from dataclasses import replace

    ran.house.campaigns.put(
        replace(ran.house.campaigns.get("november"), campaign_id="quiet", name="Quiet")
    )
    assert "Nothing has been decided" in viewer.get("/results/quiet").text


@pytest.mark.parametrize("path", ["/results/nobody", "/results/nobody/live", "/report/nobody"])
def test_an_unknown_campaign_is_a_page_in_the_readers_language(viewer, chinese, path):
    answer = chinese.get(path)
    assert answer.status_code == 404 or answer.status_code == 422
    assert "<h1>" in answer.text
    assert 'lang="zh-CN"' in answer.text
    assert viewer.get(path).status_code == answer.status_code


def test_last_touch_stands_beside_what_was_caused_once_the_week_is_counted(
    viewer: Reader, chinese: Reader, ran: Shop, tmp_path: Path, clock: Clock
) -> None:
    """Both figures are those of the measurement, arm by arm; the holdout has none of its own."""
    clock.now = AFTER_A_WEEK
    assert "Last touch" not in viewer.get("/results/november/measured").text
    a_week_of_orders(ran, tmp_path)
    page = viewer.get("/results/november/measured").text
    table = page.partition("Last touch and what was caused</h2>")[2].partition("</table>")[0]
    arms = ran.attribution("november", AFTER_A_WEEK).arms
    assert {one.arm for one in arms} <= {"policy", "random", "bau"}
    for one in arms:
        assert one.last_touch is not None
        assert f"{abs(one.last_touch.value) / 100:,.2f}".rstrip("0").rstrip(".") in table
    assert table.count("<tr>") == len(arms) + 1
    assert "末次触达" in chinese.get("/results/november/measured").text
