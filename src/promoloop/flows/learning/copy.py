"""Renew a campaign's texts: measure them, retire the losers, rest the worn, breed from the best.

A renewal stands for a moment ``until`` which everything that taught had matured. Done once, the
same moment is not renewed again; cut off and run again it makes the same children and ends alike.

===========================  =====================================================================
table                        what it holds
===========================  =====================================================================
``copylifts-CAMPAIGN``       what is believed of every text
``copyrest-CAMPAIGN``        which texts rest, and until when
``copylineage-CAMPAIGN``     the parents of every child
``copyrenewals-CAMPAIGN``    what each renewal did, by its moment
===========================  =====================================================================
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import polars as pl

from promoloop.compose import (
    Children,
    Copy,
    Judge,
    LanguageModel,
    ReviewPolicy,
    TextEncoder,
    bred,
    nearest_group,
    open_reviews,
    planned_calls,
)
from promoloop.core import language_of
from promoloop.flows.house import House
from promoloop.flows.learning.renewal_case import RenewalCase, RenewRules, renewal_until
from promoloop.flows.learning.standing import Retired
from promoloop.flows.ports import Progress, silent
from promoloop.offers import Campaign

__all__ = ["RenewPlan", "RenewReport", "RenewRules", "plan_renewal", "preferences", "renew"]

_RENEWALS = pl.Schema({"until": pl.Datetime("us", "UTC"), "figures": pl.String()})

#: Seconds that the embedded model takes for one proposal on two cores; only a forecast.
_SECONDS_A_CALL = 0.6


@dataclass(frozen=True, slots=True)
class RenewPlan:
    """What a renewal would do: texts to retire and to rest, children wanted, calls and seconds.

    ``already`` says that this moment has been renewed.
    """

    campaign: str
    until: datetime
    already: bool
    texts: int
    messages: int
    retire: tuple[Retired, ...]
    rest: tuple[str, ...]
    cells: int
    children_wanted: int
    model_calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class RenewReport:
    """What a renewal did. ``ways`` counts children by how they were made.

    ``approved`` and ``waiting`` are what became of the children; ``diversity`` is the least mean
    distance of two texts in a renewed cell. ``changed`` is false where it had been done before.
    """

    campaign: str
    until: datetime
    changed: bool
    texts: int
    messages: int
    retired: tuple[Retired, ...]
    rested: tuple[str, ...]
    children: int
    ways: Mapping[str, int]
    refused: Mapping[str, int]
    approved: int
    waiting: int
    model_calls_planned: int
    model_calls: int
    diversity: float
    failed: str = ""


def plan_renewal(
    house: House,
    campaign: Campaign,
    now: datetime,
    model: LanguageModel | None,
    rules: RenewRules | None = None,
) -> RenewPlan:
    """What ``renew`` would do now; nothing is written and no model asked. Errors as ``renew``."""
    case = RenewalCase(house, campaign, renewal_until(campaign, now), rules or RenewRules(), None)
    nurseries = case.nurseries()
    calls = planned_calls(nurseries, model)
    return RenewPlan(
        campaign=campaign.campaign_id,
        until=case.until,
        already=case.until in _done(house, campaign),
        texts=len(case.copies),
        messages=sum(len(log.sent) for log in case.logs),
        retire=case.retired,
        rest=tuple(sorted(case.rested)),
        cells=len(nurseries),
        children_wanted=sum(one.wanted for one in nurseries),
        model_calls=calls,
        seconds=calls * _SECONDS_A_CALL,
    )


def renew(
    house: House,
    campaign: Campaign,
    now: datetime,
    model: LanguageModel | None = None,
    judge: Judge | None = None,
    policy: ReviewPolicy | None = None,
    rules: RenewRules | None = None,
    seed: int = 0,
    encoder: TextEncoder | None = None,
    progress: Progress = silent,
) -> RenewReport:
    """Renew the texts of ``campaign`` with what has matured by ``now``.

    Raises
    ------
    RefusedError
        Before the first week's messages have matured.
    """
    until = renewal_until(campaign, now)
    done = _done(house, campaign)
    if until in done:
        return replace(_read(done[until]), changed=False)
    case = RenewalCase(house, campaign, until, rules or RenewRules(), encoder)
    nurseries = case.nurseries()
    planned = planned_calls(nurseries, model)
    born: list[Children] = []
    for nursery in nurseries:
        born.append(bred(nursery, model, judge, case.rules.breeding, seed, now))
        progress("renew", len(born), len(nurseries))
        if born[-1].failed:
            model = None  # it is away: the others are crossed without waiting for it
    children = [copy for one in born for copy in one.copies]
    case.keep_lineage([line for one in born for line in one.lineage])
    house.copies.put(children)
    case.retire(now)
    case.keep_belief(children)
    scores = {
        copy.copy_id: score
        for one in born
        for copy, score in zip(one.copies, one.scores, strict=True)
    }
    everything = (*case.copies, *children)
    opened = open_reviews(
        everything, case.facts(everything), policy or ReviewPolicy(), house.reviews, now, scores
    )
    report = RenewReport(
        campaign=campaign.campaign_id,
        until=until,
        changed=True,
        texts=len(case.copies),
        messages=sum(len(log.sent) for log in case.logs),
        retired=case.retired,
        rested=tuple(sorted(case.rested)),
        children=len(children),
        ways=dict(Counter(line.way for one in born for line in one.lineage)),
        refused=dict(Counter(why.split(":", 1)[0] for one in born for why in one.refused)),
        approved=opened.approved,
        waiting=opened.waiting,
        model_calls_planned=planned,
        model_calls=sum(one.calls for one in born),
        diversity=min((one.diversity for one in born), default=1.0),
        failed=next((one.failed for one in born if one.failed), ""),
    )
    _keep_report(house, campaign, report)
    return report


def preferences(
    house: House, campaign: Campaign, now: datetime
) -> Iterator[Mapping[str, str | float]]:
    """What each message with a known hook earned, for ``promoloop tune --preferences``.

    Rows of ``group_id, language, moment, length, text, reward, propensity``: the reward is margin
    above the baseline in minor units, the propensity that of the text given the message.
    """
    case = RenewalCase(house, campaign, renewal_until(campaign, now), RenewRules(), None)
    hooks = case.hooks
    for log in case.logs:
        rows = [_preference(copy, hooks[copy.copy_id], case) for copy in log.copies]
        for at, text in enumerate(log.sent.tolist()):
            if rows[text]["text"]:
                figures = {"reward": float(log.reward[at]), "propensity": float(log.odds[at, text])}
                yield {**rows[text], **figures}


def _preference(copy: Copy, hook: str, case: RenewalCase) -> dict[str, str | float]:
    name = case.facts([copy])[copy.offer_id, copy.locale].name
    plain = hook.replace("{{name}}", name)
    return {
        "group_id": nearest_group(name).group_id,
        "language": language_of(copy.locale),
        "moment": copy.moment,
        "length": "short" if copy.channel in ("push", "sms", "ad") else "line",
        "text": "" if "{{" in plain else plain,  # a line with an offer's fact is no hook to learn
    }


def _renewals(campaign: Campaign) -> str:
    return f"copyrenewals-{campaign.campaign_id}"


def _done(house: House, campaign: Campaign) -> Mapping[datetime, str]:
    """The figures of every renewal that was finished, by its moment."""
    if _renewals(campaign) not in house.tables.names():
        return {}
    return dict(house.tables.get(_renewals(campaign)).iter_rows())


def _keep_report(house: House, campaign: Campaign, report: RenewReport) -> None:
    figures = json.dumps(asdict(report), default=str, sort_keys=True)
    rows = [*_done(house, campaign).items(), (report.until, figures)]
    house.tables.put(_renewals(campaign), pl.DataFrame(rows, schema=_RENEWALS, orient="row"))


def _read(figures: str) -> RenewReport:
    kept = json.loads(figures)
    kept["until"] = datetime.fromisoformat(kept["until"])
    kept["retired"] = tuple(Retired(**one) for one in kept["retired"])
    kept["rested"] = tuple(kept["rested"])
    return RenewReport(**kept)
