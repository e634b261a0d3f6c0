"""What comes in: events, catalogue, offers, campaigns."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from promoloop.backends.files import FileSource
from promoloop.bootstrap.campaigns import CHANNELS, campaign_in, store_campaign
from promoloop.bootstrap.shop.moments import present
from promoloop.bootstrap.shop.opened import OpenedShop
from promoloop.events import Source
from promoloop.flows.history.ingest import IngestReport, ingest
from promoloop.flows.history.prices import put_products
from promoloop.flows.ports import Progress, silent

__all__ = ["Intake"]


class Intake(OpenedShop):
    """Reads what comes into a shop."""

    def ingest(
        self,
        events: Path,
        catalog: Path | None = None,
        offers: Path | None = None,
        progress: Progress = silent,
    ) -> IngestReport:
        """Read a file of events, catalogue and offers beside it; see ``flows.history.ingest``."""
        return self.ingest_source(
            FileSource(events, catalog, offers, shop=self.house.currency), progress
        )

    def ingest_source(self, source: Source, progress: Progress = silent) -> IngestReport:
        """Read any source."""
        house = self.house
        return ingest(
            source,
            house.history,
            house.catalogue,
            house.offers,
            self.quarantine,
            progress,
            currency=house.currency,
            put_products=lambda products: put_products(house, products, present()),
        )

    def add_campaign(self, path: Path, channels: Collection[str] = CHANNELS) -> str:
        """Store the campaign in a YAML file; return its id. Its offers must be there already.

        ``channels`` are those it may use; name your own beside ours.
        """
        return store_campaign(self.house, campaign_in(path, channels), path)
