"""Numbers as callers give them, found to be numbers or refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promoloop.core.errors import InvalidError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = ["numbers"]


def numbers(given: ArrayLike, name: str) -> NDArray[np.float64]:
    """``given`` as an array of floats; not a copy where it is one already.

    Raises
    ------
    InvalidError
        For text, complex numbers, or rows of different length.

    Examples
    --------
    >>> numbers([1, 2], "rewards").tolist()
    [1.0, 2.0]
    """
    # Money, times and errors are wanted without it too, by `promoloop --help` for one.
    import numpy as np

    if isinstance(given, np.ndarray) and given.dtype == np.float64:
        return given
    try:
        array = np.asarray(given)
        if array.dtype.kind == "c":
            raise TypeError("it holds complex numbers")
        return np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidError(
            name, f"it is not an array of numbers: {error}", "Give numbers, rows of one length."
        ) from error
