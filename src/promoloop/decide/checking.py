"""Matrices as callers give them, found sound or named."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from promoloop.core import InvalidError, numbers
from promoloop.decide.records import Matrix

__all__ = ["as_matrix", "eligible_mask", "require_finite", "require_spread"]


def as_matrix(given: ArrayLike, name: str, shape: tuple[int, ...] | None = None) -> Matrix:
    """``given`` as a float matrix, float32 left as it is."""
    narrow = isinstance(given, np.ndarray) and given.dtype == np.float32
    matrix: Matrix = np.asarray(given, dtype=np.float32) if narrow else numbers(given, name)
    if matrix.ndim != 2 or (shape is not None and matrix.shape != shape):
        raise InvalidError(
            f"{name} of shape {matrix.shape}",
            f"the shape must be {shape or '(shoppers, actions)'}",
            "Give one row per shopper and one column per action.",
        )
    return matrix


def eligible_mask(eligible: ArrayLike | None, shape: tuple[int, ...]) -> NDArray[np.bool_] | None:
    """The mask as given, checked; None where everything is eligible."""
    if eligible is None:
        return None
    numbers(eligible, "eligible")  # rows of different length, or text
    allowed = np.asarray(eligible)
    if allowed.shape != shape or allowed.dtype != np.bool_:
        raise InvalidError(
            f"eligible of shape {allowed.shape} and type {allowed.dtype}",
            f"it must be of booleans with shape {shape}",
            "Give one boolean per shopper and action.",
        )
    return allowed


def require_finite(part: Matrix, name: str, first: int) -> None:
    """Name the first NaN or infinity; ``first`` is the number of the part's first row."""
    # One sum tells of any NaN or infinity; a sum may overflow by itself, so look again.
    with np.errstate(over="ignore", invalid="ignore"):
        sound = bool(np.isfinite(part.sum()))
    if sound or np.isfinite(part).all():
        return
    row, column = np.argwhere(~np.isfinite(part))[0].tolist()
    raise InvalidError(
        f"{name}, row {first + row}, column {column}",
        f"it is {part[row, column]}",
        "Give finite numbers; cut an action through eligible, not through its value.",
    )


def require_spread(value_sd: Matrix | None) -> None:
    """Name a negative standard deviation."""
    if value_sd is not None and value_sd.size and value_sd.min() < 0:
        raise InvalidError(
            "value_sd", f"it goes down to {value_sd.min()}", "Give standard deviations, >= 0."
        )
