"""What is sold, what may be promised, and what a marketer runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from promoloop.offers.funding import Funding
from promoloop.offers.parts import Condition, Reward

__all__ = [
    "GUARDRAIL_METRICS",
    "LIFE_STEPS",
    "PRICE_KINDS",
    "Campaign",
    "Caps",
    "Guardrail",
    "Offer",
    "Pause",
    "PricePoint",
    "Product",
]


@dataclass(frozen=True, slots=True)
class Product:
    """One thing the shop sells. Prices in minor units of ``currency``."""

    product_id: str
    title: str
    category: str
    department: str
    brand: str
    price_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Caps:
    """Hard ceilings of one offer; ``None`` is no ceiling."""

    per_shopper: int | None = None
    total: int | None = None
    money_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be promised, as data.

    ``names`` says what the offer is about in each locale (``{"en-US": "coffee"}``); ``group`` is
    the product category it is about. ``stacking`` is ``"exclusive"`` or the name of a group:
    offers of different groups add up, of one group only the best for the shopper counts.
    ``funding`` says which part of the cost a partner pays; without it the shop pays all.
    """

    offer_id: str
    names: Mapping[str, str]
    group: str
    reward: Reward
    valid_from: datetime
    valid_until: datetime
    currency: str
    conditions: tuple[Condition, ...] = ()
    stacking: str = "exclusive"
    caps: Caps = field(default_factory=Caps)
    revision: int = 1
    funding: Funding | None = None


#: What a guardrail can watch; a rate is of messages sent, redemptions tried, or the budget.
GUARDRAIL_METRICS = (
    "unsubscribe_rate",
    "complaint_rate",
    "wrong_price_rate",
    "margin_per_shopper",
    "spend_pace",
)


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A limit at which a campaign is paused.

    ``metric`` is one of ``GUARDRAIL_METRICS``; ``direction`` says on which side of ``limit`` it is
    paused, ``above`` or ``below``. Rates are shares; ``margin_per_shopper`` is minor units per
    shopper and week above the holdout; ``spend_pace`` is 1 when money goes as fast as time.
    """

    metric: str
    direction: str
    limit: float


@dataclass(frozen=True, slots=True)
class Campaign:
    """What a marketer runs.

    ``arms`` maps arm name to share, summing to 1. ``channels`` maps channel to its contact cost
    in minor units. ``hours`` are the local hours at which messages may go out. ``guardrails`` are
    the limits at which it is paused.
    """

    campaign_id: str
    name: str
    offer_ids: tuple[str, ...]
    channels: Mapping[str, int]
    hours: tuple[int, ...]
    budget_minor: int
    currency: str
    arms: Mapping[str, float]
    starts_at: datetime
    weeks: int
    salt: str
    floor: float = 0.005
    contacts_per_week: int = 2
    lifecycle: tuple[str, ...] = ()
    guardrails: tuple[Guardrail, ...] = ()


#: Why a campaign stands still, besides a guardrail: where it is in its life, or by hand.
LIFE_STEPS = ("draft", "in_review", "approved", "by_hand", "ended")


@dataclass(frozen=True, slots=True)
class Pause:
    """A campaign was paused, or resumed (``paused`` False); the latest one counts.

    ``metric`` is the guardrail that was crossed, or one of ``LIFE_STEPS``, and ``reason`` says so
    in words; ``figure`` was
    found at the moment ``at`` (UTC), in an interval from ``low`` to ``high``. Of a resumption it
    is the money spent until then, in minor units.
    """

    campaign_id: str
    at: datetime
    paused: bool
    metric: str = ""
    figure: float = 0.0
    low: float = 0.0
    high: float = 0.0
    reason: str = ""


#: ``offered`` is what everybody could buy it at, ``sold`` what somebody paid.
PRICE_KINDS = ("offered", "sold")


@dataclass(frozen=True, slots=True)
class PricePoint:
    """What one unit of a product cost from ``at`` on, minor units of ``currency``.

    A price ``offered`` stands until the next of its kind; one ``sold`` is of that moment only.
    ``source`` says where it is known from: ``catalogue``, or the id of an order.
    """

    product_id: str
    kind: str
    price_minor: int
    currency: str
    at: datetime
    source: str
