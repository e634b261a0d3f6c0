"""How fast each arm of a campaign may spend today: prices for the policy, shares for the others.

The request path only reads what stands here; everything that takes time is done by ``follow``, in
the background, on what has arrived since.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from promoloop.decide import Budget, Pace, PacingController, Shard, Terms, TrafficForecast
from promoloop.flows.house import House
from promoloop.flows.realtime.views import CampaignView
from promoloop.flows.schedule import WEEK, account_of

__all__ = ["Arrival", "Pacer", "elapsed_of", "pacer_for"]

Floats = NDArray[np.float64]

#: Shoppers of the audience that prices are solved on, and arrivals that wait to be looked at.
_SAMPLE, _WAITING = 1_500, 20_000
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One decision, as the controllers are told of it; ``spot`` is -1 for nothing."""

    arm: str
    elapsed: float
    value: Floats
    open: NDArray[np.bool_]
    spot: int


@dataclass(slots=True)
class Pacer:
    """What one campaign may spend on whom today.

    ``priced_off`` (s,) is what each spot pays in prices; ``prices`` the same by name, as decisions
    log them; ``thin`` the share of contacts the random arm has money for; ``usual_left`` what
    business as usual has left today, minor units.
    """

    view: CampaignView
    controller: PacingController | None
    names: Mapping[str, str]
    priced_off: Floats
    prices: Mapping[str, float]
    thin: float
    usual_left: float
    _arrived: deque[Arrival] = field(default_factory=lambda: deque(maxlen=_WAITING))

    def note(self, arrival: Arrival) -> None:
        """Have it looked at in the background."""
        self._arrived.append(arrival)
        if arrival.arm == "bau" and arrival.spot >= 0:
            self.usual_left -= float(self.view.promise[arrival.spot])

    def follow(self) -> int:
        """Let prices follow what has arrived; return how much that was."""
        count = len(self._arrived)
        came = [self._arrived.popleft() for _ in range(count)]
        promise = self.view.promise.astype(np.float64)
        mine = [one for one in came if one.arm == "policy"]
        if self.controller is None or not mine:
            return count
        for one in mine:
            if one.spot >= 0:
                self.controller.took(one.spot, promise)
            last = one is mine[-1]  # prices are solved anew once, not for each
            self.controller.arrived(one.elapsed, one.value, promise, one.open, solve=last)
        self._read()
        return count

    def _read(self) -> None:
        assert self.controller is not None
        found = self.controller.prices
        off: Floats = found["campaign"] * self.view.promise.astype(np.float64)
        for name, price in found.items():
            if name.startswith("cap:"):
                off = off + price * (self.view.offer_of == int(name[4:]))
            elif name != "campaign":
                off = off + price * _taken(self.view, name)
        self.prices = {
            self.names[name]: price
            for name, price in found.items()
            if name in self.names and (price > 0.0 or name == "campaign")
        }
        self.priced_off = off


def pacer_for(house: House, view: CampaignView, now: datetime) -> Pacer:
    """A fresh pacer, from what the ledger says is left and who may come today."""
    free = float(house.ledger.state(account_of(view.campaign)).free_minor)
    days = max(1.0, (view.campaign.starts_at + view.campaign.weeks * WEEK - now) / _DAY)
    # Half a day's part more than an even spend: what is not used today is there tomorrow.
    today = min(free, 1.5 * free / days)
    reached = max(1e-9, sum(s for arm, s in view.campaign.arms.items() if arm != "holdout"))
    shares = {arm: share / reached for arm, share in view.campaign.arms.items()}
    rows = np.unique(np.linspace(0, len(view.audience) - 1, _SAMPLE).astype(np.int64))
    worth = _worth_of(view, rows)
    open_ = view.candidates[rows][:, view.offer_of]
    expected = max(1.0, len(view.audience) / 7.0)
    pacer = Pacer(view, None, {}, np.zeros(len(view.spots)), {"budget": 0.0}, 1.0, 0.0)
    day = _day_of(house, view, now, free)
    pacer.usual_left = day.left("bau", shares.get("bau", 0.0))
    pacer.thin = _thinned(view, open_, day.money("random", shares.get("random", 0.0)), expected)
    if view.campaign.arms.get("policy", 0.0) > 0.0 and view.spots:
        pacer.controller, pacer.names = _controller(
            house, view, today * shares["policy"], shares["policy"], (worth, open_), expected
        )
        pacer._read()
    return pacer


