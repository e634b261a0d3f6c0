"""Guards: what may not be done for whom, and why, before anything is weighed.

A guard is a small data object with a reason ``code`` and one pure method, ``blocks``. They are
asked in order; the first that cuts an action gives the reason that is logged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.decide.hours import CONTACT_HOURS, ContactHours, contact_hours
from promoloop.offers import Offer, is_open
from promoloop.respond import Action

__all__ = [
    "BudgetLeft",
    "CandidateOnly",
    "ConsentGiven",
    "ContactsLeft",
    "CopyApproved",
    "Guard",
    "Guarded",
    "LifecycleAudience",
    "OfferValid",
    "PartnerBudgetLeft",
    "PriceClaimSupported",
    "QuietHours",
    "ShopperFacts",
    "StockLeft",
    "apply_guards",
]

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ShopperFacts:
    """What guards need to know of n shoppers; every array is (n,).

    ``consent`` is per channel and ``candidates`` per offer id; a channel or an offer that is
    missing counts as no consent and no candidate. ``contacts`` counts the messages of the past
    seven days, without the one being decided.
    """

    shopper_ids: NDArray[np.str_]
    locale: NDArray[np.str_]
    lifecycle: NDArray[np.str_]
    contacts: NDArray[np.int64]
    consent: Mapping[str, Mask]
    candidates: Mapping[str, Mask]

    def __post_init__(self) -> None:
        n = self.shopper_ids.shape
        named = {
            "locale": self.locale,
            "lifecycle": self.lifecycle,
            "contacts": self.contacts,
            **{f"consent of {name}": mask for name, mask in self.consent.items()},
            **{f"candidates of {name}": mask for name, mask in self.candidates.items()},
        }
        for name, array in named.items():
            if array.shape != n:
                raise InvalidError(
                    f"{name} of shape {array.shape}",
                    f"there are shoppers of shape {n}",
                    "Give one entry per shopper.",
                )

    @property
    def n(self) -> int:
        """How many shoppers there are."""
        return self.shopper_ids.size


class Guard(Protocol):
    """One rule that cuts actions."""

    code: ClassVar[str]

    def blocks(self, shoppers: ShopperFacts, actions: Sequence[Action]) -> Mask:
        """True where the action may not be taken; shape (n, k)."""
        ...


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """The shopper agreed to be addressed on the channel."""

    code: ClassVar[str] = "no_consent"

    def blocks(self, shoppers: ShopperFacts, actions: Sequence[Action]) -> Mask:
        """Cut every channel without consent."""
        return ~_columns(actions, shoppers.n, lambda a: a.channel, shoppers.consent)


@dataclass(frozen=True, slots=True)
class CandidateOnly:
    """The offer is among those found worth considering for the shopper."""

    code: ClassVar[str] = "not_a_candidate"

    def blocks(self, shoppers: ShopperFacts, actions: Sequence[Action]) -> Mask:
        """Cut every offer that is no candidate."""
        return ~_columns(actions, shoppers.n, lambda a: a.offer_id, shoppers.candidates)


@dataclass(frozen=True, slots=True)
class OfferValid:
    """The offer is open at ``at``: valid, and inside its flash window if it has one."""

    at: datetime
    offers: Sequence[Offer]
    code: ClassVar[str] = "offer_not_valid"

    def blocks(self, shoppers: ShopperFacts, actions: Sequence[Action]) -> Mask:
        """Cut offers that are not open; an unknown offer is an ``InvalidError``."""
        running = {offer.offer_id: is_open(offer, self.at) for offer in self.offers}
        return _for_all(shoppers, [not _known(running, a.offer_id) for a in actions])


@dataclass(frozen=True, slots=True)
class PriceClaimSupported:
    """The price history bears out the reduction that the offer announces; see ``refused``."""

    refused: frozenset[str]
    code: ClassVar[str] = "price_claim"

    def blocks(self, shoppers: ShopperFacts, actions: Sequence[Action]) -> Mask:
        """Cut every action of a refused offer."""
        return _for_all(shoppers, [action.offer_id in self.refused for action in actions])


@dataclass(frozen=True, slots=True)
class ContactsLeft:
    """At most ``limit`` messages in seven days, the one being decided included.

    ``channels`` names those that count as contact; none named means all of them.
    """

    limit: int
    channels: tuple[str, ...] = ()
    code: ClassVar[str] = "frequency_cap"

    def blocks(self, shoppers: ShopperFacts, actions: Sequence[Action]) -> Mask:
        """Cut contacts for those who have had their share."""
        full = shoppers.contacts + 1 > self.limit
        counts = [not self.channels or a.channel in self.channels for a in actions]
        return _for_all(shoppers, counts) & full[:, None]


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The action's local hour is one at which the channel may be used in this market."""

    market: str
    on: date
    table: Sequence[ContactHours] = CONTACT_HOURS
    code: ClassVar[str] = "quiet_hours"

    def blocks(self, shoppers: ShopperFacts, actions: Sequence[Action]) -> Mask:
        """Cut hours outside the row in force; a channel without one is an ``InvalidError``."""
        rows = {
            channel: contact_hours(channel, self.market, self.on, self.table)
            for channel in {action.channel for action in actions}
        }
        return _for_all(shoppers, [not rows[a.channel].allows(a.hour) for a in actions])


