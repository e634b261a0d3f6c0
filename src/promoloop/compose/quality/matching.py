"""Learnt from the written lines: which coordinates of two vectors tell that they belong together.

A logistic model on the products, coordinate by coordinate, of a line's vector and a name's.
Positives are lines with their own group's name, negatives the same lines with others' names. Groups
fall into folds by the hash of their id, and the model asked about a group has not seen its fold,
so a known group is judged like a new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError, Saved, stable_hash

__all__ = ["Matcher", "Pairs"]

Floats = NDArray[np.float64]

_FOLDS = 5


@dataclass(frozen=True)
class Pairs:
    """Lines and the names of all groups as vectors.

    ``lines`` (n, d); ``owner`` (n,) the row of ``names`` (g, d) each belongs to; ids (g,).
    """

    lines: Floats
    owner: NDArray[np.int64]
    names: Floats
    group_ids: Sequence[str]


class Matcher:
    """Log odds that a line is about a name; ``weights`` (languages, folds, d)."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self._weights = dict(weights)

    @classmethod
    def fitted(
        cls,
        pairs: Mapping[str, Pairs],
        rng: np.random.Generator,
        negatives: int = 6,
        ridge: float = 1e-6,
    ) -> Matcher:
        """The matcher of written lines, one set of weights per language and fold.

        Parameters
        ----------
        pairs : mapping of language to Pairs
        rng : numpy Generator
            Draws the other names.
        negatives : int
            Other names per line.
        ridge : float
            Penalty on squared weights, per row.
        """
        return cls({key: _weights(one, rng, negatives, ridge) for key, one in pairs.items()})

    def score(self, text: Floats, name: Floats, language: str, group_id: str) -> float:
        """Log odds, by the weights that have not seen the fold of ``group_id``."""
        if language not in self._weights:
            raise InvalidError(
                f"matching a line in {language!r}", "the matcher was not fitted on it", "Fit it."
            )
        return float((text * name) @ self._weights[language][fold_of(group_id)])

    def to_parameters(self) -> dict[str, Any]:
        """As JSON types; four figures are kept."""
        return {
            key: [[float(f"{w:.4g}") for w in row] for row in rows]
            for key, rows in self._weights.items()
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Matcher:
        """The matcher that ``to_parameters`` wrote."""
        saved = Saved(parameters, "a saved matcher")
        found = {key: saved.array(key, None, None) for key in saved}
        if any(rows.ndim != 2 or rows.shape[0] != _FOLDS for rows in found.values()):
            raise InvalidError("a matcher", f"there must be {_FOLDS} rows each", "Fit it again.")
        return cls(found)


def fold_of(group_id: str) -> int:
    """Which of the folds a group is in, known or not.

    >>> fold_of("green-tea") == fold_of("green-tea") < 5
    True
    """
    return stable_hash("fold", group_id) % _FOLDS


def _weights(pairs: Pairs, rng: np.random.Generator, negatives: int, ridge: float) -> Floats:
    from sklearn.linear_model import LogisticRegression

    n, g = len(pairs.owner), len(pairs.group_ids)
    if g < 2 * _FOLDS:
        raise InvalidError(f"a matcher of {g} groups", "folds would be empty", "Give 10 or more.")
    other = (pairs.owner[:, None] + rng.integers(1, g, size=(n, negatives))) % g
    products = np.concatenate(
        [pairs.lines * pairs.names[pairs.owner]]
        + [pairs.lines * pairs.names[other[:, at]] for at in range(negatives)]
    )
    owners = np.concatenate([pairs.owner, *(other[:, at] for at in range(negatives))])
    labels = np.repeat([1.0, 0.0], [n, n * negatives])
    folds = np.array([fold_of(key) for key in pairs.group_ids])
    line_folds = np.tile(folds[pairs.owner], negatives + 1)
    rows = []
    for fold in range(_FOLDS):
        kept = (line_folds != fold) & (folds[owners] != fold)
        model = LogisticRegression(C=1 / (ridge * kept.sum()), max_iter=300)
        model.fit(products[kept], labels[kept])
        rows.append(model.coef_[0])
    return np.array(rows)
