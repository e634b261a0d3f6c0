"""Training the gate: folds by product group, calibration, thresholds, and what it all gave.

Nothing about a group is known when its proposals are scored for the record: critic, calibration
and matcher have not seen the group, and figures leave its lines out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from promoloop.compose.quality.corpus import LANGUAGES, Corpus
from promoloop.compose.quality.critic import Critic, CriticSettings
from promoloop.compose.quality.features import FeatureReader
from promoloop.compose.quality.matching import Matcher, Pairs
from promoloop.compose.quality.meaning import MeaningSpace
from promoloop.compose.quality.proposals import Labelled
from promoloop.compose.quality.thresholds import Judged, record_of, thresholds_for
from promoloop.core import InvalidError

__all__ = ["TrainedCritic", "fit_matcher", "train_critic"]

Floats = NDArray[np.float64]

_FOLDS = 5
_LEAST_ROWS = 60


@dataclass(frozen=True)
class TrainedCritic:
    """A critic, its thresholds by language, and its record.

    ``scores`` (n,) are the calibrated scores of the rows it was trained on, each by a critic that
    had not seen the row's group. ``record`` holds only JSON types.
    """

    critic: Critic
    thresholds: Mapping[str, float]
    scores: Floats
    record: Mapping[str, Any]


def fit_matcher(corpus: Corpus, space: MeaningSpace, seed: int) -> Matcher:
    """The matcher of the corpus' lines and the names of their groups."""
    with_lines = sorted({line.group_id for line in corpus.lines})
    row = {key: at for at, key in enumerate(with_lines)}
    names = np.stack([space.name_vector(corpus.groups[key]) for key in with_lines])
    rng = np.random.default_rng(seed)
    pairs = {
        language: Pairs(
            space.encode([line.text for line in corpus.of(language)]),
            np.array([row[line.group_id] for line in corpus.of(language)]),
            names,
            with_lines,
        )
        for language in LANGUAGES
    }
    return Matcher.fitted(pairs, rng)


def train_critic(
    labelled: Sequence[Labelled],
    reader: FeatureReader,
    settings: CriticSettings,
    seed: int,
    precision: float,
) -> TrainedCritic:
    """A calibrated critic of all rows, and what it gives for groups it has not seen.

    Parameters
    ----------
    labelled : sequence of Labelled
        From at least five groups, 60 rows or more, both verdicts.
    reader : FeatureReader
    settings : CriticSettings
    seed : int
        Of the trees and folds.
    precision : float
        The share of sendable ones wanted among what is kept; the threshold is the lowest
        that gives it on left-out groups.
    """
    groups = np.array([one.proposal.group.group_id for one in labelled])
    if len(labelled) < _LEAST_ROWS or len(set(groups)) < _FOLDS:
        raise InvalidError(
            f"training on {len(labelled)} rows of {len(set(groups))} groups",
            f"{_LEAST_ROWS} rows of {_FOLDS} groups are the least",
            "Label more proposals.",
        )
    sendable = np.array([one.sendable for one in labelled])
    languages = np.array([one.proposal.language for one in labelled])
    names, matrix = reader.read([one.proposal for one in labelled])
    odds = _left_out(names, matrix, sendable, groups, settings, seed)
    critic = Critic.fitted(names, matrix, sendable, settings, seed).calibrated(odds, sendable)
    judged = Judged(_crossed(odds, sendable, groups), sendable, languages, groups)
    thresholds = thresholds_for(judged, precision)
    return TrainedCritic(
        critic, thresholds, judged.scores, record_of(judged, thresholds, precision)
    )


def _left_out(
    names: Sequence[str],
    matrix: Floats,
    sendable: NDArray[np.bool_],
    groups: NDArray[np.str_],
    settings: CriticSettings,
    seed: int,
) -> Floats:
    """Log odds of each row by a critic that has not seen its group, (n,)."""
    from sklearn.model_selection import GroupKFold

    odds = np.empty(len(sendable))
    for train, test in GroupKFold(_FOLDS, shuffle=True, random_state=seed).split(
        matrix, groups=groups
    ):
        critic = Critic.fitted(names, matrix[train], sendable[train], settings, seed)
        odds[test] = critic.log_odds(names, matrix[test])
    return odds


def _crossed(odds: Floats, sendable: NDArray[np.bool_], groups: NDArray[np.str_]) -> Floats:
    """``odds`` as probabilities, each by a scale set on other groups."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    scores = np.empty(len(odds))
    for train, test in GroupKFold(_FOLDS).split(odds, groups=groups):
        model = LogisticRegression(C=1e6).fit(odds[train, None], sendable[train])
        scores[test] = expit(odds[test] * model.coef_[0, 0] + model.intercept_[0])
    return scores
