"""Uses of promises at the checkout: what was taken off, from whose money, and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

__all__ = ["OfferUse", "UseTerms"]


@dataclass(frozen=True, slots=True)
class OfferUse:
    """One use of one offer in one order; ``key`` is the idempotency key.

    ``decision_id`` is the promise that was used; a code that was entered without one has a promise
    of its own, made at that moment. Minor units of ``currency``: ``discount_minor`` came off,
    ``partner_minor`` of it is paid by a partner, and ``totals`` is the cart as it was priced.
    ``state`` is ``redeemed`` or ``rolled_back``.
    """

    use_id: str
    key: str
    shopper_id: str
    campaign_id: str
    offer_id: str
    decision_id: str
    code: str
    order_id: str
    at: datetime
    currency: str
    discount_minor: int
    partner_minor: int
    totals: Mapping[str, int]
    state: str = "redeemed"
    rolled_back_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UseTerms:
    """What one use takes, and what it must keep to.

    Parameters
    ----------
    account : str
        The campaign's, in the budget ledger.
    spent_minor, shared : int, mapping of str to int
        What it costs the campaign, and further accounts.
    most_minor, most_shared : int, mapping of str to int
        What the promise may cost at most: set aside now where it was not before.
    until : datetime
        When money that is set aside now goes back unused.
    per_shopper, total : int or None
        How often the offer may be used, by one shopper and by all; ``None`` for no limit.
    single : bool
        Whether the code is one of a pool, good for one use.
    known_as : str
        Under which earlier uses of the shopper are counted too: those before an erasure.
    """

    account: str
    spent_minor: int
    most_minor: int
    until: datetime
    shared: Mapping[str, int] = field(default_factory=dict)
    most_shared: Mapping[str, int] = field(default_factory=dict)
    per_shopper: int | None = None
    total: int | None = None
    single: bool = False
    known_as: str = ""
