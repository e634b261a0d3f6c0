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
from promoloop.core import InvalidError

__all__ = ["TrainedCritic", "fit_matcher", "threshold_for", "train_critic"]

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
    scores = _crossed(odds, sendable, groups)
    thresholds = {
        language: threshold_for(
            scores[languages == language], sendable[languages == language], precision
        )
        for language in LANGUAGES
    }
    return TrainedCritic(
        critic, thresholds, scores, _record(scores, sendable, languages, thresholds)
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


def threshold_for(
    scores: Floats, sendable: NDArray[np.bool_], precision: float, least: int = 20
) -> float:
    """The lowest score from which upward at least ``precision`` of the rows are sendable.

    At least ``least`` rows (or a tenth, if fewer) must remain; where no threshold reaches
    ``precision``, the one that comes nearest.

    >>> import numpy as np
    >>> threshold_for(np.array([.1, .4, .6, .9]), np.array([False, True, False, True]), 1.0, 1)
    0.9
    """
    if not len(scores):
        return 1.0
    order = np.argsort(-scores, kind="stable")
    share = np.cumsum(sendable[order]) / np.arange(1, len(order) + 1)
    share[: max(1, min(least, len(order) // 10)) - 1] = -1.0
    good = np.flatnonzero(share >= precision)
    return float(scores[order[good[-1] if good.size else int(np.argmax(share))]])


def _record(
    scores: Floats,
    sendable: NDArray[np.bool_],
    languages: NDArray[np.str_],
    thresholds: Mapping[str, float],
) -> dict[str, Any]:
    from sklearn.metrics import roc_auc_score

    kept = scores >= np.array([thresholds[language] for language in languages])
    return {
        "rows": len(scores),
        "sendable_share": _rounded(sendable.mean()),
        "auc_groups_held_out": _rounded(roc_auc_score(sendable, scores)),
        "brier": _rounded(np.mean((scores - sendable) ** 2)),
        "calibration": _bins(scores, sendable),
        "by_language": {
            language: _of_one(scores[own], sendable[own], kept[own])
            for language in LANGUAGES
            if (own := languages == language).any()
        },
    }


def _of_one(scores: Floats, sendable: NDArray[np.bool_], kept: NDArray[np.bool_]) -> dict[str, Any]:
    from sklearn.metrics import roc_auc_score

    both = sendable.any() and not sendable.all()
    return {
        "rows": len(scores),
        "sendable_share": _rounded(sendable.mean()),
        "auc": _rounded(roc_auc_score(sendable, scores)) if both else None,
        "kept_share": _rounded(kept.mean()),
        "precision": _rounded(sendable[kept].mean()) if kept.any() else None,
        "recall": _rounded(kept[sendable].mean()) if sendable.any() else None,
    }


def _bins(scores: Floats, sendable: NDArray[np.bool_]) -> list[dict[str, float]]:
    """Mean score against the share of sendable ones, in fifths of the rows."""
    parts = np.array_split(np.argsort(scores, kind="stable"), 5)
    return [
        {"score": _rounded(scores[part].mean()), "sendable": _rounded(sendable[part].mean())}
        for part in parts
    ]


def _rounded(value: float | np.floating[Any]) -> float:
    return round(float(value), 4)