@dataclass(frozen=True, slots=True)
class _Day:
    """What the arms without prices may promise today; minor units.

    ``free`` is what the day began with, ``even`` what of it an even spend since the campaign's
    start has left unused; ``taken`` is what each arm has promised today, ``members`` its shoppers
    and ``dearest`` the promise that costs most.
    """

    free: float
    even: float
    taken: Mapping[str, int]
    members: Mapping[str, int]
    dearest: float

    def money(self, arm: str, share: float) -> float:
        """The arm's money for the whole day.

        Where its share pays a promise to each of its shoppers, a day has a seventh of it, as the
        weekly run would promise all of it within a week: most comes back unused.
        """
        most = share * self.free
        everybody = self.members.get(arm, 0) * self.dearest
        week = min(most / 7.0, everybody) if everybody <= most else 0.0
        one = self.dearest if share > 0.0 else 0.0
        return min(self.free, max(share * self.even, week, one))

    def left(self, arm: str, share: float) -> float:
        """What of it the arm has not promised yet."""
        return max(0.0, self.money(arm, share) - self.taken.get(arm, 0))


def _day_of(house: House, view: CampaignView, now: datetime, free: float) -> _Day:
    """Today by the shop's clock, from the log and the ledger."""
    campaign = view.campaign
    local = now.astimezone(ZoneInfo(house.time_zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    made = house.decisions.decided_between(
        campaign.campaign_id, midnight, now + timedelta(microseconds=1)
    )
    taken = Counter[str]()
    for one in made:
        taken[one.arm] += one.liability_minor
    began = min(float(campaign.budget_minor), free + taken.total())
    gone = (now - campaign.starts_at) / (campaign.weeks * WEEK)
    # Half a day's part more than an even spend: what is not used today is there tomorrow.
    due = min(1.0, gone + 1.5 * _DAY / (campaign.weeks * WEEK)) * campaign.budget_minor
    even = min(began, max(0.0, due - (campaign.budget_minor - began)))
    dearest = float(view.promise.max(initial=0))
    return _Day(began, even, taken, Counter(view.arms), dearest)


def _controller(
    house: House,
    view: CampaignView,
    money: float,
    share: float,
    sample: tuple[Floats, NDArray[np.bool_]],
    expected: float,
) -> tuple[PacingController, Mapping[str, str]]:
    """The policy's controller, and what its limits are called in the log."""
    worth, open_ = sample
    accounts = sorted({account for taken in view.shared for account in taken})
    budgets = tuple(
        Budget(account, house.ledger.state(account).free_minor * share, _taken(view, account))
        for account in accounts
    )
    caps = [view.left.get(offer.offer_id, 1 << 40) for offer in view.offers]
    terms = Terms(
        budget=money,
        budgets=budgets,
        caps=np.floor(np.array(caps) * share),
        cap_of=view.offer_of,
    )
    costs = np.broadcast_to(view.promise.astype(np.float64), worth.shape)
    policy = view.campaign.arms["policy"]
    controller = PacingController(
        terms,
        Shard(worth, (costs,), open_),
        TrafficForecast(max(1.0, expected * policy), _day_shares(view)),
        Pace(recent=_SAMPLE),
    )
    limited = {
        f"cap:{at}": offer.offer_id
        for at, offer in enumerate(view.offers)
        if offer.offer_id in view.left
    }
    return controller, {"campaign": "budget", **limited, **{name: name for name in accounts}}


def elapsed_of(now: datetime, zone: str) -> float:
    """How much of the local day is gone, in [0, 1)."""
    local = now.astimezone(ZoneInfo(zone))
    return (local.hour * 3600 + local.minute * 60 + local.second) / 86_400.0


def _worth_of(view: CampaignView, rows: NDArray[np.int64]) -> Floats:
    """(rows, s) value of every spot at the middle hour of the campaign."""
    hour = len(view.hours) // 2
    return np.stack([view.worth(int(row), hour, None).value for row in rows])


def _taken(view: CampaignView, account: str) -> Floats:
    """(s,) what each spot takes of a partner's account."""
    most = np.array([float(taken.get(account, 0)) for taken in view.shared])
    return np.asarray(most[view.offer_of])


def _thinned(view: CampaignView, open_: NDArray[np.bool_], money: float, expected: float) -> float:
    """The share of even draws that ``money`` pays for today."""
    if not open_.size or money <= 0.0:
        return 0.0 if money <= 0.0 else 1.0
    counts = open_.sum(axis=1)
    each = (open_ * view.promise).sum(axis=1) / (counts + 1.0)
    asked = float(each.mean()) * expected * view.campaign.arms.get("random", 0.0)
    return min(1.0, money / asked) if asked > 0.0 else 1.0


def _day_shares(view: CampaignView) -> tuple[float, ...]:
    """When shoppers come, by local hour: as they order, with something for every hour."""
    hours = np.asarray(view.audience.profiles["hours"].to_list(), dtype=np.float64)
    mean = hours.mean(axis=0) if hours.size else np.full(24, 1 / 24)
    mixed = 0.8 * mean / max(float(mean.sum()), 1e-9) + 0.2 / 24.0
    return tuple((mixed / mixed.sum()).tolist())
