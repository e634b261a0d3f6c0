"""A simulated shop's history as a source, for those who may not use the real data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from promoloop.events import Batch, EventBatch
from promoloop.offers import Offer, Product
from promoloop.simulate import SimulatedShop

__all__ = ["SimulatedSource"]


class SimulatedSource:
    """Everything a ``SimulatedShop`` did in the year before, under the name ``simulated``."""

    def __init__(self, shop: SimulatedShop) -> None:
        self._shop = shop

    @property
    def files(self) -> Mapping[str, int]:
        """One source, with its number of lines."""
        return {"simulated": len(self._shop.lines)}

    def events(self) -> Iterator[Batch]:
        """All lines in one batch; none is malformed."""
        yield EventBatch(self._shop.lines, ())

    def products(self) -> tuple[Product, ...]:
        """The simulated catalogue."""
        return self._shop.products

    def offers(self) -> tuple[Offer, ...]:
        """No past offers."""
        return ()
