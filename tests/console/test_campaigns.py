"""Campaigns from the form to the launch."""

from __future__ import annotations

from dataclasses import fields

import pytest
from tests.console.conftest import NOW, Reader

from promoloop.bootstrap import Shop
from promoloop.console.visit import LANGUAGE_COOKIE
from promoloop.flows.reviewing import approve
from promoloop.offers import CONDITIONS, REWARDS, Campaign, PercentOff

FORM = {
    "name": "Spring",
    "budget": "250.50",
    "starts": "2026-11-09",
    "weeks": "2",
    "hours": "9, 18",
    "contacts_per_week": "2",
    "channels": ["email", "onsite"],
    "cost.email": "0.01",
    "cost.onsite": "0",
    "arm.policy": "70",
    "arm.random": "10",
    "arm.bau": "10",
    "arm.holdout": "10",
    "offer_ids": ["tea-150"],
}
OFFER = {
    "reward_kind": "percent_off",
    "reward.percent": "20",
    "reward.ceiling_minor": "3.00",
    "group": "COFFEE",
    "names.en-US": "coffee",
    "names.zh-CN": "咖啡",
    "condition_kind": ["minimum_spend"],
    "condition.minimum_spend.amount_minor": "10",
}


def test_the_form_makes_a_draft_that_goes_nowhere(marketer: Reader, shop: Shop) -> None:
    response = marketer.post("/campaigns", **FORM)
    assert response.headers["location"] == "/campaigns/spring-20261109"
    made = shop.house.campaigns.get("spring-20261109")
    assert (made.budget_minor, made.weeks, made.hours) == (25_050, 2, (9, 18))
    assert made.starts_at.isoformat() == "2026-11-09T05:00:00+00:00"
    assert made.arms == {"policy": 0.7, "random": 0.1, "bau": 0.1, "holdout": 0.1}
    assert shop.standing("spring-20261109").state == "draft"
    assert "spring-20261109" in shop.house.pauses.paused()


def test_the_form_makes_the_offer_it_describes(marketer: Reader, shop: Shop) -> None:
    response = marketer.post("/campaigns", **FORM, **OFFER)
    assert response.status_code == 303, response.text
    made = shop.house.offers.get("coffee-percent_off-20261109")
    assert made.reward == PercentOff(20, 300)
    assert made.conditions[0].amount_minor == 1_000
    assert made.names == {"en-US": "coffee", "zh-CN": "咖啡"}
    campaign = shop.house.campaigns.get("spring-20261109")
    assert campaign.offer_ids == ("tea-150", made.offer_id)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"budget": "much"}, "is no amount of money"),
        ({"budget": "0"}, "0 is too small"),
        ({"arm.policy": "90"}, "the shares sum to 1.2"),
        ({"hours": "25"}, "is no hour of the day"),
        ({"weeks": "-1"}, "is no whole number"),
        ({"offer_ids": []}, "it is empty"),
        ({"channels": ["fax"]}, "there is no"),
        ({"starts": "soon"}, "is not a day"),
        ({**OFFER, "reward.percent": "300"}, "300 is out of range"),
        ({**OFFER, "reward.ceiling_minor": "1.234"}, "decimal places"),
        ({**OFFER, "condition.minimum_spend.amount_minor": ""}, "it is empty"),
        ({"name": "<script>alert(1)</script>", "weeks": "none"}, "is no whole number"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(
    marketer: Reader, shop: Shop, changed: dict[str, object], said: str
) -> None:
    before = shop.house.campaigns.all(), shop.house.offers.all()
    response = marketer.post("/campaigns", **{**FORM, **changed})
    assert response.status_code == 422
    assert said in response.text
    assert "<script>alert" not in response.text
    assert (shop.house.campaigns.all(), shop.house.offers.all()) == before


def test_an_error_stands_at_its_field(marketer: Reader) -> None:
    response = marketer.post("/campaigns", **{**FORM, **OFFER, "reward.percent": "300"})
    field = response.text.partition('name="reward.percent"')[2].partition("</div>")[0]
    assert 'value="300"' in field
    assert "300 is out of range" in field


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en-US", ("decimal places", "25 is no hour of the day", "between 0 and 100")),
        ("zh-CN", ("小数", "请使用 0 到 23 的整点", "0 到 100 之间")),
    ],
)
def test_every_field_that_is_wrong_is_marked_at_once(
    marketer: Reader, language: str, said: tuple[str, str, str]
) -> None:
    marketer.cookies.set(LANGUAGE_COOKIE, language)
    bad = {"budget": "100.005", "hours": "9, 25", "rail.complaint_rate": "200%", "arm.bau": "x"}
    response = marketer.post("/campaigns", **{**FORM, **bad})
    assert response.status_code == 422
    marked = [
        response.text.partition(begin)[2].partition(end)[0]
        for begin, end in (
            ('name="budget"', "</div>"),
            ('name="hours"', "</div>"),
            ('name="rail.margin_per_shopper"', "</section>"),
        )
    ]
    assert [one for one, what in zip(marked, said, strict=True) if what not in one] == []
    arms = response.text.partition('name="arm.holdout"')[2].partition("</section>")[0]
    assert 'class="wrong"' in arms
    assert response.text.count('class="wrong"') == 4


def test_every_kind_of_part_has_its_controls(marketer: Reader) -> None:
    for of, kinds in (("reward", REWARDS), ("condition", CONDITIONS)):
        for kind in kinds:
            page = marketer.get(f"/campaigns/part?of={of}&kind={kind.code}").text
            prefix = "reward" if of == "reward" else f"condition.{kind.code}"
            for one in fields(kind):
                assert f'name="{prefix}.{one.name}' in page, (kind.code, one.name)


