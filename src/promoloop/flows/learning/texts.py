"""What each text was sent and brought, cell by cell, with the odds it was chosen with.

A cell is what ``copy_cell`` says: an offer revision by one channel, in one language, at one moment.
Within it texts were drawn with known odds, given offer, channel and hour: the log's own, divided by
those of all texts of that message. So texts are compared as in an experiment, whatever decides who
gets which offer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from promoloop.compose import Copy, copy_cell
from promoloop.core import time_ordered_id
from promoloop.flows.deciding.effects import effect_of
from promoloop.flows.house import House
from promoloop.flows.learning.logged import Floats, LoggedSets, logged_sets
from promoloop.flows.schedule import WEEK, cycle_start
from promoloop.offers import Campaign
from promoloop.respond import EffectModel, logit, sigmoid

__all__ = ["CellLog", "Measured", "cell_logs", "measured_lifts"]

Ints = NDArray[np.int64]

_SURE = 1e-9


@dataclass(frozen=True, slots=True)
class CellLog:
    """The messages of one cell in which there was a choice of texts, oldest first: m of them.

    ``copies`` are its c texts by name of variant; ``sent`` (m,) says which one went out and
    ``odds`` (m, c) how likely each was, rows summing to 1. ``reward`` (m,) is the margin above
    what the baseline expected, minor units; ``score`` and ``information`` (m,) are those of the
    log odds of buying, against what the effect model foretold without looking at the text.
    ``age`` (m, c) is in weeks since the text first went out; ``before`` (m, c) how often the
    shopper had had it. ``usual_margin`` (m,) is what a purchase brought before, minor units.
    """

    cell: str
    copies: tuple[Copy, ...]
    sent: Ints
    odds: Floats
    reward: Floats
    score: Floats
    information: Floats
    age: Floats
    before: Floats
    usual_margin: Floats

    def counts(self) -> Ints:
        """(c,) how often each text went out."""
        return np.asarray(np.bincount(self.sent, minlength=len(self.copies)), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Measured:
    """Log odds of buying that each text of a cell added, and its error, infinite where unsent."""

    estimate: Floats
    error: Floats


@dataclass(frozen=True, slots=True)
class _Rows:
    """Every message that left with a text of the bank: which, and what else could have."""

    row: Ints
    copy: tuple[Copy, ...]
    odds: Mapping[str, Floats]  # by name of variant, (m,)


def cell_logs(
    house: House, campaign: Campaign, copies: Sequence[Copy], until: datetime
) -> tuple[CellLog, ...]:
    """The log of every cell of ``copies`` that was sent at random odds and matured by ``until``."""
    log = logged_sets(house, campaign, until).randomised
    if not len(log.sent):
        return ()
    rows = _rows(house, campaign, log, {copy.copy_id: copy for copy in copies}, until)
    effect = EffectModel.from_parameters(house.models.running(effect_of(campaign)).parameters)
    by_cell: dict[str, list[int]] = defaultdict(list)
    for at, copy in enumerate(rows.copy):
        by_cell[copy_cell(copy)].append(at)
    texts: dict[str, list[Copy]] = defaultdict(list)
    for copy in copies:
        texts[copy_cell(copy)].append(copy)
    found = [
        _cell(cell, texts[cell], np.array(by_cell[cell]), rows, log, effect)
        for cell in sorted(by_cell)
    ]
    return tuple(one for one in found if len(one.sent))


def measured_lifts(log: CellLog) -> Measured:
    """One Newton step of each text's own effect, every message weighed by 1 / its odds.

    The error is that of the weighed score where the model is right about chances.
    """
    weight = 1.0 / np.maximum(log.odds[np.arange(len(log.sent)), log.sent], 0.02)
    estimate, error = np.zeros(len(log.copies)), np.full(len(log.copies), np.inf)
    for at in range(len(log.copies)):
        mine = log.sent == at
        told = float((weight[mine] * log.information[mine]).sum())
        if told > 0.0:
            estimate[at] = float((weight[mine] * log.score[mine]).sum()) / told
            spread = float((weight[mine] ** 2 * log.information[mine]).sum())
            error[at] = np.sqrt(spread) / told
    return Measured(estimate, error)


def _rows(
    house: House,
    campaign: Campaign,
    log: LoggedSets,
    known: Mapping[str, Copy],
    until: datetime,
) -> _Rows:
    """Messages that left with a known text, oldest first, and the odds of the texts beside it."""
    left = house.deliveries.copies_between(campaign.starts_at, until + WEEK)
    ids = [
        _decision_id(campaign, _utc(at), str(who))
        for at, who in zip(log.decided_at[log.sent], log.shopper_ids[log.sent], strict=True)
    ]
    kept = [(row, known[left[key]], key) for row, key in zip(log.sent.tolist(), ids, strict=True)
            if left.get(key) in known]  # fmt: skip
    kept.sort(key=lambda one: (log.decided_at[one[0]], one[2][12:]))
    row = np.array([one[0] for one in kept], dtype=np.int64)
    return _Rows(row, tuple(one[1] for one in kept), _odds_by_name(log, row))


def _odds_by_name(log: LoggedSets, row: Ints) -> Mapping[str, Floats]:
    """Odds of each variant, given offer, channel and hour of what was sent; (m,) each."""
    mails: dict[str, int] = {}
    mail_of = np.array(
        [mails.setdefault(key.rpartition("/")[0], len(mails)) for key in log.action_keys]
    )
    names = sorted({key.rpartition("/")[2] for key in log.action_keys})
    name_of = np.array([names.index(key.rpartition("/")[2]) for key in log.action_keys])
    there = log.there[row]
    action = np.where(there, log.action[row], 0)
    taken = action[np.arange(len(row)), log.chosen[row]]
    same = there & (mail_of[action] == mail_of[taken][:, None])
    share = np.where(same, log.logged[row], 0.0)
    share = share / share.sum(axis=1, keepdims=True)
    return {
        name: np.where(name_of[action] == at, share, 0.0).sum(axis=1)
        for at, name in enumerate(names)
    }


def _cell(
    cell: str,
    texts: Sequence[Copy],
    at: Ints,
    rows: _Rows,
    log: LoggedSets,
    effect: EffectModel,
) -> CellLog:
    """One cell's messages: those in which each name stood for the text that it stands for now."""
    newest = {copy.variant: copy for copy in sorted(texts, key=_age_of)}
    since = max(
        (newest[copy.variant].created_at for copy in texts if newest[copy.variant] != copy),
        default=None,
    )
    copies = tuple(newest[name] for name in sorted(newest))
    place = {copy.copy_id: spot for spot, copy in enumerate(copies)}
    odds = np.stack(
        [rows.odds.get(copy.variant, np.zeros(len(rows.row)))[at] for copy in copies], axis=1
    )
    fit = (odds.max(axis=1) < 1.0 - _SURE) & (odds.sum(axis=1) > 1.0 - _SURE)
    fit &= np.array([rows.copy[one].copy_id in place for one in at])
    if since is not None:
        fit &= np.array([_utc(log.decided_at[one]) >= since for one in rows.row[at]])
    at, odds = at[fit], odds[fit]
    row = rows.row[at]
    sent = np.array([place[rows.copy[one].copy_id] for one in at], dtype=np.int64)
    score, information = _answers(log, row, effect)
    days = log.decided_at[row].astype("datetime64[h]").astype(np.float64) / 168.0
    age, before = _history(sent, days, log.shopper_ids[row], len(copies))
    margin = log.margin[row, log.chosen[row]]
    return CellLog(
        cell, copies, sent, odds, log.reward[row], score, information, age, before, margin
    )


