"""What every randomised decision saw, kept so that another model can be judged on it later."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.flows.drafts import promise_minor
from promoloop.flows.ports import Tables
from promoloop.flows.situation import Situation
from promoloop.respond import row_features

__all__ = ["remember", "remembered"]

#: Arms whose decisions are drawn at random with known odds.
RANDOMISED = ("policy", "random")


def remember(tables: Tables, now_is: Situation, arms: NDArray[np.str_], ids: Sequence[str]) -> None:
    """Keep the features of every allowed action of the randomised arms, one row each.

    Columns: ``decision_id, action, without`` (probability of buying without the offer), money
    ``margin, reward, contact, promise`` in minor units, and ``features``.
    """
    wanted = now_is.guarded.eligible & np.isin(arms, RANDOMISED)[:, None]
    rows, columns = np.nonzero(wanted)
    features = row_features(now_is.traits, now_is.actions, now_is.terms, rows, columns)
    baseline = now_is.audience.baseline
    term_of = now_is.offer_of[columns]
    groups = [baseline.groups.index(term.group) for term in now_is.terms]
    group = np.array(groups, dtype=np.int64)[term_of]
    reward = np.stack([term.reward_minor for term in now_is.terms])[term_of, rows]
    contact = np.array([float(now_is.campaign.channels[a.channel]) for a in now_is.actions])
    promises = np.array(
        [promise_minor(now_is, spot) for spot in range(len(now_is.actions))], dtype=np.float64
    )
    keys = np.array([action.key for action in now_is.actions], dtype=object)
    frame = pl.DataFrame(
        {
            "decision_id": np.array(ids, dtype=object)[rows].tolist(),
            "action": keys[columns].tolist(),
            "without": baseline.probability[rows, group],
            "margin": baseline.margin_minor[rows, group],
            "reward": reward,
            "contact": contact[columns],
            "promise": promises[columns],
            "fatigue": now_is.traits.fatigue[rows],
            "features": features,
        }
    )
    tables.put(_name(now_is.campaign.campaign_id, now_is.week), frame)


def remembered(tables: Tables, campaign_id: str, week: int) -> pl.DataFrame | None:
    """What was kept for one week of a campaign; ``None`` when it was never decided."""
    name = _name(campaign_id, week)
    return tables.get(name) if name in tables.names() else None


def _name(campaign_id: str, week: int) -> str:
    return f"contexts-{campaign_id}-{week:02d}"
