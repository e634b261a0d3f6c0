"""From which score upward proposals are kept, and what that gives on groups not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from promoloop.compose.quality.corpus import LANGUAGES

__all__ = ["Judged", "record_of", "threshold_for", "thresholds_for"]

Floats = NDArray[np.float64]

_FOLDS = 5
_LEAST = 10


@dataclass(frozen=True)
class Judged:
    """Rows with a score by a critic that had not seen the row's group; all shape (n,)."""

    scores: Floats
    sendable: NDArray[np.bool_]
    languages: NDArray[np.str_]
    groups: NDArray[np.str_]

    def of(self, rows: NDArray[np.bool_]) -> Judged:
        """Some of the rows."""
        return Judged(
            self.scores[rows], self.sendable[rows], self.languages[rows], self.groups[rows]
        )

    def kept(self, thresholds: Mapping[str, float]) -> NDArray[np.bool_]:
        """Which rows reach the threshold of their language, (n,)."""
        found: NDArray[np.bool_] = self.scores >= np.array(
            [thresholds[language] for language in self.languages]
        )
        return found


def threshold_for(
    scores: Floats, sendable: NDArray[np.bool_], precision: float, least: int = _LEAST
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


def thresholds_for(judged: Judged, precision: float) -> dict[str, float]:
    """``threshold_for`` in each language."""
    return {
        language: threshold_for(judged.scores[own], judged.sendable[own], precision)
        for language in LANGUAGES
        for own in (judged.languages == language,)
    }


def record_of(judged: Judged, thresholds: Mapping[str, float], precision: float) -> dict[str, Any]:
    """The figures of a training, as JSON types.

    ``kept_by_others`` is what thresholds chosen on other groups keep: the honest figure, as the
    thresholds that ship were chosen on all rows.
    """
    from sklearn.metrics import roc_auc_score

    kept, fair = judged.kept(thresholds), _kept_by_others(judged, precision)
    return {
        "rows": len(judged.scores),
        "sendable_share": rounded(judged.sendable.mean()),
        "auc_groups_held_out": rounded(roc_auc_score(judged.sendable, judged.scores)),
        "brier": rounded(np.mean((judged.scores - judged.sendable) ** 2)),
        "calibration": _bins(judged.scores, judged.sendable),
        "kept_by_others": _kept_record(judged.sendable, fair),
        "by_language": {
            language: _of_one(judged.of(own), kept[own], fair[own])
            for language in LANGUAGES
            if (own := judged.languages == language).any()
        },
    }


def _kept_by_others(judged: Judged, precision: float) -> NDArray[np.bool_]:
    """Which rows are kept by thresholds chosen on other groups, (n,)."""
    from sklearn.model_selection import GroupKFold

    kept = np.zeros(len(judged.scores), dtype=np.bool_)
    folds = GroupKFold(_FOLDS, shuffle=True, random_state=0)
    for train, test in folds.split(judged.scores, groups=judged.groups):
        rows = np.zeros(len(kept), dtype=np.bool_)
        rows[train] = True
        kept[test] = judged.kept(thresholds_for(judged.of(rows), precision))[test]
    return kept


def _of_one(judged: Judged, kept: NDArray[np.bool_], fair: NDArray[np.bool_]) -> dict[str, Any]:
    from sklearn.metrics import roc_auc_score

    sendable = judged.sendable
    both = sendable.any() and not sendable.all()
    return {
        "rows": len(sendable),
        "sendable_share": rounded(sendable.mean()),
        "auc": rounded(roc_auc_score(sendable, judged.scores)) if both else None,
        "kept": _kept_record(sendable, kept),
        "kept_by_others": _kept_record(sendable, fair),
    }


def _kept_record(sendable: NDArray[np.bool_], kept: NDArray[np.bool_]) -> dict[str, Any]:
    return {
        "share": rounded(kept.mean()),
        "precision": rounded(sendable[kept].mean()) if kept.any() else None,
        "recall": rounded(kept[sendable].mean()) if sendable.any() else None,
    }


def _bins(scores: Floats, sendable: NDArray[np.bool_]) -> list[dict[str, float]]:
    """Mean score against the share of sendable ones, in fifths of the rows."""
    parts = np.array_split(np.argsort(scores, kind="stable"), 5)
    return [
        {"score": rounded(scores[part].mean()), "sendable": rounded(sendable[part].mean())}
        for part in parts
    ]


def rounded(value: float | np.floating[Any]) -> float:
    """Four figures after the point."""
    return round(float(value), 4)
