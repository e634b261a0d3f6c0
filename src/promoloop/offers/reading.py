"""Offers and campaigns from what a marketer wrote, strictly.

Takes values that are already loaded (from YAML or JSON) and does no I/O. Every error names the
file, the offer or campaign, the field, and what to do.
"""

from __future__ import annotations

from math import isclose, isfinite
from typing import Any

from babel.numbers import is_currency

from promoloop.core import (
    InvalidError,
    Readers,
    as_list,
    as_mapping,
    record_from_data,
    require_locale,
)
from promoloop.offers.conditions import FlashWindow
from promoloop.offers.partners import check_partner
from promoloop.offers.records import GUARDRAIL_METRICS, Campaign, Guardrail, Offer
from promoloop.offers.stored import OFFER_READERS

__all__ = ["ARM_NAMES", "campaign_from_data", "offers_from_data"]

#: The arms a campaign must share its audience among.
ARM_NAMES = ("policy", "random", "bau", "holdout")


def offers_from_data(data: object, file: str) -> tuple[Offer, ...]:
    """The offers in ``data``: a list of offers, or a mapping whose only field is ``offers``.

    Parameters
    ----------
    data : object
        What ``yaml.safe_load`` gave. Amounts are whole minor units, times have their zone.
    file : str
        Where it came from, for errors.

    Raises
    ------
    InvalidError
        The first thing that is wrong: unknown or missing fields, wrong types, unknown parts,
        amounts out of range, a time without zone, an end before its start, an id used twice, a
        partner with two budgets.

    Examples
    --------
    >>> import yaml
    >>> text = '''
    ... offers:
    ...   - offer_id: coffee-20
    ...     names: {en-US: coffee, zh-CN: 咖啡}
    ...     group: COFFEE
    ...     reward: {code: percent_off, percent: 20, ceiling_minor: 400}
    ...     valid_from: 2026-11-01T00:00:00Z
    ...     valid_until: 2026-12-01T00:00:00Z
    ...     currency: USD
    ... '''
    >>> [offer.reward for offer in offers_from_data(yaml.safe_load(text), "offers.yaml")]
    [PercentOff(percent=20, ceiling_minor=400)]
    """
    listed = _listed(data, file)
    if not listed:
        raise InvalidError(f"{file}, field offers", "there is no offer", "Write at least one.")
    offers: dict[str, Offer] = {}
    for at, one in enumerate(listed, 1):
        offer = _offer(one, _where(file, "offer", "offer_id", one, at))
        if offer.offer_id in offers:
            raise InvalidError(
                f"{file}, offer {offer.offer_id!r} (number {at}), field offer_id",
                "an offer above has the same id",
                "Give it another id.",
            )
        check_partner(offer, offers.values(), f"{file}, offer {offer.offer_id!r} (number {at})")
        offers[offer.offer_id] = offer
    return tuple(offers.values())


def campaign_from_data(data: object, file: str) -> Campaign:
    """The campaign in ``data``: its fields, or a mapping whose only field is ``campaign``.

    Raises
    ------
    InvalidError
        The first thing that is wrong: unknown or missing fields, wrong types, a budget that is
        not positive, arm shares that do not sum to 1, unknown or missing arms, no offers or
        channels, hours outside 0 to 23, less than one week, a floor outside [0, 1), a guardrail
        that is not known or cannot be crossed.
    """
    inner = data.get("campaign") if isinstance(data, dict) and set(data) == {"campaign"} else data
    where = _where(file, "campaign", "campaign_id", inner, None)
    campaign = record_from_data(Campaign, inner, where, _CAMPAIGN_READERS)
    _check_numbers(campaign, where)
    _check_lists(campaign, where)
    _check_arms(campaign, where)
    _check_guardrails(campaign, where)
    _check_currency(campaign.currency, where)
    return campaign


def _listed(data: object, file: str) -> Any:
    if isinstance(data, list):
        return data
    top = as_mapping(file, data)
    for name in top:
        if name != "offers":
            raise InvalidError(
                f"{file}, field {name}", "there is no such field", "Put the list under `offers:`."
            )
    return as_list(f"{file}, field offers", top.get("offers", []))


def _where(file: str, what: str, key: str, one: object, at: int | None) -> str:
    name = one.get(key) if isinstance(one, dict) else None
    number = "" if at is None else f" (number {at})" if name else f" number {at}"
    return f"{file}, {what}{f' {name!r}' if name else ''}{number}"


def _offer(data: object, where: str) -> Offer:
    offer = record_from_data(Offer, data, where, OFFER_READERS)
    _check_currency(offer.currency, where)
    _check_names(offer, where)
    _check_validity(offer, where)
    _at_least(1, offer.revision, f"{where}, field revision")
    for name in ("per_shopper", "total", "money_minor"):
        cap = getattr(offer.caps, name)
        _at_least(1, 1 if cap is None else cap, f"{where}, field caps, field {name}")
    kinds = [condition.code for condition in offer.conditions]
    for kind in kinds:
        _require(
            kinds.count(kind) == 1,
            f"{where}, field conditions",
            f"{kind} stands there twice",
            "Write it once, with all it needs.",
        )
    return offer


