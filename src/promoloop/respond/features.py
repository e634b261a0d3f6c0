"""What the effect of an action may depend on, as numbers known before it is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.respond.records import Action

__all__ = [
    "BASKET_SPREAD",
    "CopyLifts",
    "OfferTerms",
    "ShopperTraits",
    "effect_features",
    "feature_names",
    "row_features",
]

#: Standard deviation of the logarithm of a shopper's baskets around their mean. An assumption
#: close to what grocery baskets of one product group show.
BASKET_SPREAD = 0.5

_SHARED = (
    "intercept",
    "depth",
    "depth_x_coupon_affinity",
    "depth_x_coupon_affinity_squared",
    "depth_x_discount_affinity",
    "depth_x_price_index",
    "depth_x_both_affinities",
    "coupon_affinity",
    "habit",
    "hour_affinity",
    "fatigue",
    "depth_x_vip",
    "depth_x_own_answers",
    "copy",
    "new",
    "vip",
    "lapsed",
)


@dataclass(frozen=True, slots=True)
class CopyLifts:
    """How much better than an average text of its cell each text is believed to do.

    ``log_odds`` has (cells,) per (offer_id, channel, variant), 0 where there is no such text or
    nothing is known of it; ``cell`` (n,) is each shopper's: who reads the same texts.
    """

    cell: NDArray[np.int64]
    log_odds: Mapping[tuple[str, str, str], NDArray[np.float64]]

    def of(
        self, actions: Sequence[Action], rows: NDArray[np.int64], columns: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """(m,) of the text that action ``columns[i]`` would send to shopper ``rows[i]``."""
        none = np.zeros(int(self.cell.max(initial=-1)) + 1)
        keys = [(action.offer_id, action.channel, action.variant) for action in actions]
        table = np.stack([self.log_odds.get(key, none) for key in keys])  # (k, cells)
        return np.asarray(table[columns, self.cell[rows]])


@dataclass(frozen=True, slots=True)
class ShopperTraits:
    """What profiles tell about n shoppers; every array has n rows.

    ``coupon_affinity`` and ``discount_affinity`` are ranks of the profiles' coupon and discount
    shares, scaled to [-1, 1]; ``price_index`` is the profile's, centred on its median;
    ``lifecycle`` one of LIFECYCLES; ``hours`` (n, 24) shares of orders by local hour;
    ``fatigue`` (n,) recent contacts, older ones counting less; ``own_answers`` (n,) how much more
    (less, when negative) the shopper's own answers to past offers lean on depth than the model
    foretold, in log odds per unit of depth, shrunk to zero; ``None`` while nothing is known.
    ``copy_lifts`` says what the texts have done so far; ``None`` while nothing is known.
    """

    shopper_ids: NDArray[np.str_]
    coupon_affinity: NDArray[np.float64]
    discount_affinity: NDArray[np.float64]
    price_index: NDArray[np.float64]
    recency_days: NDArray[np.float64]
    lifecycle: NDArray[np.str_]
    hours: NDArray[np.float64]
    fatigue: NDArray[np.float64]
    own_answers: NDArray[np.float64] | None = None
    copy_lifts: CopyLifts | None = None

    @classmethod
    def from_profiles(
        cls, profiles: pl.DataFrame, shopper_ids: Sequence[str], fatigue: NDArray[np.float64]
    ) -> ShopperTraits:
        """Traits in the order of ``shopper_ids`` from a PROFILE frame.

        Raises
        ------
        InvalidError
            If a shopper has no profile.
        """
        wanted = pl.DataFrame({"shopper_id": list(shopper_ids)})
        rows = wanted.join(profiles, on="shopper_id", how="left", maintain_order="left")
        lost = rows.filter(pl.col("lifecycle").is_null())["shopper_id"].to_list()
        if lost:
            raise InvalidError(
                f"the traits of shopper {lost[0]}",
                "there is no profile of this shopper",
                "Fold profiles from a history that has the shopper, or leave the shopper out.",
            )
        index = rows["price_index"].fill_null(1.0).fill_nan(1.0).to_numpy()
        return cls(
            shopper_ids=np.asarray(shopper_ids, dtype=np.str_),
            coupon_affinity=_ranks(rows["coupon_share"].fill_null(0.0).to_numpy()),
            discount_affinity=_ranks(rows["discount_share"].fill_null(0.0).to_numpy()),
            price_index=np.clip(index - np.median(index), -1.0, 1.0),
            recency_days=rows["recency_days"].to_numpy(),
            lifecycle=np.asarray(rows["lifecycle"].to_list(), dtype=np.str_),
            hours=np.asarray(rows["hours"].to_list(), dtype=np.float64),
            fatigue=fatigue,
        )

    def with_fatigue(self, fatigue: NDArray[np.float64]) -> ShopperTraits:
        """The same shoppers after other recent contacts."""
        return replace(self, fatigue=fatigue)

    def with_own_answers(self, own_answers: NDArray[np.float64]) -> ShopperTraits:
        """The same shoppers, their own answers to past offers being known."""
        return replace(self, own_answers=own_answers)

    def with_copy_lifts(self, copy_lifts: CopyLifts) -> ShopperTraits:
        """The same shoppers, it being known what the texts they may get have done so far."""
        return replace(self, copy_lifts=copy_lifts)


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """What one offer means for each of n shoppers.

    ``reward_minor`` (n,) is what it is expected to take off the shopper's basket of the group,
    ``depth`` (n,) that reward as a share of the basket, ``habit`` (n,) the weekly probability of
    buying from the group anyway; ``liability_minor`` the most one such promise can cost.
    ``partner_minor`` (n,) and ``partner_liability_minor`` are what a partner pays of them; ``None``
    and 0 where there is no partner.
    """

    offer_id: str
    group: str
    kind: str
    reward_minor: NDArray[np.float64]
    depth: NDArray[np.float64]
    habit: NDArray[np.float64]
    liability_minor: int
    partner_minor: NDArray[np.float64] | None = None
    partner_liability_minor: int = 0

    @property
    def paid_by_partner(self) -> NDArray[np.float64]:
        """What a partner is expected to pay of the reward, (n,); zeros without one."""
        return (
            np.zeros_like(self.reward_minor) if self.partner_minor is None else self.partner_minor
        )

    @property
    def shop_minor(self) -> NDArray[np.float64]:
        """What the reward is expected to cost the shop itself, (n,)."""
        return self.reward_minor - self.paid_by_partner


def feature_names(actions: Sequence[Action], terms: Sequence[OfferTerms]) -> tuple[str, ...]:
    """Names of the last axis of ``effect_features``, in order.

    Channels beyond the first and the second variant get an indicator each; every kind of reward
    and every offer gets one of its own (``offer:...``), which the model shrinks towards the shared
    ones. Variants that joined later differ by what is known of their text (``copy``) only: their
    names say nothing, since each cell names its own.
    """
    channels = sorted({action.channel for action in actions})[1:]
    variants = sorted({action.variant for action in actions})[1:2]
    return (
        *_SHARED,
        *(f"channel:{name}" for name in channels),
        *(f"variant:{name}" for name in variants),
        *(f"variant:{name}_x_lapsed" for name in variants),
        *(f"kind:{name}" for name in sorted({part.kind for part in terms})),
        *(f"offer:{part.offer_id}" for part in terms),
    )


def effect_features(
    traits: ShopperTraits, actions: Sequence[Action], terms: Sequence[OfferTerms]
) -> NDArray[np.float64]:
    """Every action for every shopper: (n, k, d), d = ``len(feature_names(actions, terms))``."""
    n, k = len(traits.shopper_ids), len(actions)
    rows, columns = np.repeat(np.arange(n), k), np.tile(np.arange(k), n)
    return row_features(traits, actions, terms, rows, columns).reshape(n, k, -1)


def row_features(
    traits: ShopperTraits,
    actions: Sequence[Action],
    terms: Sequence[OfferTerms],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Action ``columns[i]`` for shopper ``rows[i]``: (m, d), to learn from what was done."""
    names = feature_names(actions, terms)
    place = {name: index for index, name in enumerate(names)}
    result = np.zeros((len(rows), len(names)))
    part = _part_of_action(actions, terms)[columns]
    depth = np.stack([term.depth for term in terms])[part, rows]
    habit = np.stack([term.habit for term in terms])[part, rows]
    hour = np.array([action.hour for action in actions])[columns]
    own = np.zeros(len(rows)) if traits.own_answers is None else traits.own_answers[rows]
    lifts = traits.copy_lifts
    shared = (
        np.ones(len(rows)),
        depth,
        depth * traits.coupon_affinity[rows],
        depth * traits.coupon_affinity[rows] ** 2,
        depth * traits.discount_affinity[rows],
        depth * traits.price_index[rows],
        depth * traits.coupon_affinity[rows] * traits.discount_affinity[rows],
        traits.coupon_affinity[rows],
        np.sqrt(habit),
        _hour_affinity(traits.hours)[rows, hour],
        traits.fatigue[rows],
        depth * (traits.lifecycle[rows] == "vip"),
        depth * own,
        np.zeros(len(rows)) if lifts is None else lifts.of(actions, rows, columns),
        *((traits.lifecycle == name).astype(np.float64)[rows] for name in _SHARED[-3:]),
    )
    result[:, : len(_SHARED)] = np.stack(shared, axis=1)
    for name, values in _indicators(actions, terms, place):
        result[:, place[name]] = values[columns]
    lapsed = result[:, place["lapsed"]]
    for name in (name for name in names if name.endswith("_x_lapsed")):
        result[:, place[name]] = lapsed * result[:, place[name.removesuffix("_x_lapsed")]]
    return result


