"""Deciding while shoppers look on: opened once, kept fresh by a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from promoloop.bootstrap.shop.copywriting import Copywriting
from promoloop.bootstrap.shop.moments import present
from promoloop.core import PromoloopError, UnavailableError, trail_of
from promoloop.flows.house import House
from promoloop.flows.realtime.fresh import FreshWords
from promoloop.flows.realtime.hearing import Hearing
from promoloop.flows.realtime.live import Live
from promoloop.flows.realtime.redeem import Till
from promoloop.flows.realtime.rules import LiveRules
from promoloop.flows.realtime.signals import Signals
from promoloop.flows.realtime.window import Window

__all__ = ["Realtime", "RealtimeShop"]

_LOG = logging.getLogger("promoloop.realtime")


class Realtime:
    """``live`` decides and ``till`` redeems; a thread looks at the shop every ``seconds``.

    Until the first look is over, requests are answered with the fallback ``starting``. A look that
    fails is logged and tried again; what was known before stays in force. Use it in a ``with``
    statement, or call ``start`` and ``close``.

    Parameters
    ----------
    house : House
    rules : LiveRules, optional
    seconds : float, default 1.0
    fresh : FreshWords, optional
        Writes words for the moment, in a thread of its own; nothing is written by default.
    """

    def __init__(
        self,
        house: House,
        rules: LiveRules | None = None,
        seconds: float = 1.0,
        fresh: FreshWords | None = None,
    ) -> None:
        if house.live is None:
            raise UnavailableError(
                "deciding in real time", "this shop has no store for it", "Open it with open_shop."
            )
        self.window, self.signals = Window(house, rules), Signals()
        self.live = Live(self.window, self.signals, house.live, time.monotonic, fresh)
        self._fresh = fresh
        self.till = Till(self.window)
        self._hearing = Hearing(self.window, self.signals)
        self._seconds = seconds
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def ready(self) -> bool:
        """Whether the first look is over."""
        return self.window.made_at is not None

    def start(self) -> Realtime:
        """Begin to look, in the background."""
        if not self._threads:
            works = [self._serve] if self._fresh is None else [self._serve, self._write]
            self._threads = [
                threading.Thread(target=work, name="promoloop-realtime", daemon=True)
                for work in works
            ]
            for thread in self._threads:
                thread.start()
        return self

    def look(self, now: datetime | None = None) -> None:
        """Look at the shop once, in this thread."""
        moment = now or present()
        self.window.look(moment)
        self._hearing.catch_up(moment)
        self.live.keep_contexts(moment)

    def close(self) -> None:
        """Stop looking, and keep what is to be kept."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._threads = []
        if self.ready:
            self.live.keep_contexts(present(), whole=True)

    def __enter__(self) -> Realtime:
        return self.start()

    def __exit__(self, *_why: object) -> None:
        self.close()

    def _serve(self) -> None:
        self._again(self.look, "looking at the shop")

    def _write(self) -> None:
        """Write what pages have asked for, off every request's path."""
        fresh = self._fresh
        if fresh is not None:
            self._again(lambda: fresh.write(present()), "writing words for the moment")

    def _again(self, work: Callable[[], object], what: str) -> None:
        """Do it now and then until told to stop; a failure is logged and tried again."""
        while not self._over.is_set():
            with _Tried(what):
                work()
            self._over.wait(self._seconds)


class _Tried:
    """Logs whatever breaks in its block, and lets the thread go on.

    A fault of ours must not end it: decisions would go on from what it last saw, for as long as
    the server runs, and nobody would know.
    """

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: object
    ) -> bool:
        if isinstance(error, PromoloopError):
            _LOG.warning("%s failed: %s", self._what, error)
        elif isinstance(error, Exception):
            _LOG.error("%s failed: %s", self._what, trail_of(error))
        return isinstance(error, Exception)


class RealtimeShop(Copywriting):
    """Decides for one shopper at a time."""

    def realtime(
        self, rules: LiveRules | None = None, seconds: float = 1.0, *, fresh: bool = False
    ) -> Realtime:
        """What decides and redeems while shoppers look on; start it, or use it ``with``.

        ``fresh`` has the configured model write words for carts and second looks, in the
        background; each is proven and reviewed like every text before it is shown.
        """
        words = None
        if fresh:
            words = FreshWords(self.house, lambda: self.writers(ask=True), self.review_policy())
        made = Realtime(self.house, rules, seconds, words)
        self._deciding.add(made.live)
        return made
