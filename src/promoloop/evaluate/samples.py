"""Checks every estimator makes on what it is given."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from promoloop.core import InvalidError, numbers

__all__ = ["Floats", "line", "require_level", "table"]

Floats = NDArray[np.float64]


def line(given: ArrayLike, name: str, size: int | None = None) -> Floats:
    """``given`` as finite numbers of shape (size,)."""
    return _finite(given, name, 1, size)


def table(given: ArrayLike, name: str) -> Floats:
    """``given`` as finite numbers with one row per unit and at least one column."""
    return _finite(given, name, 2, None)


def require_level(level: float) -> float:
    """``level`` unchanged when it is strictly between 0 and 1."""
    if not 0.0 < level < 1.0:
        raise InvalidError(f"level {level}", "it is not between 0 and 1", "Use 0.95, say.")
    return level


def _finite(given: ArrayLike, name: str, dimensions: int, size: int | None) -> Floats:
    array = numbers(given, name)
    wrong = array.ndim != dimensions or 0 in array.shape[1:]
    if wrong or (size is not None and array.shape[0] != size):
        raise InvalidError(
            f"{name} of shape {array.shape}",
            f"it must have {dimensions} dimension(s) and {size or 'some'} rows",
            "Give one entry per unit.",
        )
    if array.shape[0] < 2:
        raise InvalidError(
            f"{name} of {array.shape[0]} unit(s)",
            "an interval needs at least two",
            "Wait for more data.",
        )
    if not np.isfinite(array).all():
        raise InvalidError(
            name, "it has NaN or infinite entries", "Leave out or mend those units first."
        )
    return array
