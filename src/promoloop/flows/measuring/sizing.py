"""How many shoppers a campaign needs to show a lift, from the shop's own history."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError, RefusedError
from promoloop.evaluate import Plan, last_look, size_for_means, smallest_lift
from promoloop.flows.history.audience import load_audience
from promoloop.flows.history.past import first_order_at, margins_between
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK
from promoloop.offers import Campaign

__all__ = ["Lift", "SizeReport", "size_campaign"]

#: Weeks before the watched ones that say what to expect of a shopper: at most, and at least.
_BEFORE = 52
_LEAST_BEFORE = 4


@dataclass(frozen=True, slots=True)
class Lift:
    """A wished lift: ``amount`` minor units per shopper and week, or percent of what is usual."""

    amount: float
    percent: bool

    @classmethod
    def of(cls, text: str) -> Lift:
        """``5%`` or ``12``, in minor units.

        >>> Lift.of("5%"), Lift.of("12")
        (Lift(amount=5.0, percent=True), Lift(amount=12.0, percent=False))
        """
        try:
            amount = float(text.strip().removesuffix("%"))
        except ValueError:
            amount = math.nan
        if not math.isfinite(amount) or amount <= 0:
            raise InvalidError(
                f"a lift of {text!r}",
                "it is no number above 0",
                "Write 5% for five percent more margin, or 12 for 12 minor units per shopper and"
                " week.",
            )
        return cls(amount, text.strip().endswith("%"))

    def minor(self, usual: float) -> float:
        """In minor units, where ``usual`` is earned."""
        return self.amount * usual / 100.0 if self.percent else self.amount


@dataclass(frozen=True, slots=True)
class SizeReport:
    """What a campaign needs, and what it can find as it stands. Money per shopper and week.

    ``mean_minor``, ``sd_minor`` and ``correlation`` (with the weeks before) are those of as many
    past weeks as the campaign has. ``needed_policy`` and ``needed_against`` are shoppers in the two
    arms, ``needed_audience`` in all arms together, ``audience`` how many there are.
    """

    campaign: str
    weeks: int
    against: str
    mean_minor: float
    sd_minor: float
    correlation: float
    lift_minor: float
    lift_percent: float
    needed_policy: int
    needed_against: int
    needed_audience: int
    audience: int
    enough: bool
    smallest_lift_minor: float
    smallest_lift_percent: float
    power: float
    level: float


def size_campaign(
    house: House,
    campaign: Campaign,
    wished: Lift,
    now: datetime,
    against: str = "holdout",
    power: float = 0.8,
) -> SizeReport:
    """How many shoppers show ``wished`` of the policy over ``against`` with this power.

    The plan is that of the report: a mean over the campaign's weeks per shopper, less what the
    weeks before foretell (CUPED), read every week at a level of 95 %.

    Raises
    ------
    InvalidError
        When one of the two arms has no share.
    RefusedError
        When history is too short, nobody bought, or `promoloop learn` has not been run.
    """
    shares = [campaign.arms.get(arm, 0.0) for arm in ("policy", against)]
    if against == "policy" or min(shares) <= 0:
        raise InvalidError(
            f"the size of campaign {campaign.campaign_id} against {against}",
            f"its arms are {_listed(campaign)}",
            "Compare with an arm that has a share: holdout, bau or random.",
        )
    audience = load_audience(house, campaign)
    watched, before = _past(house, campaign, audience.ids, now)
    outcome = watched.mean(axis=1)
    mean, sd = float(outcome.mean()), float(outcome.std(ddof=1))
    if sd == 0.0 or not len(outcome):
        raise RefusedError(
            f"the size of campaign {campaign.campaign_id}",
            f"none of its {len(outcome)} shoppers bought what it promotes in {watched.shape[1]}"
            " weeks",
            "Promote what is bought now and then, or ingest more history.",
        )
    rho = _correlation(outcome, before)
    plan = Plan(power=power, treated_share=shares[0] / sum(shares))
    plan = replace(plan, width=last_look(watched, before, campaign.weeks))
    lift = wished.minor(mean)
    needed = size_for_means(lift, sd, rho, plan)
    mine = int(len(audience) * sum(shares))
    found = smallest_lift(max(4, mine), sd, rho, plan)
    whole = math.ceil(max(needed.treated / shares[0], needed.control / shares[1]))
    return SizeReport(
        campaign=campaign.campaign_id,
        weeks=campaign.weeks,
        against=against,
        mean_minor=mean,
        sd_minor=sd,
        correlation=rho,
        lift_minor=lift,
        lift_percent=100.0 * lift / mean,
        needed_policy=needed.treated,
        needed_against=needed.control,
        needed_audience=whole,
        audience=len(audience),
        enough=whole <= len(audience),
        smallest_lift_minor=found,
        smallest_lift_percent=100.0 * found / mean,
        power=power,
        level=plan.level,
    )


def _listed(campaign: Campaign) -> str:
    return ", ".join(f"{arm} {share:.0%}" for arm, share in campaign.arms.items())


def _past(
    house: House, campaign: Campaign, ids: tuple[str, ...], now: datetime
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Margins of the last weeks, (n, weeks), and the weekly mean of those before, (n,)."""
    end = min(now, campaign.starts_at)
    first = first_order_at(house)
    known = 0 if first is None else (end - first) // WEEK
    if known < campaign.weeks + _LEAST_BEFORE:
        raise RefusedError(
            f"the size of campaign {campaign.campaign_id}",
            f"history holds {known} whole weeks before it, {campaign.weeks + _LEAST_BEFORE} are"
            " needed",
            "Ingest older orders, or plan fewer weeks.",
        )
    weeks = min(_BEFORE, known - campaign.weeks) + campaign.weeks
    groups = {house.offers.get(offer_id).group for offer_id in campaign.offer_ids}
    table = margins_between(house, groups, ids, end - weeks * WEEK, weeks)
    return table[:, -campaign.weeks :], table[:, : -campaign.weeks].mean(axis=1)


def _correlation(outcome: NDArray[np.float64], before: NDArray[np.float64]) -> float:
    if before.std() == 0.0:
        return 0.0
    rho = float(np.corrcoef(outcome, before)[0, 1])
    return min(0.999, max(-0.999, rho))
