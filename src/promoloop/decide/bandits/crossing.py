"""Contexts as the models see them: a constant, the features, and products of features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError, Saved

__all__ = ["Crosses"]

Floats = NDArray[np.float64]

_LARGEST = 1e15  # sum of what is scored together
_WIDEST = 10_000  # features; a covariance has their square


class Crosses:
    """Which products of two context features a model may use besides the features themselves.

    Parameters
    ----------
    width : int
        Context features, d. They should be of about unit size: every coefficient starts from
        the same prior.
    pairs : iterable of (int, int), optional
        Columns to multiply; a column with itself is its square. None by default.

    Attributes
    ----------
    size : int
        Columns of the result.

    Examples
    --------
    >>> Crosses(2, [(0, 1)]).expanded(np.array([[3.0, 5.0]])).tolist()
    [[1.0, 3.0, 5.0, 15.0]]
    """

    def __init__(self, width: int, pairs: Iterable[tuple[int, int]] = ()) -> None:
        self.width = width
        self.pairs = tuple((int(left), int(right)) for left, right in pairs)
        if not 1 <= width <= _WIDEST or any(
            not 0 <= column < width for pair in self.pairs for column in pair
        ):
            raise InvalidError(
                f"{len(self.pairs)} crosses of {width} features",
                f"there must be 1 to {_WIDEST} features, and a pair names two columns from 0 on",
                "Number the columns of the contexts.",
            )
        self.size = 1 + width + len(self.pairs)
        self._left = np.array([left for left, _ in self.pairs], dtype=np.int64)
        self._right = np.array([right for _, right in self.pairs], dtype=np.int64)

    @classmethod
    def every(cls, width: int) -> Crosses:
        """All products of two different features."""
        return cls(width, combinations(range(width), 2))

    def expanded(self, contexts: Floats) -> Floats:
        """(n, d) as (n, size): 1, the features, the products.

        Raises
        ------
        InvalidError
            For another width, NaN or infinity.
        """
        if contexts.ndim != 2 or contexts.shape[1] != self.width:
            raise InvalidError(
                f"contexts of shape {contexts.shape}",
                f"they must be (rows, {self.width})",
                "Give one row per shopper, one column per feature.",
            )
        wide = np.empty((contexts.shape[0], self.size))
        wide[:, 0] = 1.0
        wide[:, 1 : self.width + 1] = contexts
        if self.pairs:
            wide[:, self.width + 1 :] = contexts[:, self._left] * contexts[:, self._right]
        # False for NaN too; the squares still fit into single precision.
        if not float(np.abs(wide).sum()) < _LARGEST:
            raise InvalidError(
                "contexts", "one is NaN, infinite or too large", "Give numbers of about unit size."
            )
        return wide

    def to_parameters(self) -> dict[str, object]:
        """JSON types from which ``from_parameters`` makes the same crosses."""
        return {"width": self.width, "pairs": [list(pair) for pair in self.pairs]}

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> Crosses:
        """What ``to_parameters`` wrote."""
        saved = Saved(parameters, "saved crosses of features")
        pairs = saved.array("pairs", None, 2).astype(np.int64)
        return cls(saved.whole("width"), [(int(left), int(right)) for left, right in pairs])
