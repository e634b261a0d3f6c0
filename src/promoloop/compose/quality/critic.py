"""A small model of what a strict reader would send, kept as plain numbers.

The mean of two log odds, one of a logistic model on standardised figures and one of boosted
shallow trees, then put on the scale of probabilities (Platt, 1999) by predictions for groups that
were left out. Figures are standardised within a language, for they are on different scales;
an unknown figure counts as the average one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from promoloop.core import InvalidError, Saved

__all__ = ["Critic", "CriticSettings"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CriticSettings:
    """How much the critic may fit: ``ridge`` per row; ``rounds`` of trees of ``depth``.

    ``trees`` in [0, 1] is the share of the trees' log odds in the mean.
    """

    ridge: float = 0.05
    rounds: int = 100
    depth: int = 2
    rate: float = 0.06
    least: int = 12
    trees: float = 0.35


@dataclass(frozen=True)
class _Tree:
    """Nodes in lists; a leaf has feature -1. Left when the value is at most the threshold."""

    feature: NDArray[np.int64]
    threshold: Floats
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: Floats

    def predict(self, matrix: Floats) -> Floats:
        """The value of the leaf each row falls into, (n,)."""
        at = np.zeros(len(matrix), dtype=np.int64)
        rows = np.arange(len(matrix))
        while (self.feature[at] >= 0).any():
            inner = self.feature[at] >= 0
            goes_left = matrix[rows, self.feature[at]] <= self.threshold[at]
            step = np.where(goes_left, self.left[at], self.right[at])
            at = np.where(inner, step, at)
        return self.value[at]


class Critic:
    """Log odds and probability that a strict reader would send a line.

    Parameters
    ----------
    names : sequence of str
        Columns it reads, by name; ``zh`` must be one.
    """

    def __init__(
        self,
        names: Sequence[str],
        centre: Floats,
        scale: Floats,
        weights: Floats,
        trees: Sequence[_Tree],
        mix: float,
        platt: tuple[float, float] = (1.0, 0.0),
    ) -> None:
        self.names = tuple(names)
        self._centre, self._scale = centre, scale  # (2, n_columns) by language
        self._weights = weights  # (n_columns + 1,), the constant last
        self._trees = tuple(trees)
        self._mix = mix
        self._platt = platt

    @classmethod
    def fitted(
        cls,
        names: Sequence[str],
        matrix: Floats,
        sendable: NDArray[np.bool_],
        settings: CriticSettings,
        seed: int,
    ) -> Critic:
        """The critic of judged rows, uncalibrated; ``matrix`` (n, n_columns).

        Raises
        ------
        InvalidError
            When one of the two verdicts is missing.
        """
        from sklearn.ensemble import GradientBoostingClassifier
        from sklearn.linear_model import LogisticRegression

        if sendable.all() or not sendable.any():
            raise InvalidError("a critic", "all verdicts are the same", "Label both kinds.")
        by_language = matrix[:, tuple(names).index("zh")] > 0.5
        centre, scale = _standards(matrix, by_language)
        at = tuple(names).index("zh")
        centre[:, at], scale[:, at] = 0.5, 0.5  # the language itself stays -1 or 1
        rows = _standard(matrix, by_language, centre, scale)
        line = LogisticRegression(C=1 / (settings.ridge * len(rows)), max_iter=1000)
        line.fit(rows, sendable)
        boosted = GradientBoostingClassifier(
            n_estimators=settings.rounds,
            max_depth=settings.depth,
            learning_rate=settings.rate,
            min_samples_leaf=settings.least,
            subsample=0.7,
            max_features=0.4,
            random_state=seed,
        ).fit(rows, sendable)
        prior = float(boosted.init_.class_prior_[1])
        trees = [_grown(one[0].tree_, settings.rate) for one in boosted.estimators_]
        trees[0] = replace(trees[0], value=trees[0].value + np.log(prior / (1 - prior)))
        weights = np.append(line.coef_[0], line.intercept_)
        return cls(names, centre, scale, weights, trees, settings.trees)

    def calibrated(self, log_odds: Floats, sendable: NDArray[np.bool_]) -> Critic:
        """The same critic, its scale set by ``log_odds`` it gave to rows it had not seen."""
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=1e6).fit(log_odds[:, None], sendable)
        platt = (float(model.coef_[0, 0]), float(model.intercept_[0]))
        return Critic(
            self.names, self._centre, self._scale, self._weights, self._trees, self._mix, platt
        )

    def log_odds(self, names: Sequence[str], matrix: Floats) -> Floats:
        """Uncalibrated, (n,); columns are found by name."""
        missing = [name for name in self.names if name not in names]
        if missing:
            raise InvalidError(
                "the critic's score", f"the column {missing[0]!r} is missing", "Train it anew."
            )
        own = matrix[:, [tuple(names).index(name) for name in self.names]]
        by_language = own[:, self.names.index("zh")] > 0.5
        rows = _standard(own, by_language, self._centre, self._scale)
        line = rows @ self._weights[:-1] + self._weights[-1]
        trees = np.sum([tree.predict(rows) for tree in self._trees], axis=0)
        found: Floats = (1 - self._mix) * line + self._mix * trees
        return found

    def probability(self, names: Sequence[str], matrix: Floats) -> Floats:
        """In [0, 1], (n,)."""
        slope, constant = self._platt
        found: Floats = expit(slope * self.log_odds(names, matrix) + constant)
        return found

    def to_parameters(self) -> dict[str, Any]:
        """As JSON types; reading them back gives the same scores to the bit."""
        return {
            "names": list(self.names),
            "centre": self._centre.tolist(),
            "scale": self._scale.tolist(),
            "weights": self._weights.tolist(),
            "trees": [{k: v.tolist() for k, v in asdict(tree).items()} for tree in self._trees],
            "mix": self._mix,
            "platt": list(self._platt),
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Critic:
        """The critic that ``to_parameters`` wrote; ``InvalidError`` names what is damaged."""
        saved = Saved(parameters, "a saved critic")
        names = saved.texts("names")
        if "zh" not in names:
            raise saved.fault("names", "zh is not among them")
        width = len(names)
        slope, constant = saved.array("platt", 2).tolist()
        return cls(
            names,
            saved.array("centre", 2, width),
            saved.array("scale", 2, width),
            saved.array("weights", width + 1),
            [_tree_from(one, width) for one in saved.items("trees")],
            saved.number("mix"),
            (slope, constant),
        )


def _tree_from(parameters: object, width: int) -> _Tree:
    saved = Saved(parameters, "a tree of a saved critic")
    feature = saved.array("feature", None).astype(np.int64)
    size = len(feature)
    left, right = (saved.array(side, size).astype(np.int64) for side in ("left", "right"))
    inner = feature >= 0
    later = np.minimum(left, right)[inner] > np.flatnonzero(inner)  # else it would never end
    if not size or feature.max() >= width or not later.all():
        raise saved.fault("feature, left or right", "they make no tree over the figures")
    if np.maximum(left, right).max() >= size:
        raise saved.fault("left or right", "it points outside the tree")
    return _Tree(feature, saved.array("threshold", size), left, right, saved.array("value", size))


def _standards(matrix: Floats, chinese: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Mean and spread of each column per language, (2, n_columns)."""
    centre, scale = np.zeros((2, matrix.shape[1])), np.ones((2, matrix.shape[1]))
    for at, rows in enumerate((matrix[~chinese], matrix[chinese])):
        known = ~np.isnan(rows)
        count = np.maximum(known.sum(axis=0), 1)
        centre[at] = np.where(known, rows, 0.0).sum(axis=0) / count
        left = np.where(known, rows - centre[at], 0.0)
        spread = np.sqrt((left**2).sum(axis=0) / count)
        scale[at] = np.where(spread > 1e-9, spread, 1.0)
    return centre, scale


def _standard(matrix: Floats, chinese: NDArray[np.bool_], centre: Floats, scale: Floats) -> Floats:
    at = chinese.astype(np.int64)
    rows = (matrix - centre[at]) / scale[at]
    found: Floats = np.clip(np.nan_to_num(rows, nan=0.0), -4.0, 4.0)
    return found


def _grown(tree: Any, rate: float) -> _Tree:
    inner = tree.children_left >= 0
    return _Tree(
        np.where(inner, tree.feature, -1).astype(np.int64),
        np.where(inner, tree.threshold, 0.0),
        np.where(inner, tree.children_left, 0).astype(np.int64),
        np.where(inner, tree.children_right, 0).astype(np.int64),
        tree.value[:, 0, 0] * rate,
    )
