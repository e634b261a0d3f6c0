"""Feature rows kept under other names, as far as they can be told from what was kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError

__all__ = ["moved_features"]


def moved_features(
    features: NDArray[np.float64], names: Sequence[str], wanted: Sequence[str]
) -> NDArray[np.float64]:
    """Rows of features ``names`` (m, d) as rows of features ``wanted`` (m, len(wanted)).

    A feature ``a_x_b`` that was not kept is the product of ``a`` and ``b`` where both were; any
    other that was not kept is 0, which is what it says where nothing is known.

    Raises
    ------
    InvalidError
        If ``features`` does not have one column per name.

    Examples
    --------
    >>> moved_features(np.array([[0.5, 1.0, 7.0]]), ["depth", "vip", "old"],
    ...                ["vip", "depth", "depth_x_vip", "depth_x_own_answers"])
    array([[1. , 0.5, 0.5, 0. ]])
    """
    if features.ndim != 2 or features.shape[1] != len(names):
        raise InvalidError(
            f"moving features of shape {features.shape}",
            f"{len(names)} names were given for their columns",
            "Give the names of the model they were kept for.",
        )
    kept = dict(zip(names, features.T, strict=True))
    columns = [_column(name, kept, len(features)) for name in wanted]
    return np.stack(columns, axis=1) if columns else np.zeros((len(features), 0))


def _column(name: str, kept: dict[str, NDArray[np.float64]], m: int) -> NDArray[np.float64]:
    first, _, second = name.partition("_x_")
    if name in kept:
        return kept[name]
    return kept[first] * kept[second] if first in kept and second in kept else np.zeros(m)
