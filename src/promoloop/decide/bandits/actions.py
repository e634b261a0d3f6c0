"""The actions a bandit may choose among, as data: what they are called and what they are like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from promoloop.core import InvalidError
from promoloop.decide.records import NOTHING

__all__ = ["ActionSet"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class ActionSet:
    """Offer × channel × hour × variant, each with a key, features, and who may get it.

    Parameters
    ----------
    keys : tuple of str, length k
        One name per action, such as ``coffee-20/email/18/a``. ``"nothing"`` may be one of them;
        it then stands last, so that the index -1 means it.
    features : array, shape (k, p), optional
        What the action is like: depth, channel, hour. What two actions share here, they share in
        what is learnt. None: all that is known is the key.
    eligible : array of bool, shape (n, k), optional
        False where that row may not get that action. None: everybody may get everything.

    Raises
    ------
    InvalidError
        For no keys, a key twice, ``"nothing"`` before the end, or misshapen or non-finite arrays.

    Examples
    --------
    >>> actions = ActionSet(("coffee", "tea", "nothing"), np.array([[0.2], [0.1], [0.0]]))
    >>> actions.taken([1, -1])
    ('tea', 'nothing')
    """

    keys: tuple[str, ...]
    features: Floats | None = None
    eligible: Mask | None = None

    def __post_init__(self) -> None:
        k = len(self.keys)
        if k == 0 or len(set(self.keys)) != k:
            raise InvalidError(
                f"a set of {k} actions", "keys must be there, and unique", "Name each action once."
            )
        if NOTHING in self.keys[:-1]:
            raise InvalidError(
                f"{NOTHING!r} as action {self.keys.index(NOTHING)} of {k}",
                "it must be the last action, where the index -1 finds it",
                "Put it at the end.",
            )
        _require_features(self.features, k)
        mask = self.eligible
        if mask is not None and (mask.ndim != 2 or mask.shape[1] != k or mask.dtype != np.bool_):
            raise InvalidError(
                f"eligible of shape {mask.shape} and type {mask.dtype}",
                f"it must be (rows, {k}) of booleans",
                "Give one entry per row and action.",
            )

    @property
    def width(self) -> int:
        """Features per action, p."""
        return 0 if self.features is None else int(self.features.shape[1])

    def among(self, eligible: Mask) -> ActionSet:
        """The same actions for the rows of this mask, (n, k)."""
        return replace(self, eligible=eligible)

    def taken(self, index: ArrayLike | Sequence[int]) -> tuple[str, ...]:
        """Keys of chosen columns, as ``learn`` wants them; -1 is nothing.

        Raises
        ------
        InvalidError
            For a column that is not there, or -1 when nothing is not an action.
        """
        columns = np.asarray(index, dtype=np.int64)
        least = -1 if self.keys[-1] == NOTHING else 0
        if columns.size and (columns.min() < least or columns.max() >= len(self.keys)):
            raise InvalidError(
                f"columns from {columns.min()} to {columns.max()}",
                f"there are {len(self.keys)} actions, the first has number 0",
                "Give the index that choose returned, with the same actions.",
            )
        keys = self.keys
        return tuple([keys[column] for column in columns.tolist()])


def _require_features(features: Floats | None, k: int) -> None:
    if features is None:
        return
    if features.ndim != 2 or features.shape[0] != k or not np.isfinite(features).all():
        raise InvalidError(
            f"action features of shape {features.shape}",
            f"they must be finite and of shape ({k}, any)",
            "Give one row of numbers per action.",
        )
