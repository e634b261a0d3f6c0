"""What every click log and every price history must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import timedelta

from promoloop.feedback import Click, ClickLog
from promoloop.offers import PriceHistory, PricePoint
from promoloop.testing.samples import HOSTILE, NOON

__all__ = ["ClickLogSuite", "PriceHistorySuite"]


def _click(click_id: str, decision_id: str = "d1", minutes: int = 0) -> Click:
    at = NOON + timedelta(minutes=minutes)
    return Click(click_id, decision_id, "click", "/coffee", at, ("head", "agent:proofpoint"))


class ClickLogSuite(ABC):
    """Derive from this and say how to make an empty log."""

    @abstractmethod
    def make(self) -> ClickLog:
        """An empty log."""

    def test_clicks_come_back_whole_and_in_order_of_time(self) -> None:
        log = self.make()
        assert log.add([_click("k2", minutes=2), _click("k1", minutes=1)]) == 2
        assert log.of("d1") == (_click("k1", minutes=1), _click("k2", minutes=2))
        assert log.of("nowhere") == ()

    def test_the_same_click_twice_is_one(self) -> None:
        log = self.make()
        log.add([_click("k1")])
        assert log.add([_click("k1", minutes=9), _click("k2")]) == 1
        assert log.of("d1") == (_click("k1"), _click("k2"))
        assert log.add([]) == 0

    def test_the_start_counts_and_the_end_does_not(self) -> None:
        log = self.make()
        log.add([_click("k0"), _click("k1", "d2", 1), _click("k2", minutes=2)])
        found = log.between(NOON, NOON + timedelta(minutes=2))
        assert [one.click_id for one in found] == ["k0", "k1"]

    def test_ids_are_text_and_never_a_statement(self) -> None:
        log = self.make()
        hostile = [_click(name, name) for name in HOSTILE]
        assert log.add(hostile) == len(HOSTILE)
        for one in hostile:
            assert log.of(one.decision_id) == (one,)


class PriceHistorySuite(ABC):
    """Derive from this and say how to make an empty history."""

    @abstractmethod
    def make(self) -> PriceHistory:
        """An empty history."""

    def _point(self, price: int, hours: int, kind: str = "offered", of: str = "p1") -> PricePoint:
        return PricePoint(of, kind, price, "EUR", NOON + timedelta(hours=hours), "catalogue")

    def test_points_come_in_order_with_the_one_that_stood_before(self) -> None:
        history = self.make()
        points = [self._point(900, 0), self._point(800, 5), self._point(850, 9)]
        assert history.record([points[2], points[0], points[1]]) == 3
        start, end = NOON + timedelta(hours=2), NOON + timedelta(hours=9)
        found = history.between(["p1", "p2"], "offered", start, end)
        assert found == {"p1": (points[0], points[1]), "p2": ()}

    def test_what_was_sold_before_does_not_stand(self) -> None:
        history = self.make()
        points = [self._point(700, 0, "sold"), self._point(650, 5, "sold"), self._point(900, 5)]
        history.record(points)
        start, end = NOON + timedelta(hours=2), NOON + timedelta(hours=9)
        assert history.between(["p1"], "sold", start, end) == {"p1": (points[1],)}

    def test_recording_again_adds_nothing(self) -> None:
        history = self.make()
        history.record([self._point(900, 0)])
        again = [self._point(900, 0), replace(self._point(900, 0), source="other")]
        assert history.record(again) == 0
        assert history.record([]) == 0

    def test_two_prices_at_one_moment_both_stay_and_the_lower_stands(self) -> None:
        history = self.make()
        history.record([self._point(900, 0), self._point(700, 0), self._point(800, -1)])
        found = history.between(["p1"], "offered", NOON, NOON + timedelta(hours=1))
        assert [one.price_minor for one in found["p1"]] == [800, 700, 900]
        assert history.standing(["p1", "p2"]) == {"p1": self._point(700, 0)}

    def test_the_newest_offered_price_stands(self) -> None:
        history = self.make()
        history.record([self._point(800, 7), self._point(900, 0), self._point(100, 8, "sold")])
        history.record([self._point(300, 0, of="p2")])
        found = history.standing(["p1", "p2"])
        assert {key: one.price_minor for key, one in found.items()} == {"p1": 800, "p2": 300}
        assert history.standing([]) == {}

    def test_ids_are_text_and_never_a_statement(self) -> None:
        history = self.make()
        assert history.record([self._point(900, 0, of=name) for name in HOSTILE]) == len(HOSTILE)
        assert set(history.standing(HOSTILE)) == set(HOSTILE)
