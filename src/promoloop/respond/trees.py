"""Boosted trees that can say, exactly, what each feature did to one prediction.

LightGBM computes the Shapley values of a tree ensemble in closed form (``pred_contrib``): on the
scale of the raw score they and the expected score sum to the prediction.

References
----------
Lundberg, Erion and Lee (2018), "Consistent individualized feature attribution for tree
ensembles", algorithm 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import lightgbm
import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError, stable_hash
from promoloop.respond.quality import sigmoid

__all__ = ["Habit", "TreeModel", "booster_of"]

_SIZES = b"\ntree_sizes="


def booster_of(text: str) -> lightgbm.Booster:
    """The trees that LightGBM wrote as ``text``.

    Raises
    ------
    InvalidError
        When the text was cut short or changed. That is looked for before LightGBM reads it, as it
        may end the process over a tree that breaks off.
    """
    if not _is_whole(text.encode()):
        raise _damaged("the text is cut short or is none of LightGBM's")
    try:
        return lightgbm.Booster(model_str=text)
    except lightgbm.basic.LightGBMError as error:
        raise _damaged(str(error)) from error


def _damaged(case: str) -> InvalidError:
    remedy = "Bring the model back from a backup, or learn it anew."
    return InvalidError("saved trees", case, remedy)


def _is_whole(text: bytes) -> bool:
    """Whether every tree stands where the head says, and the parameters after the last are all."""
    head, found, rest = text.partition(_SIZES)
    sizes, ends, trees = rest.partition(b"\n\n")
    if not (head.startswith(b"tree\n") and found and ends):
        return False
    at = 0
    for number, size in enumerate(sizes.split()):
        if not (size.isdigit() and trees[at:].startswith(b"Tree=%d\n" % number)):
            return False
        at += int(size)
    return trees[at:].startswith(b"end of trees\n") and b"\nend of parameters\n" in trees[at:]


@dataclass(frozen=True, slots=True)
class Habit:
    """Why one shopper is expected to buy from one group: Shapley values in log odds.

    ``expected`` plus the values of ``parts`` are the log odds of ``probability``, before it was
    clipped; ``seen`` are the features.
    """

    group: str
    probability: float
    expected: float
    parts: Mapping[str, float]
    seen: Mapping[str, float]


@dataclass(frozen=True)
class TreeModel:
    """A fitted ensemble for a probability, as text; its score is in log odds.

    ``predict`` clips to ``[least, most]``.
    """

    text: str
    feature_names: Sequence[str]
    least: float = 1e-4
    most: float = 0.999

    @property
    def key(self) -> str:
        """The same for the same trees, on every machine."""
        return f"{stable_hash(self.text):016x}"

    @cached_property
    def _booster(self) -> lightgbm.Booster:
        return booster_of(self.text)

    def predict(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities (m,) of ``features`` (m, d)."""
        said = self._booster.predict(self._checked(features), num_threads=1)
        return np.clip(np.asarray(said, dtype=np.float64), self.least, self.most)

    def contributions(
        self, features: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Shapley values (m, d) in log odds, and the expected score (m,) they are added to.

        ``sigmoid`` of their sum is what ``predict`` says before it clips.
        """
        whole = self._booster.predict(self._checked(features), pred_contrib=True, num_threads=1)
        parts = np.asarray(whole, dtype=np.float64)  # (m, d + 1), the expected score last
        return parts[:, :-1], parts[:, -1]

    def unclipped(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities (m,) before clipping, from the contributions."""
        parts, expected = self.contributions(features)
        return sigmoid(expected + parts.sum(axis=1))

    def _checked(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        if features.ndim != 2 or features.shape[1] != len(self.feature_names):
            raise InvalidError(
                f"features of shape {features.shape}",
                f"the trees were grown on {len(self.feature_names)}",
                "Give one column per feature name.",
            )
        return features
