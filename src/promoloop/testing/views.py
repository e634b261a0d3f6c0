"""What every store of narrow reads must do; see ``promoloop.flows.reads.ports``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from promoloop.decide import Decision
from promoloop.deliver import Message, Outbox
from promoloop.feedback import Click, ClickLog, OutcomeLog
from promoloop.flows.reads.ports import Views
from promoloop.flows.reads.records import (
    ArmCount,
    ArmSent,
    CodeCount,
    Day,
    Happened,
    MessageCount,
    MessageQuery,
)
from promoloop.learn import ModelRegistry
from promoloop.offers import CodePools, OfferStore
from promoloop.testing.commit import Committing
from promoloop.testing.samples import NOON, decision, message, model, offer, outcome

__all__ = ["ViewedState", "ViewsSuite"]

SOON = timedelta(seconds=10)


class ViewedState(Committing, Protocol):
    """The stores that are looked at, and what looks at them."""

    @property
    def views(self) -> Views:
        """What is under test."""
        ...

    @property
    def offers(self) -> OfferStore:
        """Offers."""
        ...

    @property
    def codes(self) -> CodePools:
        """Codes."""
        ...

    @property
    def outcomes(self) -> OutcomeLog:
        """What happened."""
        ...

    @property
    def clicks(self) -> ClickLog:
        """Links followed."""
        ...

    @property
    def models(self) -> ModelRegistry:
        """Models."""
        ...


def _decided(number: int, arm: str, shopper: str, sent: bool = True) -> Decision:
    return replace(decision(f"d{number}", sent=sent), arm=arm, shopper_id=shopper)


def _message(number: int, shopper: str, channel: str = "email", minutes: int = 0) -> Message:
    key = f"d{number}"
    found = message(key, minutes, shopper)
    return replace(found, decision_id=key, channel=channel)


class ViewsSuite(ABC):
    """Derive from this and say how to make empty stores with their views."""

    @abstractmethod
    def make(self) -> ViewedState:
        """Empty stores."""

    def filled(self) -> ViewedState:
        """Three decisions of the policy for two shoppers, one of the holdout; two messages left.

        d1 left at ``NOON``, d2 a minute later; d3 is queued.
        """
        state = self.make()
        made = [
            _decided(1, "policy", "s1"),
            _decided(2, "policy", "s2"),
            _decided(3, "policy", "s1"),
            _decided(4, "holdout", "s4", sent=False),
        ]
        mail = [
            _message(1, "s1"),
            _message(2, "s2", "onsite", 1),
            _message(3, "s1", minutes=60),
        ]
        state.ledger.open("c1", 1000, {})
        state.commit("c1", made, [], mail)
        for number in (1, 2):
            _send(state.outbox, NOON + timedelta(minutes=number - 1))
        return state

    def test_decisions_are_counted_per_arm(self) -> None:
        views = self.filled().views
        assert views.decided("c1") == (ArmCount("holdout", 1, 1, 0), ArmCount("policy", 2, 3, 3))
        assert views.decided("another") == ()

    def test_messages_are_counted_by_where_they_stand(self) -> None:
        views = self.filled().views
        expected = (
            MessageCount("c1", "email", "queued", "", 1),
            MessageCount("c1", "email", "sent", "", 1),
            MessageCount("c1", "onsite", "sent", "", 1),
        )
        assert views.messages("c1") == views.messages() == expected
        assert views.messages("another") == ()

    def test_each_decision_counts_once_and_what_came_too_soon_apart(self) -> None:
        state = self.filled()
        clicked = replace(outcome("a", 0), kind="clicked", discount_minor=0)
        state.outcomes.append(
            [
                replace(clicked, at=NOON + timedelta(seconds=9.5)),
                replace(clicked, outcome_id="b", at=NOON + timedelta(seconds=10.5)),
                replace(clicked, outcome_id="c", at=NOON + timedelta(seconds=40)),
                replace(clicked, outcome_id="d", kind="redeemed", discount_minor=150),
                replace(clicked, outcome_id="e", decision_id="unknown"),
                replace(clicked, outcome_id="f", decision_id=""),
            ]
        )
        assert state.views.happened("c1", SOON) == (
            Happened("policy", "clicked", "simulated", False, 1, 0),
            Happened("policy", "clicked", "simulated", True, 1, 0),
            Happened("policy", "redeemed", "simulated", False, 1, 150),
        )

    def test_links_that_machines_followed_count_once_per_decision(self) -> None:
        state = self.filled()
        click = Click("k1", "d1", "click", "https://shop.example", NOON, ("head",))
        state.clicks.add(
            [
                click,
                replace(click, click_id="k2", signs=("agent:program",)),
                replace(click, click_id="k3", decision_id="d2", signs=()),
            ]
        )
        assert state.views.happened("c1", SOON) == (
            Happened("policy", "followed", "real", True, 1, 0),
        )

    def test_messages_that_left_are_counted_per_arm(self) -> None:
        views = self.filled().views
        assert views.sent("c1") == (ArmSent("policy", 2),)
        assert views.sent("another") == ()

    def test_money_and_messages_are_told_by_day(self) -> None:
        state = self.filled()
        used = replace(outcome("a"), kind="redeemed", discount_minor=100)
        state.outcomes.append([used, replace(used, outcome_id="b", at=NOON + timedelta(days=1))])
        today = NOON.date()
        assert state.views.days("c1") == (
            Day(today, 100, {"email": 1, "onsite": 1}),
            Day(today + timedelta(days=1), 100, {}),
        )

    def test_the_prices_are_those_of_the_last_decision_up_to_a_moment(self) -> None:
        state = self.filled()
        later = replace(
            _decided(9, "policy", "s9"),
            decided_at=NOON + timedelta(days=7),
            prices={"campaign": 0.5},
        )
        state.commit("c1", [later], [], [])
        before, first, last = (NOON + timedelta(days=days) for days in (-1, 6, 8))
        found = state.views.prices("c1", [before, first, last])
        assert found == {first: {"budget": 0.9, "o1": 0.0}, last: {"campaign": 0.5}}

    def test_one_shoppers_rows_come_newest_first(self) -> None:
        state = self.filled()
        state.outcomes.append(
            [
                outcome("a", 1),
                outcome("b", 3),
                outcome("c", 2),
                replace(outcome("d"), shopper_id="s2"),
            ]
        )
        views = state.views
        assert [one.dedupe_key for one in views.messages_of("s1", 9)] == ["d3", "d1"]
        assert [one.outcome_id for one in views.outcomes_of("s1", 2)] == ["b", "c"]
        assert views.messages_of("nobody", 9) == ()
        assert views.outcomes_of("nobody", 9) == ()

    def test_messages_are_listed_by_what_they_fit_some_at_a_time(self) -> None:
        views = self.filled().views

        def keys(query: MessageQuery, limit: int = 9, skip: int = 0) -> list[str]:
            return [one.dedupe_key for one in views.listed(query, limit, skip)]

        assert keys(MessageQuery()) == ["d3", "d2", "d1"]
        assert keys(MessageQuery(), 1, 1) == ["d2"]
        assert keys(MessageQuery(("sent",))) == ["d2", "d1"]
        assert keys(MessageQuery(("sent", "queued"), "c1", "email")) == ["d3", "d1"]
        assert keys(MessageQuery(before=NOON + timedelta(minutes=1))) == ["d1"]
        assert keys(MessageQuery(campaign_id="another")) == []

    def test_offers_come_by_id_with_every_revision(self) -> None:
        state = self.make()
        state.offers.put([offer("tea-10"), offer("Coffee_5"), offer("tea-20")])
        state.offers.put([offer("tea-10", 30)])
        views = state.views
        assert [one.offer_id for one in views.offers("", 9)] == ["Coffee_5", "tea-10", "tea-20"]
        assert [(one.offer_id, one.revision) for one in views.offers("TEA", 1)] == [("tea-10", 2)]
        assert [one.offer_id for one in views.offers("TEA", 1, 1)] == ["tea-20"]
        assert [one.offer_id for one in views.offers("_", 9)] == ["Coffee_5"]
        assert [one.revision for one in views.revisions("tea-10")] == [1, 2]
        assert views.revisions("nothing") == ()

    def test_a_pool_is_counted(self) -> None:
        state = self.make()
        state.codes.fill("o1", ["A", "B", "C"])
        state.codes.issue("o1", "d1", "s1", NOON)
        assert state.views.codes("o1") == CodeCount(3, 1, 0)
        assert state.views.codes("o2") == CodeCount(0, 0, 0)

    def test_the_kinds_of_models_are_told(self) -> None:
        state = self.make()
        assert state.views.kinds() == ()
        state.models.add(model("m1", "layouts"))
        state.models.add(model("m2", "effect"))
        state.models.add(model("m3", "effect"))
        assert state.views.kinds() == ("effect", "layouts")


def _send(outbox: Outbox, at: datetime) -> None:
    (taken,) = outbox.lease("w", at, 1)
    outbox.mark([taken.dedupe_key], "w", "sending", at)
    outbox.mark([taken.dedupe_key], "w", "sent", at)