@dataclass(frozen=True, slots=True)
class LifecycleAudience:
    """The shopper is in a lifecycle stage the campaign is for; none named means all."""

    stages: tuple[str, ...]
    code: ClassVar[str] = "not_in_audience"

    def blocks(self, shoppers: ShopperFacts, actions: Sequence[Action]) -> Mask:
        """Cut everything for shoppers outside the audience."""
        outside = ~np.isin(shoppers.lifecycle, self.stages) & bool(self.stages)
        return _for_all(shoppers, [True] * len(actions)) & outside[:, None]


@dataclass(frozen=True, slots=True)
class StockLeft:
    """There are units left; an offer that ``units`` does not name has no such limit."""

    units: Mapping[str, int]
    code: ClassVar[str] = "stock_exhausted"

    def blocks(self, shoppers: ShopperFacts, actions: Sequence[Action]) -> Mask:
        """Cut offers of which no unit is left."""
        return _for_all(shoppers, [self.units.get(a.offer_id, 1) < 1 for a in actions])


@dataclass(frozen=True, slots=True)
class BudgetLeft:
    """What is left of the budget could pay for the promise.

    ``liability_minor`` is the most the promise can cost: one figure, or an array that
    broadcasts to (n, k).
    """

    left_minor: int
    liability_minor: int | NDArray[np.int64] = 1
    code: ClassVar[str] = "budget_exhausted"

    def blocks(self, shoppers: ShopperFacts, actions: Sequence[Action]) -> Mask:
        """Cut promises that cost more than is left."""
        dear = np.atleast_2d(self.liability_minor) > self.left_minor
        return _for_all(shoppers, [True] * len(actions)) & dear


@dataclass(frozen=True, slots=True)
class PartnerBudgetLeft:
    """What is left of the partner's budget could pay its part of the promise.

    ``left_minor`` is what the partner of each offer has left, ``liability_minor`` the most its part
    of one promise can cost; an offer that is in neither has no partner.
    """

    left_minor: Mapping[str, int]
    liability_minor: Mapping[str, int]
    code: ClassVar[str] = "partner_budget_exhausted"

    def blocks(self, shoppers: ShopperFacts, actions: Sequence[Action]) -> Mask:
        """Cut offers whose partner could not pay."""
        dear = [
            self.liability_minor.get(a.offer_id, 0) > self.left_minor.get(a.offer_id, 0)
            for a in actions
        ]
        return _for_all(shoppers, dear)