def _indicators(
    actions: Sequence[Action], terms: Sequence[OfferTerms], place: dict[str, int]
) -> list[tuple[str, NDArray[np.float64]]]:
    """(k,) zeros and ones for each indicator that stands among the names."""
    kinds = {term.offer_id: term.kind for term in terms}
    values: dict[str, NDArray[np.float64]] = {}
    for column, action in enumerate(actions):
        for name in (
            f"channel:{action.channel}",
            f"variant:{action.variant}",
            f"kind:{kinds[action.offer_id]}",
            f"offer:{action.offer_id}",
        ):
            values.setdefault(name, np.zeros(len(actions)))[column] = 1.0
    return [(name, column) for name, column in values.items() if name in place]


def _part_of_action(actions: Sequence[Action], terms: Sequence[OfferTerms]) -> NDArray[np.int64]:
    place = {term.offer_id: index for index, term in enumerate(terms)}
    lost = sorted({action.offer_id for action in actions} - set(place))
    if lost:
        raise InvalidError(
            f"an action with offer {lost[0]}",
            "there are no terms for this offer",
            "Build its terms with offer_terms and pass them along.",
        )
    return np.array([place[action.offer_id] for action in actions], dtype=np.int64)


def _hour_affinity(hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 24): own orders within an hour of each hour, against an even spread, in [-1, 2]."""
    near = hours + np.roll(hours, 1, axis=1) + np.roll(hours, -1, axis=1)
    return np.asarray(np.clip(near * 8.0 - 1.0, -1.0, 2.0), dtype=np.float64)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mid-ranks scaled to [-1, 1], so that a few extreme shoppers do not rule the feature."""
    ordered = np.sort(values)
    middle = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
    return np.asarray(middle / max(len(values), 1) - 1.0, dtype=np.float64)
