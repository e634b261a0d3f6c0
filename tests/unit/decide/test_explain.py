from dataclasses import replace
from datetime import UTC, datetime

import pytest

from promoloop.core import InvalidError
from promoloop.decide import NOTHING, Decision, Weighed, explain, reason_text

DECISION = Decision(
    decision_id="d1",
    campaign_id="c1",
    shopper_id="s1",
    arm="policy",
    decided_at=datetime(2026, 1, 5, tzinfo=UTC),
    send_at=None,
    action="coffee/email/18/a",
    offer_id="coffee",
    channel="email",
    hour=18,
    variant="a",
    propensity=0.62,
    value_minor=150.0,
    spend_minor=60.0,
    liability_minor=300,
    reasons=(),
    weighed=(
        Weighed("coffee/email/18/a", 0.62, 150.0, 60.0, 90.0),
        Weighed("tea/email/18/a", 0.3, 100.0, 60.0, 40.0),
        Weighed(NOTHING, 0.08, 0.0, 0.0, 0.0),
    ),
    rejected={"milk": "stock_exhausted", "tea/sms": "quiet_hours"},
    prices={"budget": 1.0},
    features=(),
    policy="inverse-gap",
    model_version="m1",
    seed=1,
)


def test_a_decision_is_explained_with_its_figures_and_what_else_there_was():
    text = explain(DECISION, "en-US")
    for part in ("coffee/email/18/a", "1.50", "0.60", "0.90", "62.0%", "3 options"):
        assert part in text
    assert "Next best: tea/email/18/a, worth 0.40" in text
    assert "milk, because none of it is left" in text
    assert "budget 1.00" in text


def test_the_explanation_comes_in_chinese_too():
    text = explain(DECISION, "zh-CN")
    assert "策略组" in text
    assert "不允许：milk，原因是名额已用完。" in text


def test_sending_nothing_is_explained_too():
    nothing = replace(DECISION, arm="holdout", action=NOTHING, propensity=1.0)
    assert "send nothing" in explain(nothing, "en-GB")


def test_many_exclusions_are_counted_rather_than_listed():
    many = replace(DECISION, rejected={f"offer-{n}": "stock_exhausted" for n in range(8)})
    assert "5 further exclusions" in explain(many, "en-US")


def test_a_code_of_a_guard_of_ones_own_is_still_named():
    assert reason_text("my_rule", "en-US") == "of the rule my_rule"


def test_other_languages_are_refused():
    with pytest.raises(InvalidError, match="fr-FR"):
        explain(DECISION, "fr-FR")
