"""A matrix product whose rows do not depend, to the last bit, on the rows beside them.

A plain product asks BLAS, which adds up in another order for another number of rows: a shopper
weighed alone would differ in the last bits from the same shopper among thousands. Logged decisions
are replayed to the bit, so rows go through blocks of one fixed shape.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["rowwise_product"]

_BLOCK = 256  # rows; larger is no faster, and small enough that BLAS starts no threads


def rowwise_product(rows: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """``rows`` (..., d) times ``matrix`` (d, e): (..., e).

    The same row gives the same bits whatever stands beside it, on one machine with one build of
    numpy.

    >>> rowwise_product(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]])).tolist()
    [[11.0]]
    """
    flat = np.ascontiguousarray(rows.reshape(-1, rows.shape[-1]))
    steady = np.ascontiguousarray(matrix)
    result = np.empty((len(flat), matrix.shape[1]))
    whole = len(flat) - len(flat) % _BLOCK
    for begin in range(0, whole, _BLOCK):
        np.matmul(flat[begin : begin + _BLOCK], steady, out=result[begin : begin + _BLOCK])
    if whole < len(flat):
        rest = np.zeros((_BLOCK, flat.shape[1]))
        rest[: len(flat) - whole] = flat[whole:]
        result[whole:] = (rest @ steady)[: len(flat) - whole]
    return result.reshape(*rows.shape[:-1], matrix.shape[1])
