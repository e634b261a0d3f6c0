"""What the features of an action say about a shopper, gathered into reasons in plain words.

Several features may speak of one thing (coupon affinity stands in three of them): their shares are
one reason. A feature nobody has found words for is named as it is, so nothing is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from promoloop.decide.phrases import CHANNELS, KINDS, PHRASES
from promoloop.respond import Attribution

__all__ = ["Reason", "has_words", "largest", "reasons_of"]

Said = tuple[str, dict[str, object]]
Values = Mapping[str, float]
Percent = Callable[[float], str]

#: Features that speak of one thing, by that thing.
_TOPICS: Mapping[str, str] = {
    "intercept": "offer_at_all",
    "depth": "depth",
    "coupon_affinity": "coupons",
    "depth_x_coupon_affinity": "coupons",
    "depth_x_coupon_affinity_squared": "coupons",
    "depth_x_discount_affinity": "discounts",
    "depth_x_both_affinities": "both",
    "depth_x_price_index": "price",
    "habit": "habit",
    "hour_affinity": "hour",
    "fatigue": "tired",
    "new": "new",
    "vip": "vip",
    "depth_x_vip": "vip",
    "depth_x_own_answers": "own_answers",
    "copy": "copy",
    "lapsed": "lapsed",
}
_FAMILIES = ("channel", "variant", "kind", "offer")


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for (money above 0) or against an action.

    ``log_odds`` is its exact part of the log odds of buying, 0 for costs; ``money_minor`` its
    exact part of the priced value, minor units; ``features`` are those it gathers.
    """

    topic: str
    text: str
    log_odds: float
    money_minor: float
    features: tuple[str, ...]


def has_words(feature: str) -> bool:
    """Whether ``feature`` is said in words rather than by its name.

    >>> has_words("offer:coffee-25"), has_words("some_new_feature")
    (True, False)
    """
    return not _topic(feature).startswith("unknown:")


def reasons_of(split: Attribution, hour: int, language: str, percent: Percent) -> list[Reason]:
    """Every reason of one action, one per topic that has any part; costs are not in it.

    ``percent`` writes a share of 1 in the reader's language.
    """
    values = {share.feature: share.value for share in split.shares}
    gathered: dict[str, list[int]] = {}
    for spot, share in enumerate(split.shares):
        gathered.setdefault(_topic(share.feature), []).append(spot)
    found = []
    for topic, spots in gathered.items():
        parts = [split.shares[spot] for spot in spots]
        if not any(part.log_odds for part in parts):
            continue
        key, figures = _said(topic, values, hour, percent)
        found.append(
            Reason(
                topic,
                PHRASES[language][key].format(**_worded(figures, language)),
                sum(part.log_odds for part in parts),
                sum(part.money_minor for part in parts),
                tuple(part.feature for part in parts),
            )
        )
    return found


def _topic(feature: str) -> str:
    """The thing a feature speaks of; ``unknown:NAME`` where nobody has said."""
    family, _, rest = feature.partition(":")
    if rest and family in _FAMILIES:
        of_lapsed = rest.endswith("_x_lapsed")
        return f"variant_lapsed:{rest.removesuffix('_x_lapsed')}" if of_lapsed else feature
    return _TOPICS.get(feature, f"unknown:{feature}")


def _said(topic: str, values: Values, hour: int, percent: Percent) -> Said:
    name, _, rest = topic.partition(":")
    if name == "unknown":
        return name, {"name": rest, "x": f"{values[rest]:g}"}
    if rest:
        return name, {name.removesuffix("_lapsed"): rest}
    tell = _TELLERS.get(name)
    return tell(values, hour, percent) if tell else (name, {})


def _depth(values: Values, hour: int, percent: Percent) -> Said:
    del hour
    return "depth", {"share": percent(values.get("depth", 0.0))}


def _coupons(values: Values, hour: int, percent: Percent) -> Said:
    del hour, percent
    rank = values.get("coupon_affinity", _per_depth(values, "depth_x_coupon_affinity"))
    return _ranked("coupons", rank)


def _discounts(values: Values, hour: int, percent: Percent) -> Said:
    del hour, percent
    return _ranked("discounts", _per_depth(values, "depth_x_discount_affinity"))


def _price(values: Values, hour: int, percent: Percent) -> Said:
    del hour
    off = _per_depth(values, "depth_x_price_index")
    if abs(off) < 0.05:
        return "price_middle", {}
    return ("price_dearer" if off > 0 else "price_cheaper"), {"share": percent(abs(off))}


def _habit(values: Values, hour: int, percent: Percent) -> Said:
    del hour, percent
    return _often("habit", values.get("habit", 0.0) ** 2)


def _hour(values: Values, hour: int, percent: Percent) -> Said:
    near = values.get("hour_affinity", 0.0)
    if near >= 1.0:
        return "hour_much", {"hour": hour}
    share = (near + 1.0) / 8.0
    key = "hour_some" if share >= 0.02 else "hour_never"
    return key, {"share": percent(share), "hour": hour}


def _tired(values: Values, hour: int, percent: Percent) -> Said:
    del hour, percent
    felt = values.get("fatigue", 0.0)
    return ("tired" if felt > 0 else "rested"), {"x": f"{felt:g}"}


def _own_answers(values: Values, hour: int, percent: Percent) -> Said:
    del hour, percent
    more = values.get("depth_x_own_answers", 0.0) >= 0.0
    return ("own_answers_more" if more else "own_answers_less"), {}


def _copy(values: Values, hour: int, percent: Percent) -> Said:
    del hour, percent
    return ("copy_better" if values.get("copy", 0.0) >= 0.0 else "copy_worse"), {}


_TELLERS: Mapping[str, Callable[[Values, int, Percent], Said]] = {
    "depth": _depth,
    "coupons": _coupons,
    "discounts": _discounts,
    "price": _price,
    "habit": _habit,
    "hour": _hour,
    "tired": _tired,
    "own_answers": _own_answers,
    "copy": _copy,
}


def _per_depth(values: Values, feature: str) -> float:
    """A trait that only stands in a product with the depth."""
    depth = values.get("depth", 0.0)
    return values.get(feature, 0.0) / depth if depth > 0 else 0.0


def _ranked(topic: str, rank: float) -> Said:
    """A mid-rank in [-1, 1] as "more often than n of 10"; the middle fifth is the middle."""
    share = (rank + 1.0) / 2.0
    if share >= 0.6:
        return f"{topic}_more", {"n": min(9, int(share * 10))}
    if share <= 0.4:
        return f"{topic}_less", {"n": min(9, int((1.0 - share) * 10))}
    return f"{topic}_middle", {}


def _often(topic: str, weekly: float) -> Said:
    if weekly >= 0.9:
        return f"{topic}_always", {}
    if weekly >= 0.15:
        return f"{topic}_often", {"n": round(weekly * 10)}
    return f"{topic}_seldom", {"n": min(52, round(1.0 / max(weekly, 0.01)))}


def _worded(figures: Mapping[str, object], language: str) -> dict[str, object]:
    """Channels and kinds of rewards by their names in the language."""
    worded = dict(figures)
    for field, words in (("channel", CHANNELS), ("kind", KINDS)):
        if field in worded:
            worded[field] = words[language].get(str(worded[field]), worded[field])
    return worded


def largest(reasons: Sequence[Reason], most: int) -> list[Reason]:
    """The ``most`` reasons of the largest amounts."""
    return sorted(reasons, key=lambda one: -abs(one.money_minor))[:most]
