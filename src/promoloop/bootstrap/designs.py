"""Designed offers as files: offers and the campaign that tests them, as ``ingest`` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from promoloop.bootstrap.files import write_page
from promoloop.core import Money
from promoloop.flows.design import GroupDesign, TrialPlan
from promoloop.offers import Campaign, offer_to_json

__all__ = ["design_figures", "write_design"]

_LOCALE = "en-US"


def write_design(found: GroupDesign, path: Path) -> tuple[Path, ...]:
    """Write the staged offers to ``path`` and their campaign beside it; nothing without offers.

    Returns the files written. Both begin with what is expected and how to test it, as comments.
    """
    if found.campaign is None:
        return ()
    beside = path.with_suffix(f".campaign{path.suffix}")
    head = "".join(f"# {line}\n" for line in _expected(found))
    offers = {"offers": [_tidy(offer_to_json(offer)) for offer in found.offers]}
    write_page(path, head + _yaml(offers))
    write_page(beside, head + _yaml({"campaign": _plain(found.campaign)}))
    return path, beside


def design_figures(found: GroupDesign, files: tuple[Path, ...]) -> Mapping[str, object]:
    """What the command line shows of a design; amounts in minor units."""
    design = found.design
    if not files:
        said = "no offer earns more than nothing; nothing was written"
        return {"conclusion": said, **_searched(found)}
    return {
        "written": [str(path) for path in files],
        "offers": [offer.offer_id for offer in found.offers],
        "shares": [round(share, 3) for share in design.shares],
        "weeks": design.menu.weeks,
        "expected_margin": _money(design.margin_minor, found),
        "interval_90_percent": [
            _money(one, found) for one in (design.low_minor, design.high_minor)
        ],
        "expected_margin_minor": round(design.margin_minor),
        "expected_spend": _money(design.spend_minor, found),
        "test": {} if found.test is None else _trial(found.test),
        **_searched(found),
    }


def _searched(found: GroupDesign) -> dict[str, object]:
    return {
        "shoppers": found.shoppers,
        "outcomes_learnt_from": found.outcomes,
        "menus_considered": found.design.considered,
        "caution": found.design.caution,
        "seed": found.design.seed,
    }


def _trial(test: TrialPlan) -> dict[str, object]:
    return {**asdict(test), "enough": test.enough}


def _expected(found: GroupDesign) -> list[str]:
    """The head of both files, in plain words."""
    design, test = found.design, found.test
    low, high = _money(design.low_minor, found), _money(design.high_minor, found)
    lines = [
        f"Designed offers on {found.wishes.group} for {found.shoppers} shoppers: staged, not live.",
        f"Expected margin above no offer {_money(design.margin_minor, found)}, 90 % interval"
        f" {low} to {high}; expected spend {_money(design.spend_minor, found)}.",
        f"From {found.outcomes} outcomes; seed {design.seed}, caution {design.caution:g},"
        f" {design.considered} menus compared.",
    ]
    if not found.outcomes:
        lines.append("Nothing was learnt from yet: this is what the prior says. Test it.")
    if test is not None:
        lines += [
            f"A/B test: {test.treated} shoppers with and {test.control} without, over"
            f" {test.weeks} weeks; the interval may be looked at any day.",
            f"There are {test.available}: {'enough' if test.enough else 'not enough'} to find the"
            f" expected gain per shopper, {_money(test.lift_minor, found)}; they would show"
            f" {_money(test.smallest_lift_minor, found)}.",
        ]
    return lines


def _plain(campaign: Campaign) -> dict[str, Any]:
    """A campaign's fields as YAML takes them, without what is left at its default."""
    arms = {arm: share for arm, share in campaign.arms.items() if share > 0}
    return {
        "campaign_id": campaign.campaign_id,
        "name": campaign.name,
        "offer_ids": list(campaign.offer_ids),
        "channels": dict(campaign.channels),
        "hours": list(campaign.hours),
        "budget_minor": campaign.budget_minor,
        "currency": campaign.currency,
        "arms": {**dict.fromkeys(campaign.arms, 0.0), **arms},
        "starts_at": campaign.starts_at.isoformat(),
        "weeks": campaign.weeks,
        "salt": campaign.salt,
    }


def _tidy(offer: dict[str, Any]) -> dict[str, Any]:
    """Without empty parts, which a reader would stumble over."""
    caps = {name: most for name, most in offer["caps"].items() if most is not None}
    return {**offer, "caps": caps}


def _yaml(data: object) -> str:
    text: str = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=100)
    return text


def _money(minor: float, found: GroupDesign) -> str:
    return Money(round(minor), found.currency).text(_LOCALE)
