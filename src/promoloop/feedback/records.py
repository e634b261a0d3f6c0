"""What happened after a decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Click", "Outcome", "Reward"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing that happened to one shopper, as reported.

    ``kind`` is ``opened``, ``clicked``, ``ordered``, ``redeemed``, ``unsubscribed``, ``complained``
    (called it spam), ``denied`` (the checkout did not take a promised code) or ``refunded`` (what
    an order brought was given back: amounts below zero, ``at`` the moment of the order, so that it
    counts where the order did). ``decision_id`` is empty where the report names none.
    ``margin_minor`` is the margin before discount of what was bought from ``group``,
    ``discount_minor`` what the offer took off.
    ``source`` is ``"real"`` or ``"simulated"`` and never changes.
    """

    outcome_id: str
    shopper_id: str
    decision_id: str
    kind: str
    group: str
    at: datetime
    revenue_minor: int
    margin_minor: int
    discount_minor: int
    source: str


@dataclass(frozen=True, slots=True)
class Reward:
    """What one decision brought within its attribution window, bots filtered.

    ``bought`` says whether the shopper bought from ``group`` in the window;
    ``reward_minor`` is margin − discount − contact cost − ``left_minor``, which is what it cost
    that the shopper left or complained after it. Until ``matured_at`` it may still grow.
    """

    decision_id: str
    shopper_id: str
    group: str
    matured_at: datetime
    bought: bool
    redeemed: bool
    clicked: bool
    margin_minor: int
    discount_minor: int
    contact_minor: int
    reward_minor: int
    left_minor: int = 0


@dataclass(frozen=True, slots=True)
class Click:
    """One link of one message followed, by a person or a machine; kept either way.

    ``kind`` is one of ``LINK_KINDS``, ``target`` where the link leads. ``signs`` are the reason
    codes that speak for a machine and could be seen at that moment (``head``, ``agent:NAME``,
    ``datacentre``); what only later ones show is in ``label_clicks``. No address and no name of a
    browser is kept.
    """

    click_id: str
    decision_id: str
    kind: str
    target: str
    at: datetime
    signs: tuple[str, ...] = ()
