"""What a shop's page asks and is told, and what its checkout asks and is told.

Frozen dataclasses of plain fields, so that msgspec decodes and encodes them as they are. Money is
in minor units of ``currency``; moments are UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

__all__ = [
    "SLOTS",
    "CartItem",
    "LiveAnswer",
    "LiveCart",
    "LiveCopy",
    "LiveOffer",
    "LivePrice",
    "LiveRequest",
    "RedeemRequest",
    "Redemption",
    "Signal",
]

SLOTS = ("banner", "popup", "cart")
"""Where a page can show an offer. A popup is the channel ``popup``, the others are ``onsite``."""


@dataclass(frozen=True, slots=True)
class CartItem:
    """``quantity`` pieces of a product; what is left out is looked up in the catalogue."""

    product_id: str
    quantity: int = 1
    unit_minor: int | None = None
    category: str = ""


@dataclass(frozen=True, slots=True)
class LiveCart:
    """What lies in the cart; ``codes`` are those the shopper entered."""

    items: tuple[CartItem, ...]
    currency: str = ""
    shipping_minor: int = 0
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """One look at a page.

    ``request_id`` names it: asked again, the same decision is given. ``product_id`` or ``group``
    is what the page is about; ``campaign_id`` asks for one campaign only. ``locale`` is the page's;
    in one that the shop does not write, the shopper's own is read, else the shop's first. An answer
    is wanted within ``deadline_ms`` milliseconds; without room for it the page gets nothing, with
    a reason.
    """

    request_id: str
    shopper_id: str
    slot: str = "banner"
    page: str = ""
    product_id: str = ""
    group: str = ""
    locale: str = ""
    campaign_id: str = ""
    cart: LiveCart | None = None
    deadline_ms: int = 50


@dataclass(frozen=True, slots=True)
class LiveOffer:
    """The offer that was promised. ``code`` is what the shopper enters, "" where nothing is."""

    offer_id: str
    revision: int
    group: str
    name: str
    valid_until: datetime
    code: str = ""


@dataclass(frozen=True, slots=True)
class LiveCopy:
    """The words, filled; ``parts`` are ``headline``, ``body`` and ``call`` in plain text.

    ``written_by`` is ``model`` or ``template``; ``label`` says that a model wrote it, to be shown
    beside the words, "" where the market and the shop want none.
    """

    copy_id: str
    locale: str
    moment: str
    variant: str
    parts: Mapping[str, str]
    written_by: str = "template"
    label: str = ""


@dataclass(frozen=True, slots=True)
class LivePrice:
    """The cart with the offer: priced by the stacking engine with all that applies.

    ``saves_minor`` is what the promised offer takes off, shipping included; ``skipped`` says why
    an offer does not apply yet, by offer id, for example ``below_minimum_spend``.
    """

    currency: str
    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    shipping_discount_minor: int
    total_minor: int
    saves_minor: int
    applied: tuple[str, ...]
    skipped: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LiveAnswer:
    """What the page shows.

    ``decision_id`` is "" where nothing was decided; then ``fallback`` is the reason code why.
    ``fallback`` may also stand beside a decision for nothing, or a detail that is missing.
    ``reasons`` are codes, the most important first; ``decide.reason_text`` has words for them.
    """

    request_id: str
    decision_id: str
    shopper_id: str
    campaign_id: str = ""
    arm: str = ""
    action: str = "nothing"
    propensity: float = 1.0
    offer: LiveOffer | None = None
    copy: LiveCopy | None = None
    price: LivePrice | None = None
    reasons: tuple[str, ...] = ()
    fallback: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing a shopper just did, as the pages and the event intake tell it.

    ``kind`` is an event's name, such as ``Product Viewed``; ``groups`` are the product groups it
    was about.
    """

    shopper_id: str
    kind: str
    at: datetime
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RedeemRequest:
    """One use of an offer at the checkout.

    ``key`` names the use: asked again, the same answer is given. ``code`` is what the shopper
    entered, or ``decision_id`` names a promise without a code.
    """

    key: str
    shopper_id: str
    cart: LiveCart
    code: str = ""
    decision_id: str = ""
    order_id: str = ""


@dataclass(frozen=True, slots=True)
class Redemption:
    """What one use came to. ``state`` is ``redeemed`` or ``rolled_back``."""

    redemption_id: str
    key: str
    shopper_id: str
    campaign_id: str
    offer_id: str
    decision_id: str
    code: str
    order_id: str
    at: datetime
    discount_minor: int
    price: LivePrice | None
    state: str = "redeemed"
    repeated: bool = False
    details: Mapping[str, str] = field(default_factory=dict)
