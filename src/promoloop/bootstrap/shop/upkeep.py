"""The upkeep of a shop: done once, or again and again by a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from promoloop.backends.lake import ParquetHistory
from promoloop.bootstrap.shop.moments import present
from promoloop.bootstrap.shop.opened import OpenedShop
from promoloop.core import PromoloopError
from promoloop.flows.history.drain import DrainReport
from promoloop.flows.upkeep import UpkeepReport, keep_up, read_inbox

__all__ = ["Upkeep"]

_LOG = logging.getLogger("promoloop.upkeep")


class Upkeep(OpenedShop):
    """Keeps a shop in order."""

    def drain(self) -> DrainReport:
        """Read the events that the API accepted into the history; see ``flows.history.drain``."""
        return read_inbox(self.house, self.quarantine)

    def keep_up(self, now: datetime | None = None) -> UpkeepReport:
        """Read accepted events, forget what has run out; see ``flows.upkeep``."""
        return keep_up(self.house, self.quarantine, now or present())

    def merge_history(self, most: int = 100) -> int:
        """Merge the batches of the history once there are more than ``most``; return how many.

        Readers in other processes must not be reading meanwhile; they may have to try again.
        """
        return ParquetHistory(self.settings.history_path).compact(most)

    @contextmanager
    def kept_up(self, seconds: float = 60.0) -> Iterator[None]:
        """Keep up every ``seconds`` while the block runs.

        What fails, for example because another process writes the history, is logged and tried
        again. It rests for twice as long as it works, so that requests come first.
        """
        over = threading.Event()
        thread = threading.Thread(
            target=self._again, args=(seconds, over), name="promoloop-upkeep", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _again(self, seconds: float, over: threading.Event) -> None:
        while not over.wait(seconds):
            try:
                keep_up(self.house, self.quarantine, present(), _Rest(over).rest)
            except PromoloopError as error:
                _LOG.info("the upkeep waits: %s", error)


class _Rest:
    """Rests for twice as long as there was work since, unless it is ``over``."""

    def __init__(self, over: threading.Event) -> None:
        self._over = over
        self._since = time.monotonic()

    def rest(self) -> None:
        """Wait; then the work begins anew."""
        self._over.wait(2 * (time.monotonic() - self._since))
        self._since = time.monotonic()
