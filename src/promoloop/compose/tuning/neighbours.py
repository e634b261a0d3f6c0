"""Which known groups are like a product."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from promoloop.compose.records import ProductGroup

__all__ = ["nearest_groups"]

_FAMILY = 0.35


def nearest_groups(
    group: ProductGroup,
    known: Sequence[ProductGroup],
    likeness: NDArray[np.float64],
    n: int = 3,
) -> list[ProductGroup]:
    """The ``n`` groups of ``known`` nearest to ``group``, nearest first.

    ``likeness``, shape (n_known,), is the inner product of text vectors of the names (all zero
    without an encoder: the family decides then). Held-out groups and the group itself are never
    shown. Being of the same family counts as much as 0.35 of likeness.
    """
    bonus = np.array([_FAMILY * (one.family == group.family) for one in known])
    order = np.argsort(-(likeness + bonus), kind="stable")
    fit = (known[int(at)] for at in order)
    allowed = [one for one in fit if not one.held_out and one.group_id != group.group_id]
    return allowed[:n]