def _answers(log: LoggedSets, row: Ints, effect: EffectModel) -> tuple[Floats, Floats]:
    """Score and information of log odds, against what was foretold whatever the text."""
    columns = log.chosen[row]
    features = log.features[row, columns].copy()
    if "copy" in effect.feature_names:
        features[:, effect.feature_names.index("copy")] = 0.0
    foretold = sigmoid(logit(log.without[row, columns]) + features @ effect.mean_)
    return log.bought[row] - foretold, foretold * (1.0 - foretold)


def _history(
    sent: Ints, weeks: Floats, shoppers: NDArray[np.object_], count: int
) -> tuple[Floats, Floats]:
    """Each text's age at each message, and how often the shopper had had it before; (m, c)."""
    first = [weeks[sent == at].min(initial=np.inf) for at in range(count)]
    age = np.maximum(weeks[:, None] - np.array(first)[None, :], 0.0)
    before = np.zeros((len(sent), count))
    had: dict[object, Floats] = {}
    for at, (shopper, text) in enumerate(zip(shoppers, sent, strict=True)):
        seen = had.setdefault(shopper, np.zeros(count))
        before[at] = seen
        seen[text] += 1.0
    return age, before


def _age_of(copy: Copy) -> tuple[datetime, str]:
    return copy.created_at, copy.copy_id


def _decision_id(campaign: Campaign, at: datetime, shopper_id: str) -> str:
    week = (at - campaign.starts_at) // WEEK + 1
    return time_ordered_id(cycle_start(campaign, week), campaign.campaign_id, shopper_id)


def _utc(at: np.datetime64) -> datetime:
    moment: datetime = at.astype("datetime64[us]").astype(datetime)
    return moment.replace(tzinfo=UTC)
