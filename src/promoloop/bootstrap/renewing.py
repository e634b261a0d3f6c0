"""``promoloop renew``: the shop's model, its gate where one ships, and a file of preferences."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from promoloop.bootstrap.campaigns import known_campaign
from promoloop.bootstrap.files import write_page
from promoloop.bootstrap.shop import Shop
from promoloop.compose import (
    Brief,
    Judge,
    ProductGroup,
    Proposal,
    QualityGate,
    nearest_group,
    trained_gate,
)
from promoloop.core import InvalidError, UnavailableError, language_of
from promoloop.flows.learning.copy import (
    RenewPlan,
    RenewReport,
    plan_renewal,
    preferences,
    renew,
)
from promoloop.flows.ports import Progress, silent

__all__ = ["forecast_renewal", "renew_texts", "write_preferences"]


def forecast_renewal(shop: Shop, campaign_id: str, now: datetime | None = None) -> RenewPlan:
    """What ``renew_texts`` would do; no model is asked."""
    campaign = known_campaign(shop.house, campaign_id)
    with shop.writers(ask=True) as writers:
        return plan_renewal(shop.house, campaign, now or datetime.now(UTC), writers.model)


def renew_texts(
    shop: Shop,
    campaign_id: str,
    now: datetime | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> RenewReport:
    """Renew the campaign's texts; see ``flows.learning.copy``."""
    campaign = known_campaign(shop.house, campaign_id)
    with shop.writers(ask=True) as writers:
        return renew(
            shop.house,
            campaign,
            now or datetime.now(UTC),
            writers.model,
            _judge(),
            shop.review_policy(),
            seed=seed,
            progress=progress,
        )


def write_preferences(
    shop: Shop, campaign_id: str, out: Path, now: datetime | None = None
) -> dict[str, object]:
    """Write what every text earned as JSON Lines for ``promoloop tune --preferences``."""
    if out.is_dir():
        raise InvalidError(f"--preferences {out}", "it is a folder", "Name a file.")
    campaign = known_campaign(shop.house, campaign_id)
    rows = preferences(shop.house, campaign, now or datetime.now(UTC))
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    write_page(out, "".join(f"{line}\n" for line in lines))
    return {"preferences": str(out), "preference_rows": len(lines)}


def _judge() -> Judge | None:
    """The gate that ships, reading words only; without one nothing is judged."""
    try:
        gate = trained_gate()
    except UnavailableError:
        return None
    return _judged_by(gate)


def _judged_by(gate: QualityGate) -> Judge:
    def judge(brief: Brief, hooks: Sequence[str]) -> Sequence[float]:
        match = nearest_group(brief.name)
        language = language_of(brief.locale)
        group = ProductGroup(match.group_id, match.family, {language: brief.name})
        length = "short" if brief.channel in ("push", "sms", "ad") else "line"
        proposals = [Proposal(hook, group, language, brief.moment, length) for hook in hooks]
        return [float(score) for score in gate.score(proposals)]

    return judge
