"""Links that were followed, and what products cost, in dictionaries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from promoloop.feedback import Click
from promoloop.offers import PricePoint

__all__ = ["MemoryClicks", "MemoryPriceHistory"]


class MemoryClicks:
    """See ``promoloop.feedback.ClickLog``."""

    def __init__(self) -> None:
        self._clicks: dict[str, Click] = {}

    def add(self, clicks: Sequence[Click]) -> int:
        """Add new ones; return how many they were."""
        before = len(self._clicks)
        for one in clicks:
            self._clicks.setdefault(one.click_id, one)
        return len(self._clicks) - before

    def of(self, decision_id: str) -> tuple[Click, ...]:
        """Every click of one decision's message, in order of ``at``."""
        return tuple(one for one in self._in_order() if one.decision_id == decision_id)

    def between(self, start: datetime, end: datetime) -> tuple[Click, ...]:
        """Clicks with ``start <= at < end``, in order of ``at``."""
        return tuple(one for one in self._in_order() if start <= one.at < end)

    def _in_order(self) -> list[Click]:
        return sorted(self._clicks.values(), key=lambda one: (one.at, one.click_id))


class MemoryPriceHistory:
    """See ``promoloop.offers.PriceHistory``."""

    def __init__(self) -> None:
        self._points: dict[tuple[str, str, datetime, int], PricePoint] = {}

    def record(self, points: Sequence[PricePoint]) -> int:
        """Add new ones; return how many they were."""
        before = len(self._points)
        for one in points:
            self._points.setdefault((one.product_id, one.kind, one.at, one.price_minor), one)
        return len(self._points) - before

    def standing(self, product_ids: Collection[str]) -> Mapping[str, PricePoint]:
        """The newest price offered of each of these products that has one."""
        return {key: points[-1] for key in product_ids if (points := self._offered(key))}

    def between(
        self, product_ids: Collection[str], kind: str, start: datetime, end: datetime
    ) -> Mapping[str, tuple[PricePoint, ...]]:
        """Points in the stretch by product; of prices offered also the last before."""
        found: dict[str, tuple[PricePoint, ...]] = {}
        for key in product_ids:
            mine = [
                one for one in self._points.values() if (one.product_id, one.kind) == (key, kind)
            ]
            within = [one for one in mine if start <= one.at < end]
            before = [one for one in self._offered(key) if one.at < start and kind == "offered"]
            ordered = sorted(within, key=lambda one: (one.at, one.price_minor))
            found[key] = (*before[-1:], *ordered)
        return found

    def _offered(self, product_id: str) -> list[PricePoint]:
        """In order of time; of two at one moment the lower comes last."""
        mine = [
            one
            for one in self._points.values()
            if (one.product_id, one.kind) == (product_id, "offered")
        ]
        return sorted(mine, key=lambda one: (one.at, -one.price_minor))
