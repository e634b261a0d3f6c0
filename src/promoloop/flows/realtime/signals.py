"""What shoppers did in the last hours, kept in memory so that it counts at once.

History and profiles are folded now and then; these are the few events since that change what is
worth offering now: a group that was looked at twice, a cart that was left, a purchase. Bounded in
shoppers and in events per shopper; what is old is forgotten.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from promoloop.core import InvalidError
from promoloop.flows.realtime.records import Signal

__all__ = ["BOUGHT", "CARTED", "LOOKED", "TAKEN_OUT", "Interest", "Signals", "is_signal"]

LOOKED = frozenset({"Product Viewed", "Product Clicked"})
CARTED = frozenset({"Product Added", "Cart Viewed", "Cart Abandoned", "Checkout Started"})
TAKEN_OUT = frozenset({"Product Removed"})
BOUGHT = frozenset({"Order Completed"})
_ALL = LOOKED | CARTED | TAKEN_OUT | BOUGHT

#: How often a group is looked at before it is an interest.
_TWICE = 2


def is_signal(kind: str) -> bool:
    """Whether an event of that name changes what is offered."""
    return kind in _ALL


@dataclass(frozen=True, slots=True)
class Interest:
    """What one shopper is after now: ``cart`` and ``viewed`` groups, and those just ``bought``.

    ``page`` is what the page being looked at is about. Of a cart and a purchase the later counts.
    """

    cart: frozenset[str] = frozenset()
    viewed: frozenset[str] = frozenset()
    bought: frozenset[str] = frozenset()
    page: frozenset[str] = frozenset()

    @property
    def groups(self) -> frozenset[str]:
        """Groups whose offers become candidates."""
        return self.cart | self.viewed | self.page

    def moment_of(self, group: str) -> str:
        """``cart``, ``viewed``, or "" where nothing special is known."""
        if group in self.cart:
            return "cart"
        return "viewed" if group in self.viewed else ""

    def same_as(self, other: Interest) -> bool:
        """Whether the shopper did nothing new; turning a page is nothing."""
        return (self.cart, self.viewed, self.bought) == (other.cart, other.viewed, other.bought)

    def with_page(self, group: str, in_cart: frozenset[str]) -> Interest:
        """The same with what the request itself shows: the group of its page, and its cart."""
        if not group and not in_cart:
            return self
        cart = self.cart | in_cart
        page = frozenset((group,)) if group else self.page
        return Interest(cart, self.viewed - cart, self.bought - in_cart, page)


@dataclass(slots=True)
class _Trail:
    """The last events of one shopper, oldest first."""

    events: deque[Signal]
    told: Interest = field(default_factory=Interest)
    fresh_until: datetime | None = None


class Signals:
    """The last events of every shopper who was here lately.

    Safe to share between threads. A second event of the same kind costs no more than the first.

    Parameters
    ----------
    shoppers : int, default 100_000
        Kept at most; who was away longest is forgotten first.
    each : int, default 24
        Events kept per shopper.
    lasting : timedelta, default 24 hours
        How long a look or a cart counts.
    resting : timedelta, default 7 days
        How long a group that was bought is not offered again.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    >>> signals = Signals()
    >>> signals.saw([Signal("s1", "Product Added", noon, ("COFFEE",))])
    >>> signals.of("s1", noon).moment_of("COFFEE")
    'cart'
    """

    def __init__(
        self,
        shoppers: int = 100_000,
        each: int = 24,
        lasting: timedelta = timedelta(hours=24),
        resting: timedelta = timedelta(days=7),
    ) -> None:
        if shoppers < 1 or each < _TWICE or lasting <= timedelta(0) or resting <= timedelta(0):
            raise InvalidError(
                f"signals of {shoppers} shoppers, {each} each, for {lasting} and {resting}",
                "there must be room for a shopper and two events, and some time",
                "Leave them out to get the defaults.",
            )
        self._most, self._each = shoppers, each
        self._lasting, self._resting = lasting, resting
        self._trails: OrderedDict[str, _Trail] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._trails)

    def saw(self, signals: Iterable[Signal]) -> None:
        """Take events in; those that say nothing of a group, or nothing that counts, are passed."""
        with self._lock:
            for one in signals:
                if one.kind in _ALL and one.groups:
                    self._add(one)

    def of(self, shopper_id: str, now: datetime) -> Interest:
        """What the shopper is after at ``now``."""
        trail = self._trails.get(shopper_id)
        if trail is None:
            return _NOTHING
        until = trail.fresh_until
        if until is None or now >= until:
            with self._lock:
                self._read(trail, now)
        return trail.told

    def moved(self, anonymous: str, shopper_id: str) -> None:
        """What an unnamed visitor did counts for the shopper it turned out to be."""
        with self._lock:
            trail = self._trails.pop(anonymous, None)
            for one in trail.events if trail else ():
                self._add(Signal(shopper_id, one.kind, one.at, one.groups))

    def forget(self, shopper_id: str) -> None:
        """Drop everything on one shopper."""
        with self._lock:
            self._trails.pop(shopper_id, None)

    def _add(self, one: Signal) -> None:
        trail = self._trails.get(one.shopper_id)
        if trail is None:
            trail = self._trails[one.shopper_id] = _Trail(deque(maxlen=self._each))
            if len(self._trails) > self._most:
                self._trails.popitem(last=False)
        else:
            self._trails.move_to_end(one.shopper_id)
        if one not in trail.events:  # heard twice is done once
            trail.events.append(one)
            trail.fresh_until = None

    def _read(self, trail: _Trail, now: datetime) -> None:
        """Work out the interest, and until when it stays so without a new event."""
        cart: dict[str, datetime] = {}
        looks: Counter[str] = Counter()
        bought: dict[str, datetime] = {}
        ends: list[datetime] = []
        for one in sorted(trail.events, key=lambda event: event.at):
            end = one.at + (self._resting if one.kind in BOUGHT else self._lasting)
            if end <= now:
                continue
            ends.append(end)
            for group in one.groups:
                _follow(one, group, cart, looks, bought)
        viewed = {group for group, count in looks.items() if count >= _TWICE}
        trail.told = Interest(frozenset(cart), frozenset(viewed - cart.keys()), frozenset(bought))
        trail.fresh_until = min(ends, default=datetime.max.replace(tzinfo=now.tzinfo))


def _follow(
    one: Signal,
    group: str,
    cart: dict[str, datetime],
    looks: Counter[str],
    bought: dict[str, datetime],
) -> None:
    """One event about one group, in order of time."""
    if one.kind in BOUGHT:
        cart.pop(group, None)
        looks.pop(group, None)
        bought[group] = one.at
    elif one.kind in TAKEN_OUT:
        cart.pop(group, None)
    elif one.kind in CARTED:
        cart[group] = one.at
        bought.pop(group, None)
    else:
        looks[group] += 1


_NOTHING = Interest()