def test_a_campaign_goes_from_draft_to_running_through_the_right_hands(
    marketer: Reader, approver: Reader, viewer: Reader, shop: Shop
) -> None:
    marketer.post("/campaigns", **FORM)
    path = "/campaigns/spring-20261109"
    assert viewer.post(f"{path}/move", step="submit").status_code == 403
    assert (shop.audit.latest(1)[0].action, shop.audit.latest(1)[0].outcome) == (
        "access",
        "refused",
    )
    assert marketer.post(f"{path}/move", step="activate").status_code == 409
    assert marketer.post(f"{path}/move", step="submit", reason="ready").status_code == 303
    assert marketer.post(f"{path}/move", step="approve").status_code == 403
    assert approver.post(f"{path}/move", step="approve").status_code == 303
    assert marketer.post(f"{path}/move", step="activate").status_code == 303
    assert shop.standing("spring-20261109").state == "active"
    assert "spring-20261109" not in shop.house.pauses.paused()
    page = marketer.get(path).text
    for said in ("submitted", "approved", "launched", "approver@shop.example", "ready"):
        assert said in page
    assert marketer.post(f"{path}/move", step="pause").status_code == 303
    assert "spring-20261109" in shop.house.pauses.paused()


def test_a_change_after_approval_needs_another(
    marketer: Reader, approver: Reader, shop: Shop
) -> None:
    marketer.post("/campaigns", **FORM)
    path = "/campaigns/spring-20261109"
    marketer.post(f"{path}/move", step="submit")
    approver.post(f"{path}/move", step="approve")
    changed = {**FORM, "budget": "9999", "changes": "spring-20261109"}
    assert marketer.post("/campaigns", **changed).status_code == 303
    assert shop.standing("spring-20261109").state == "draft"
    assert marketer.post(f"{path}/move", step="activate").status_code == 409


def test_the_forecast_is_planned_and_leaves_nothing_behind(viewer: Reader, shop: Shop) -> None:
    ids = [text.copy_id for text in shop.house.copies.all()]
    approve(shop.house, ids, "Ana", NOW)
    page = viewer.get("/campaigns/november/forecast")
    assert page.status_code == 200
    assert "Expected margin in the first week" in page.text
    assert shop.house.decisions.of_campaign("november") == ()


def test_the_list_shows_where_campaigns_stand(viewer: Reader, marketer: Reader) -> None:
    marketer.post("/campaigns", **FORM)
    page = viewer.get("/campaigns").text
    assert "November" in page
    assert "Spring" in page
    assert "Spring" not in viewer.get("/campaigns?state=active").text


def test_what_is_not_there_is_said_in_words(viewer: Reader) -> None:
    assert viewer.get("/campaigns/nothing").status_code == 404
    assert viewer.get("/copies/copy-none").status_code == 404
    assert viewer.get("/nowhere").status_code == 404


def test_amounts_in_an_error_are_the_ones_that_were_typed(marketer: Reader) -> None:
    tiers = {**OFFER, "reward_kind": "tiered_amount_off", "reward.tiers": "30 5\n60 70"}
    response = marketer.post("/campaigns", **{**FORM, **tiers})
    assert response.status_code == 422
    assert "70 is out of range. Give a number from 0.01 to 59.99." in response.text
    assert "See what is marked below" in response.text


RAILS = {
    "rail.unsubscribe_rate": "0.5",
    "rail.margin_per_shopper": "-0.25",
    "side.margin_per_shopper": "below",
    "rail.spend_pace": "1.5",
}


def test_guardrails_are_set_shown_changed_and_taken_away_in_the_form(
    marketer: Reader, shop: Shop
) -> None:
    """0.5 % is 5 in 1,000 messages; a quarter of a dollar is 25 cents."""
    marketer.post("/campaigns", **FORM, **RAILS)
    set_ = {(one.metric, one.direction, one.limit) for one in of(shop).guardrails}
    assert set_ == {
        ("unsubscribe_rate", "above", 0.005),
        ("margin_per_shopper", "below", -25.0),
        ("spend_pace", "above", 1.5),
    }
    page = marketer.get("/campaigns/spring-20261109/edit").text
    for name, value in (("unsubscribe_rate", "0.5"), ("margin_per_shopper", "-0.25")):
        assert f'name="rail.{name}" inputmode="decimal" value="{value}"' in page
    left = {"rail.unsubscribe_rate": "1", "changes": "spring-20261109"}
    marketer.post("/campaigns", **FORM, **left)
    assert [(one.metric, one.limit) for one in of(shop).guardrails] == [("unsubscribe_rate", 0.01)]


def of(shop: Shop) -> Campaign:
    return shop.house.campaigns.get("spring-20261109")


@pytest.mark.parametrize(
    ("rails", "said"),
    [
        ({"rail.unsubscribe_rate": "much"}, "is not a number"),
        ({"rail.unsubscribe_rate": "150"}, "is no percentage between 0 and 100"),
        ({"rail.margin_per_shopper": "x"}, "is no amount of money"),
        ({"rail.spend_pace": "inf"}, "is no number"),
        ({"rail.spend_pace": "1", "side.spend_pace": "beside"}, "is no side of a limit"),
    ],
)
def test_a_guardrail_that_is_none_is_named_at_its_place(
    marketer: Reader, rails: dict[str, str], said: str
) -> None:
    response = marketer.post("/campaigns", **FORM, **rails)
    assert response.status_code == 422
    section = response.text.partition("Guardrails</h2>")[2].partition("</section>")[0]
    assert said in section