def _check_names(offer: Offer, where: str) -> None:
    _require(bool(offer.names), f"{where}, field names", "it is empty", "Name it per locale.")
    for locale in offer.names:
        try:
            require_locale(locale)
        except InvalidError as error:
            raise InvalidError(f"{where}, field names", error.case, error.remedy) from error


def _check_validity(offer: Offer, where: str) -> None:
    _require(
        offer.valid_from < offer.valid_until,
        f"{where}, field valid_until",
        f"{offer.valid_until.isoformat()} is not after valid_from {offer.valid_from.isoformat()}",
        "Swap the two or move the end.",
    )
    for condition in offer.conditions:
        if isinstance(condition, FlashWindow):
            _require(
                condition.start < offer.valid_until and offer.valid_from < condition.end,
                f"{where}, field conditions, flash_window",
                "it lies outside valid_from and valid_until",
                "Put it inside the offer's validity.",
            )


def _check_numbers(campaign: Campaign, where: str) -> None:
    _at_least(1, campaign.budget_minor, f"{where}, field budget_minor")
    _at_least(1, campaign.weeks, f"{where}, field weeks")
    _at_least(1, campaign.contacts_per_week, f"{where}, field contacts_per_week")
    _require(
        0 <= campaign.floor < 1,
        f"{where}, field floor",
        f"{campaign.floor} is outside [0, 1)",
        "Give a small share such as 0.005.",
    )
    for channel, cost in campaign.channels.items():
        _at_least(0, cost, f"{where}, field channels, {channel}")
    for hour in campaign.hours:
        _require(
            0 <= hour <= 23,
            f"{where}, field hours",
            f"{hour} is no hour of the day",
            "Use whole hours from 0 to 23.",
        )


def _check_lists(campaign: Campaign, where: str) -> None:
    for name in ("offer_ids", "channels", "hours"):
        values = list(getattr(campaign, name))
        _require(bool(values), f"{where}, field {name}", "it is empty", "Give at least one.")
        _require(
            len(set(values)) == len(values),
            f"{where}, field {name}",
            "something stands there twice",
            "Keep one of them.",
        )


def _check_arms(campaign: Campaign, where: str) -> None:
    at = f"{where}, field arms"
    for arm, share in campaign.arms.items():
        _require(
            arm in ARM_NAMES, f"{at}, {arm}", "it is not an arm", f"Use {', '.join(ARM_NAMES)}."
        )
        _require(0 <= share <= 1, f"{at}, {arm}", f"{share} is no share", "Use 0 to 1.")
    total = sum(campaign.arms.values())
    _require(
        isclose(total, 1, abs_tol=1e-9), at, f"the shares sum to {total:g}", "Let them sum to 1."
    )


def _guardrails(where: str, data: object) -> tuple[Guardrail, ...]:
    return tuple(
        record_from_data(Guardrail, one, f"{where}, item {at}")
        for at, one in enumerate(as_list(where, data), 1)
    )


_CAMPAIGN_READERS: Readers = {"guardrails": _guardrails}


def _check_guardrails(campaign: Campaign, where: str) -> None:
    for at, rail in enumerate(campaign.guardrails, 1):
        here = f"{where}, field guardrails, item {at}"
        _require(
            rail.metric in GUARDRAIL_METRICS,
            f"{here}, field metric",
            f"{rail.metric!r} is not measured",
            f"Use one of {', '.join(GUARDRAIL_METRICS)}.",
        )
        _require(
            rail.direction in ("above", "below"),
            f"{here}, field direction",
            f"{rail.direction!r} is no side of a limit",
            "Write above to pause when it rises above the limit, or below.",
        )
        is_rate = rail.metric.endswith("_rate")
        _require(
            isfinite(rail.limit) and (not is_rate or 0 < rail.limit < 1),
            f"{here}, field limit",
            f"{rail.limit} {'is no share between 0 and 1' if is_rate else 'is no number'}",
            "Write a rate as a share: 0.005 is 5 in 1,000 messages.",
        )
    metrics = [rail.metric for rail in campaign.guardrails]
    _require(
        len(set(metrics)) == len(metrics),
        f"{where}, field guardrails",
        "one metric stands there twice",
        "Keep the stricter one.",
    )
    _require(
        "margin_per_shopper" not in metrics or campaign.arms.get("holdout", 0) > 0,
        f"{where}, field guardrails",
        "margin_per_shopper is measured against the holdout, and no shopper is in it",
        "Give the arm holdout a share, or take the guardrail away.",
    )


def _check_currency(currency: str, where: str) -> None:
    _require(
        is_currency(currency),
        f"{where}, field currency",
        f"{currency!r} is no ISO 4217 currency",
        "Write it like USD or CNY.",
    )


def _at_least(low: int, value: int, where: str) -> None:
    _require(value >= low, where, f"{value} is too small", f"Give {low} or more.")


def _require(holds: bool, where: str, case: str, remedy: str) -> None:
    if not holds:
        raise InvalidError(where, case, remedy)
