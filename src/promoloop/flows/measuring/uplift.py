"""Whom does the campaign move? Uplift of its arms against the holdout, and what to do about it.

Shoppers were dealt to arms by lot, with known shares, so each arm is a treatment and the holdout
the control. The outcome is the net margin per shopper and week, discounts and contacts off, over
the weeks that are closed; the features are what was known before the campaign began.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError, RefusedError
from promoloop.evaluate import Estimate, Targeting, judge_targeting, qini
from promoloop.flows.history.audience import load_audience
from promoloop.flows.house import House
from promoloop.flows.measuring.before import known_before
from promoloop.flows.measuring.measure import panel
from promoloop.flows.schedule import weeks_over
from promoloop.offers import Campaign
from promoloop.respond import (
    Economics,
    LinearBase,
    Trial,
    UpliftCalibration,
    calibrate,
    foretold_effects,
    outcomes_by_arm,
    target,
    trial_of,
)

__all__ = ["UpliftReport", "campaign_uplift"]

Figure = TypeVar("Figure")

_CONTROL = "holdout"
_FOLDS = 3
_BINS = 5
#: Fewer shoppers in an arm than this cannot be cross-fitted.
_FEWEST = 4 * _FOLDS


@dataclass(frozen=True, slots=True)
class UpliftReport:
    """What the campaign's own experiment says of whom its arms move.

    ``treatments`` are the arms other than the holdout, in the order of ``targeting.static``.
    ``qini`` and ``calibration`` are by arm; each is the words of a refusal where the log cannot
    tell. ``planned`` is the share of shoppers that the personalised plan would give each arm,
    "nothing" included. Money is minor units of ``currency`` per shopper and week.
    """

    campaign_id: str
    currency: str
    weeks: int
    shoppers: int
    treatments: tuple[str, ...]
    qini: Mapping[str, Estimate | str]
    calibration: Mapping[str, UpliftCalibration | str]
    planned: Mapping[str, float]
    targeting: Targeting


def campaign_uplift(
    house: House, campaign: Campaign, now: datetime, seed: int = 0, level: float = 0.95
) -> UpliftReport:
    """Estimate, check and price the uplift of a running or ended campaign.

    Every effect on a shopper comes from a model that did not see that shopper, so the plan may be
    judged on the same people.

    Raises
    ------
    RefusedError
        When no week is over, there is no holdout or no other arm, or an arm is too small.
    InvalidError
        When a week that is over has not been closed, or features are missing.
    """
    weeks = weeks_over(campaign, now)
    treatments = _treatments(campaign, weeks)
    audience = load_audience(house, campaign)
    seen = panel(house, campaign, audience, weeks)
    trial = _trial(
        campaign,
        treatments,
        known_before(house, campaign, audience),
        seen.arms,
        seen.margin.mean(axis=1),
    )
    effects = foretold_effects(trial, folds=_FOLDS, bags=2, seed=seed)
    plan = target(effects, np.zeros_like(effects), Economics(margin=1.0)).choice
    rng = np.random.default_rng(seed)
    expected = outcomes_by_arm(trial, LinearBase(100.0), _FOLDS, rng)
    shares = np.bincount(plan, minlength=len(treatments) + 1) / len(plan)
    return UpliftReport(
        campaign_id=campaign.campaign_id,
        currency=campaign.currency,
        weeks=weeks,
        shoppers=len(plan),
        treatments=treatments,
        qini={
            arm: _or_words(partial(_qini, trial, effects, j, rng, level))
            for j, arm in enumerate(treatments, start=1)
        },
        calibration={
            arm: _or_words(partial(calibrate, effects[:, j - 1], trial, j, _BINS, level))
            for j, arm in enumerate(treatments, start=1)
        },
        planned=dict(zip(("nothing", *treatments), map(float, shares), strict=True)),
        targeting=judge_targeting(trial.outcome, trial.arm, trial.odds, plan, expected, level),
    )


def _treatments(campaign: Campaign, weeks: int) -> tuple[str, ...]:
    """The arms held against the holdout, in the campaign's order."""
    arms = tuple(arm for arm, share in campaign.arms.items() if share > 0)
    asked = f"the uplift of campaign {campaign.campaign_id}"
    if weeks < 1:
        raise RefusedError(asked, "no week of it is over", "Ask again when one is closed.")
    if _CONTROL not in arms or len(arms) < 2:
        raise RefusedError(
            asked,
            f"its arms are {', '.join(arms)}",
            "A campaign tells what it changes only against a holdout: give one a share.",
        )
    return tuple(arm for arm in arms if arm != _CONTROL)


def _trial(
    campaign: Campaign,
    treatments: tuple[str, ...],
    contexts: NDArray[np.float64],
    arms: NDArray[np.str_],
    margin: NDArray[np.float64],
) -> Trial:
    place = {arm: spot for spot, arm in enumerate((_CONTROL, *treatments))}
    arm = np.array([place[one] for one in arms.tolist()])
    sizes = np.bincount(arm, minlength=len(place))
    if sizes.min() < _FEWEST:
        raise RefusedError(
            f"the uplift of campaign {campaign.campaign_id}",
            f"one of its arms has {sizes.min()} shoppers",
            f"Each needs {_FEWEST} or more: widen the audience, or leave that arm out.",
        )
    odds = np.array([campaign.arms[one] for one in (_CONTROL, *treatments)])
    return trial_of(contexts, arm, margin, (odds / odds.sum())[arm])


def _qini(
    trial: Trial, effects: NDArray[np.float64], j: int, rng: np.random.Generator, level: float
) -> Estimate:
    rows = np.isin(trial.arm, (0, j))
    treated = (trial.arm[rows] == j).astype(np.float64)
    return qini(trial.outcome[rows], effects[rows, j - 1], treated, rng, level=level)


def _or_words(figure: Callable[[], Figure]) -> Figure | str:
    """The figure, or the words with which it could not be given."""
    try:
        return figure()
    except (InvalidError, RefusedError) as refusal:
        return str(refusal)
