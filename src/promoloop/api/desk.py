"""What every route works with: the opened shop, the time, threads, and who may ask."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from promoloop.api.callers import Caller, Callers
from promoloop.core import InvalidError, PromoloopError, UnavailableError
from promoloop.flows.doors.answers import Answers
from promoloop.flows.doors.keys import ApiKeys
from promoloop.flows.history.prices import put_products
from promoloop.flows.house import House
from promoloop.offers import Product
from promoloop.settings import Settings

if TYPE_CHECKING:
    from promoloop.bootstrap import Shop
    from promoloop.bootstrap.shop.realtime import Realtime
    from promoloop.flows.realtime.live import Live
    from promoloop.flows.realtime.redeem import Till
    from promoloop.flows.realtime.signals import Signals

__all__ = ["Desk", "present"]

T = TypeVar("T")
_LOG = logging.getLogger("promoloop.api")
#: Seconds for which the catalogue is taken for what it was.
_STALE = 5.0
_YEARS = range(1971, 9000)


def present() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


class Desk:
    """One for each application.

    Parameters
    ----------
    shop : Shop
        Opened; it stays open as long as the application runs.
    settings : Settings
    now : callable, optional
        Tells the time in UTC.
    """

    def __init__(
        self, shop: Shop, settings: Settings, now: Callable[[], datetime] = present
    ) -> None:
        self.shop = shop
        self.settings = settings
        self.now = now
        self._lock = threading.Lock()
        self._products: Mapping[str, Product] = {}
        self._read_at: float | None = None
        self._pool = ThreadPoolExecutor(settings.serve.threads, "promoloop-api")
        self._slow = ThreadPoolExecutor(2, "promoloop-slow")

    @property
    def house(self) -> House:
        """The shop's stores."""
        return self.shop.house

    @cached_property
    def keys(self) -> ApiKeys:
        """Who may come in."""
        return required(self.house.keys, "API keys")

    @cached_property
    def answers(self) -> Answers:
        """What was answered to named requests."""
        return required(self.house.answers, "answers given once")

    @cached_property
    def callers(self) -> Callers:
        """Knows who asks."""
        return Callers(self.keys, self._rate, self._note)

    @cached_property
    def secret(self) -> bytes:
        """Signs what the outside hands back to us; of this process only where none is set."""
        return (self.settings.signing_key or secrets.token_hex(32)).encode()

    def begin(self) -> None:
        """Look at the shop in the background, before anybody asks."""
        self.realtime.start()

    @cached_property
    def realtime(self) -> Realtime:
        """Decides and redeems while shoppers look on; kept fresh by a thread of its own."""
        return self.shop.realtime(fresh=self.settings.serve.fresh).start()

    @property
    def looked_at(self) -> datetime | None:
        """When real time last looked at the shop; ``None`` before it has begun to."""
        return self.realtime.window.looked_at if "realtime" in self.__dict__ else None

    @cached_property
    def live(self) -> Live:
        """Decides for one shopper, from memory."""
        return self.realtime.live

    @cached_property
    def till(self) -> Till:
        """Redeems and rolls back."""
        return self.realtime.till

    @cached_property
    def signals(self) -> Signals:
        """What shoppers did lately."""
        return self.realtime.signals

    def groups_of(self, product_ids: Iterable[str]) -> tuple[str, ...]:
        """The product groups that these products belong to, as far as they are known."""
        return tuple(sorted(self.realtime.window.groups_of(product_ids)))

    def utc(self, moment: datetime) -> datetime:
        """A moment that was given, in UTC; one that cannot be meant is refused."""
        if moment.year not in _YEARS:
            raise InvalidError(
                f"the moment {moment.isoformat()}", "it cannot be meant", "Give the present one."
            )
        return moment.astimezone(UTC)

    def local_day(self, now: datetime) -> date:
        """The day it is at the shop."""
        return now.astimezone(ZoneInfo(self.house.time_zone)).date()

    @cached_property
    def site(self) -> str:
        """The shop's own site, where tracked links lead."""
        return f"https://{self.settings.mail.sender.rpartition('@')[2]}/"

    @property
    def link_keys(self) -> tuple[bytes, ...]:
        """What the links in messages are signed with."""
        if not self.settings.signing_keys:
            raise UnavailableError(
                "links in messages",
                "PROMOLOOP_SIGNING_KEY is not set",
                "Set it to the value that the messages were sent with.",
            )
        return self.settings.signing_keys

    def products(self) -> Mapping[str, Product]:
        """The catalogue by id, as it was a few seconds ago or as this process has put it."""
        with self._lock:
            if self._read_at is None or time.monotonic() - self._read_at > _STALE:
                self._products = {one.product_id: one for one in self.house.catalogue.all()}
                self._read_at = time.monotonic()
            return self._products

    def put_products(self, products: Sequence[Product], now: datetime) -> None:
        """Store products, and record what they cost from now on."""
        put_products(self.house, products, now)
        with self._lock:
            self._read_at = None

    def named(self, caller: Caller) -> str:
        """How a caller is called in records."""
        return f"key {caller.key_id}"

    def note(self, caller: Caller, action: str, subject: str, now: datetime) -> None:
        """Write down what a key did, in the book that the console shows."""
        self.shop.note(self.named(caller), action, subject, now=now)

    async def aside(self, work: Callable[[], T]) -> T:
        """Do ``work``, which may wait for a store, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def later(self, what: str, work: Callable[[], object]) -> None:
        """Do ``work`` when there is time; one that fails is logged, without what it was about."""

        def done() -> None:
            try:
                work()
            except PromoloopError as error:
                _LOG.warning("%s failed: %s", what, type(error).__name__)

        self._slow.submit(done)

    def close(self) -> None:
        """Let the threads end their work."""
        if "realtime" in self.__dict__:
            self.realtime.close()
        self._pool.shutdown(wait=True)
        self._slow.shutdown(wait=True, cancel_futures=True)

    def _rate(self, scope: str) -> int:
        serve = self.settings.serve
        if scope == "decide":
            return serve.decides_per_minute
        return serve.events_per_minute if scope == "events:write" else serve.others_per_minute

    def _note(self, key_id: str, now: datetime) -> None:
        self._pool.submit(self.keys.used, key_id, now)


def required(store: T | None, what: str) -> T:
    """The store, where the shop has it."""
    if store is None:
        raise UnavailableError(
            f"the shop's {what}", "this shop has none", "Open it with bootstrap.open_shop."
        )
    return store