@dataclass(frozen=True, slots=True)
class CopyApproved:
    """There is an approved copy for the shopper's language and stage.

    ``approved`` holds (offer_id, locale, channel, variant, moment). A text for another moment does
    not do: it may welcome somebody back who never left.
    """

    approved: frozenset[tuple[str, str, str, str, str]]
    code: ClassVar[str] = "copy_missing"

    def blocks(self, shoppers: ShopperFacts, actions: Sequence[Action]) -> Mask:
        """Cut what there are no words for in the shopper's locale and lifecycle."""
        locales, spoken = np.unique(shoppers.locale, return_inverse=True)
        stages, stage = np.unique(shoppers.lifecycle, return_inverse=True)
        missing = [
            (a.offer_id, str(locale), a.channel, a.variant, str(moment)) not in self.approved
            for locale in locales
            for moment in stages
            for a in actions
        ]
        table = np.array(missing, dtype=np.bool_)  # (locales, stages, k)
        return table.reshape(len(locales), len(stages), len(actions))[spoken, stage]


@dataclass(frozen=True, slots=True)
class Guarded:
    """What is left after the guards, and why the rest is not.

    ``eligible`` (n, k); ``reason`` (n, k) indexes ``codes``, -1 where eligible.
    """

    actions: tuple[Action, ...]
    eligible: Mask
    reason: NDArray[np.int8]
    codes: tuple[str, ...]

    def rejected(self, row: int) -> Mapping[str, str]:
        """Reason code of what was cut for one shopper, said as briefly as it can be.

        Keys are ``"*"`` when one reason cut everything, else an offer, ``offer/channel``,
        ``offer/channel/hour`` or a whole action, whichever is the widest with one reason.
        """
        codes = self.reason[row]
        if codes.size and codes[0] >= 0 and (codes == codes[0]).all():
            return {"*": self.codes[codes[0]]}
        said: dict[str, str] = {}
        self._say(list(enumerate(codes.tolist())), 1, said)
        return said

    def all_rejected(self) -> tuple[Mapping[str, str], ...]:
        """``rejected`` of every row; rows cut alike are worked out once."""
        rows, which = np.unique(self.reason, axis=0, return_index=True, return_inverse=True)[1:]
        said = [self.rejected(int(row)) for row in rows]
        return tuple(said[index] for index in which.ravel())

    def _say(self, cut: list[tuple[int, int]], depth: int, said: dict[str, str]) -> None:
        groups: dict[str, list[tuple[int, int]]] = {}
        for column, code in cut:
            key = "/".join(self.actions[column].key.split("/")[:depth])
            groups.setdefault(key, []).append((column, code))
        for key, members in groups.items():
            codes = {code for _, code in members}
            if len(codes) > 1:
                self._say(members, depth + 1, said)
            elif min(codes) >= 0:
                said[key] = self.codes[min(codes)]


def apply_guards(
    guards: Sequence[Guard], shoppers: ShopperFacts, actions: Sequence[Action]
) -> Guarded:
    """Ask every guard about every shopper and action.

    Raises
    ------
    InvalidError
        When an action is there twice, or a guard is asked about something it does not know.
    """
    if len(set(actions)) != len(actions):
        raise InvalidError(
            f"{len(actions)} actions", "some of them are there twice", "Name each action once."
        )
    codes = tuple(dict.fromkeys(guard.code for guard in guards))
    reason = np.full((shoppers.n, len(actions)), -1, dtype=np.int8)
    for guard in guards:
        cut = guard.blocks(shoppers, actions) & (reason < 0)
        reason[cut] = codes.index(guard.code)
    return Guarded(tuple(actions), reason < 0, reason, codes)


def _columns(
    actions: Sequence[Action], n: int, key: Callable[[Action], str], masks: Mapping[str, Mask]
) -> Mask:
    nobody = np.zeros(n, dtype=np.bool_)
    columns = [masks.get(key(action), nobody) for action in actions]
    return np.column_stack(columns) if columns else np.zeros((n, 0), dtype=np.bool_)


def _for_all(shoppers: ShopperFacts, flags: list[bool]) -> Mask:
    """One flag per action, the same for every shopper."""
    return np.tile(np.array(flags, dtype=np.bool_), (shoppers.n, 1))


def _known(table: Mapping[str, bool], offer_id: str) -> bool:
    if offer_id not in table:
        raise InvalidError(
            f"the offer {offer_id!r}", "no such offer was given", "Check the offer id."
        )
    return table[offer_id]
