"""What every store that live decisions go into must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

from promoloop.core import InvalidError, RefusedError
from promoloop.decide import Decision, DecisionLog
from promoloop.deliver import Message, Outbox
from promoloop.flows.ports import LiveCommit, LivePromise
from promoloop.offers import CodePools
from promoloop.testing.budget_ledger import Ledger
from promoloop.testing.samples import NOON, decision, expecting, message, reservation

__all__ = ["LiveCommitSuite", "LiveStores", "promise", "shown"]


class LiveStores(Protocol):
    """The stores that a live decision touches."""

    @property
    def codes(self) -> CodePools:
        """Codes."""
        ...

    @property
    def live(self) -> LiveCommit:
        """Where it goes in."""
        ...

    @property
    def ledger(self) -> Ledger:
        """Money and units."""
        ...

    @property
    def decisions(self) -> DecisionLog:
        """Decisions."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Messages."""
        ...


def shown(decision_id: str) -> Message:
    """A message as a page showed it."""
    made = message(decision_id)
    return replace(
        made, decision_id=decision_id, state="sent", owner="page", attempt=1, sent_at=NOON
    )


def promise(decision_id: str, amount: int = 400) -> LivePromise:
    """A decision with its money and its message."""
    held = reservation(decision_id, amount)
    room = {"a": amount}
    return LivePromise("a", decision(decision_id), held, shown(decision_id), room, ("o1",))


class LiveCommitSuite(ABC):
    """Derive from this and say how to make empty stores."""

    @abstractmethod
    def make(self) -> LiveStores:
        """Empty stores that belong together."""

    def opened(self, budget: int = 1000, **stock: int) -> LiveStores:
        """Stores with the account ``a``."""
        state = self.make()
        state.ledger.open("a", budget, stock)
        return state

    def test_everything_is_there_when_the_future_is_done(self) -> None:
        state = self.opened(o1=2)
        assert state.live.submit(promise("d1")).result(10) == decision("d1")
        assert state.decisions.get("d1") == decision("d1")
        assert state.ledger.state("a").reserved_minor == 400
        assert state.ledger.stock_left("a") == {"o1": 1}
        assert state.outbox.counts()["sent"] == 1

    def test_nothing_is_set_aside_for_a_decision_for_nothing(self) -> None:
        state = self.opened()
        nothing = decision("d1", sent=False)
        assert state.live.submit(LivePromise("a", nothing)).result(10) == nothing
        assert state.ledger.state("a").reserved_minor == 0

    def test_a_decision_that_is_there_stands_and_nothing_is_written(self) -> None:
        state = self.opened()
        state.live.submit(promise("d1")).result(10)
        other = replace(promise("d1"), decision=replace(decision("d1"), propensity=0.5))
        assert state.live.submit(other).result(10) == decision("d1")
        assert state.ledger.state("a").reserved_minor == 400
        assert state.outbox.counts()["sent"] == 1

    def test_a_refusal_leaves_nothing_behind(self) -> None:
        state = self.opened(500)
        state.live.submit(promise("d1")).result(10)
        refused: Future[Decision] = state.live.submit(promise("d2"))
        assert isinstance(refused.exception(10), RefusedError)
        with expecting(InvalidError):
            state.decisions.get("d2")
        assert state.ledger.state("a").reserved_minor == 400
        assert state.outbox.counts()["sent"] == 1

    def test_everything_that_could_have_been_drawn_must_be_payable(self) -> None:
        """Odds are logged of options; with one that cannot be paid they would be wrong."""
        state = self.opened(1000, o1=2, o2=0)
        dear = replace(promise("d1", 100), room={"a": 1001})
        gone = replace(promise("d2", 100), limited=("o1", "o2"))
        bare = LivePromise("a", decision("d3", sent=False), room={"a": 1001})
        nothing = LivePromise("a", decision("d4", sent=False), limited=("o2",))
        for one in (dear, gone, bare, nothing):
            assert isinstance(state.live.submit(one).exception(10), RefusedError)
        assert state.decisions.of_campaign("c1") == ()
        fits = replace(promise("d5", 100), room={"a": 1000}, limited=("o1",))
        assert state.live.submit(fits).exception(10) is None
        assert state.ledger.state("a").reserved_minor == 100

    def test_a_pool_that_could_have_been_drawn_from_must_not_be_empty(self) -> None:
        state = self.opened(1000)
        state.codes.fill("o2", ["B1"])
        assert state.live.submit(replace(promise("d1"), pools=("o2",))).exception(10) is None
        state.codes.issue("o2", "d9", "s9", NOON)
        late = replace(promise("d2"), pools=("o2",))
        assert isinstance(state.live.submit(late).exception(10), RefusedError)
        nothing = LivePromise("a", decision("d3", sent=False), pools=("o2",))
        assert isinstance(state.live.submit(nothing).exception(10), RefusedError)

    def test_a_partners_money_is_taken_with_the_shops(self) -> None:
        state = self.opened(1000)
        state.ledger.open("p", 50, {})
        held = replace(reservation("d1", 60), shared={"p": 50})
        paid = replace(promise("d1"), reservation=held, room={"a": 60, "p": 50})
        assert state.live.submit(paid).exception(10) is None
        assert state.ledger.state("p").reserved_minor == 50
        more = replace(reservation("d2", 60), shared={"p": 1})
        late = replace(promise("d2"), reservation=more, room={"a": 60, "p": 1})
        assert isinstance(state.live.submit(late).exception(10), RefusedError)
        assert state.ledger.state("a").reserved_minor == 60

    def test_32_threads_never_overspend_money_or_units(self) -> None:
        """10,000 pay for 25 promises of 400; of the limited offer there are 20 units."""
        state = self.opened(10_000, o1=20)

        def take(at: int) -> bool:
            return state.live.submit(promise(f"d{at}")).exception(30) is None

        with ThreadPoolExecutor(32) as threads:
            made = sum(threads.map(take, range(64)))
        assert made == 20
        assert state.ledger.state("a").reserved_minor == 8_000
        assert state.ledger.stock_left("a") == {"o1": 0}
        assert len(state.decisions.of_campaign("c1")) == 20
