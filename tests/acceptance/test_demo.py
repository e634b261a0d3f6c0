"""The whole loop, small: simulated shoppers, three weeks, templates, real mail on loopback."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from promoloop.bootstrap import DemoPaths, run_demo
from promoloop.bootstrap.shop import Shop
from promoloop.flows.demo.proof import Arrived, wrong_facts_in
from promoloop.flows.history.audience import load_audience
from promoloop.settings import load_settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoPaths, Mapping[str, Any]]:
    out = tmp_path_factory.mktemp("demo")
    paths, summary = run_demo(out, simulated=True, shoppers=400, weeks=4, writes=False)
    return out, paths, summary


def test_the_loop_leaves_its_pages_figures_and_mails(
    ran: tuple[Path, DemoPaths, Mapping[str, Any]],
) -> None:
    _, paths, summary = ran
    assert json.loads(paths.summary.read_text("utf-8")) == json.loads(json.dumps(summary))
    assert paths.report.read_text("utf-8").startswith("<!doctype html>")
    assert 'lang="zh' in paths.report_zh.read_text("utf-8")
    assert len(list(paths.mails.glob("*.eml"))) > 2


def test_what_must_never_happen_did_not(ran: tuple[Path, DemoPaths, Mapping[str, Any]]) -> None:
    _, _, summary = ran
    assert summary["compose"]["wrong_facts"] == 0
    assert summary["deliver"]["duplicates"] == 0
    assert summary["deliver"]["failed"] == summary["deliver"]["unknown"] == 0
    assert summary["decide"]["over_budget"] == summary["decide"]["over_promise"] == 0
    assert summary["decide"]["most_promised_minor"] <= summary["decide"]["budget_minor"]
    assert summary["decide"]["min_propensity"] >= 0.005
    assert summary["decide"]["certified_gap"] <= 0.001


def test_every_shopper_is_decided_every_week_and_every_promise_is_sent_or_accounted_for(
    ran: tuple[Path, DemoPaths, Mapping[str, Any]],
) -> None:
    _, _, summary = ran
    assert summary["decide"]["decisions"] == 4 * summary["input"]["shoppers"]
    ended = ("sent", "failed", "unknown", "capped", "expired")
    assert sum(summary["deliver"][state] for state in ended) == summary["decide"]["messages"]
    assert summary["deliver"]["sent"] > 0


def test_holdouts_earn_nothing_and_nobody_earns_more_than_the_oracle(
    ran: tuple[Path, DemoPaths, Mapping[str, Any]],
) -> None:
    _, _, summary = ran
    for week in summary["learn"]["weeks"]:
        assert week["holdout"] == 0.0
        assert week["oracle"] >= max(week["policy"], week["random"], week["bau"])


def test_past_campaigns_are_not_made_up_where_there_are_none(
    ran: tuple[Path, DemoPaths, Mapping[str, Any]],
) -> None:
    _, _, summary = ran
    assert summary["respond"]["redemption_auc"] is None


def test_mails_carry_one_click_unsubscribe_and_a_plain_part(
    ran: tuple[Path, DemoPaths, Mapping[str, Any]],
) -> None:
    _, paths, _ = ran
    for path in paths.mails.glob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert "https://" in mail["List-Unsubscribe"]
        plain = mail.get_body(("plain",))
        assert plain is not None
        assert plain.get_content().strip()


def test_a_tampered_message_is_found_out(
    ran: tuple[Path, DemoPaths, Mapping[str, Any]],
) -> None:
    out, _, _ = ran
    with Shop(load_settings(out / "work" / "promoloop.toml")) as shop:
        campaign = shop.house.campaigns.all()[0]
        audience = load_audience(shop.house, campaign)
        line = json.loads((out / "onsite.jsonl").read_text("utf-8").splitlines()[0])
        true = Arrived(line["decision_id"], line["locale"], "onsite", line["body"])
        false = Arrived(line["decision_id"], line["locale"], "onsite", line["body"] + " 90% off!")
        assert wrong_facts_in(shop.house, campaign, audience, [true]) == []
        found = wrong_facts_in(shop.house, campaign, audience, [true, false])
        assert [decision_id for decision_id, _ in found] == [line["decision_id"]]


def test_a_decision_is_drawn_again_from_its_log_to_the_bit(
    ran: tuple[Path, DemoPaths, Mapping[str, Any]],
) -> None:
    out, _, _ = ran
    from promoloop.core import unit_interval

    with Shop(load_settings(out / "work" / "promoloop.toml")) as shop:
        decisions = shop.house.decisions.decided_between(
            "spring-2018", datetime(2018, 1, 1, tzinfo=UTC), datetime(2018, 1, 8, tzinfo=UTC)
        )
        for decision in decisions:
            draw, passed = unit_interval(str(decision.seed), decision.decision_id), 0.0
            for one in decision.weighed:
                passed += one.propensity
                if draw < passed:
                    break
            assert one.action == decision.action
            assert one.propensity == decision.propensity


def test_who_leaves_gets_nothing_more_on_that_channel(
    ran: tuple[Path, DemoPaths, Mapping[str, Any]],
) -> None:
    out, _, _ = ran
    start, end = datetime(2018, 1, 1, tzinfo=UTC), datetime(2018, 3, 1, tzinfo=UTC)
    with Shop(load_settings(out / "work" / "promoloop.toml")) as shop:
        decisions = {
            one.decision_id: one for one in shop.house.decisions.of_campaign("spring-2018")
        }
        outcomes = shop.house.outcomes.between(start, end)
        left = [
            (one.shopper_id, decisions[one.decision_id].channel, one.at)
            for one in outcomes
            if one.kind == "unsubscribed"
        ]
        sent = shop.house.deliveries.sent_between(start, end)
    assert left
    for decision_id, at in sent.items():
        who = decisions[decision_id].shopper_id, decisions[decision_id].channel
        assert not any((shopper, channel) == who and at > gone for shopper, channel, gone in left)


def test_the_running_policy_is_not_judged_on_what_it_learnt_from(
    ran: tuple[Path, DemoPaths, Mapping[str, Any]],
) -> None:
    out, _, summary = ran
    with Shop(load_settings(out / "work" / "promoloop.toml")) as shop:
        running = shop.house.models.running("effect-spring-2018")
        fresh = [
            one
            for one in shop.house.decisions.of_campaign("spring-2018")
            if one.arm in ("policy", "random")
            and one.decided_at >= running.trained_until
            and len(one.weighed) > 1
        ]
    assert {one["n"] for one in summary["evaluate"]["off_policy"].values()} == {len(fresh)}
