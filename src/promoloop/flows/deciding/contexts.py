"""What every randomised decision saw, kept so that another model can be judged on it later.

Each run keeps what it saw in a table of its own, ``contexts-CAMPAIGN-WEEK-MOMENT``: a run that
finishes what another one began, days later and with another model, leaves that one's as it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.flows.deciding.drafts import promise_minor
from promoloop.flows.deciding.situation import Situation
from promoloop.flows.ports import Tables
from promoloop.respond import row_features

__all__ = ["REALTIME", "moment_name", "remember", "remembered", "remembered_runs"]

#: Among the reasons of every decision made for a page while the shopper looked on.
REALTIME = "realtime"

#: Arms whose decisions are drawn at random with known odds.
RANDOMISED = ("policy", "random")


def remember(
    tables: Tables,
    now_is: Situation,
    arms: NDArray[np.str_],
    ids: Sequence[str],
    todo: NDArray[np.int64],
    usual: NDArray[np.bool_],
) -> None:
    """Keep the features of every allowed action of ``todo`` in the randomised arms, one row each.

    ``todo`` are the rows about to be decided; ``usual`` (n, k) marks what business as usual may
    send, kept too so that its decisions can be explained and replayed. Columns:
    ``decision_id, decided_at, action, without`` (probability of buying without the offer), money
    ``margin, reward, contact, promise`` in minor units, the shop's own part of it, ``fatigue`` and
    ``features``.
    """
    if not len(todo):
        return
    open_now = np.zeros(len(ids), dtype=np.bool_)
    open_now[todo] = np.isin(arms[todo], RANDOMISED)
    to_do = np.isin(np.arange(len(ids)), todo)
    wanted = (now_is.guarded.eligible & open_now[:, None]) | (usual & to_do[:, None])
    rows, columns = np.nonzero(wanted)
    features = row_features(now_is.traits, now_is.actions, now_is.terms, rows, columns)
    baseline = now_is.audience.baseline
    term_of = now_is.offer_of[columns]
    groups = [baseline.groups.index(term.group) for term in now_is.terms]
    group = np.array(groups, dtype=np.int64)[term_of]
    reward = np.stack([term.shop_minor for term in now_is.terms])[term_of, rows]
    contact = np.array([float(now_is.campaign.channels[a.channel]) for a in now_is.actions])
    promises = np.array(
        [promise_minor(now_is, spot) for spot in range(len(now_is.actions))], dtype=np.float64
    )
    keys = np.array([action.key for action in now_is.actions], dtype=object)
    frame = pl.DataFrame(
        {
            "decision_id": np.array(ids, dtype=object)[rows].tolist(),
            "decided_at": [now_is.now] * len(rows),
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
    frame = frame.with_columns(pl.col("decided_at").cast(pl.Datetime("us", "UTC")))
    name = _name(now_is)
    if name in tables.names():
        # A run cut off at this very moment: what it had decided on is not decided again.
        undecided = [ids[row] for row in todo]
        before = tables.get(name).filter(~pl.col("decision_id").is_in(undecided))
        frame = pl.concat([before, frame])
    tables.put(name, frame)


def remembered(tables: Tables, campaign_id: str, week: int) -> pl.DataFrame | None:
    """What was kept for one week of a campaign; ``None`` when it was never decided.

    A row counts for the decision of its ``decision_id`` and ``decided_at`` only.
    """
    frames = remembered_runs(tables, campaign_id, week)
    return pl.concat(frames) if frames else None


def remembered_runs(tables: Tables, campaign_id: str, week: int) -> list[pl.DataFrame]:
    """What each run of the week kept; after an upgrade their features may differ."""
    name = re.compile(re.escape(f"contexts-{campaign_id}-{week:02d}-") + _MOMENT)
    return [tables.get(found) for found in tables.names() if name.fullmatch(found)]


#: A moment in UTC as part of a table's name.
_MOMENT = r"\d{8}T\d{12}"


def moment_name(campaign_id: str, week: int, moment: datetime) -> str:
    """How tables of one run are told apart: by campaign, week and moment."""
    return f"{campaign_id}-{week:02d}-{moment.astimezone(UTC):%Y%m%dT%H%M%S%f}"


def _name(now_is: Situation) -> str:
    campaign_id = now_is.campaign.campaign_id
    return f"contexts-{moment_name(campaign_id, now_is.week, now_is.now)}"
