"""Which arm of the experiment a shopper is in: a deterministic, sticky hash."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from promoloop.core import InvalidError, unit_interval
from promoloop.decide.records import ARMS

__all__ = ["GlobalHoldout", "assign_arm", "assign_arms", "held_out"]


@dataclass(frozen=True, slots=True)
class GlobalHoldout:
    """A share of all shoppers who get nothing from any campaign, for ever the same ones.

    They show what all campaigns bring together. A larger share keeps everybody who was in a
    smaller one; another ``salt`` deals them anew.
    """

    share: float = 0.0
    salt: str = "everybody"

    def __post_init__(self) -> None:
        if not 0.0 <= self.share < 1.0 or not self.salt:
            raise InvalidError(
                f"a global holdout of {self.share} under the salt {self.salt!r}",
                "the share must be from 0 to below 1, and the salt not empty",
                "Hold out 0.05, say.",
            )


def held_out(unit_ids: Sequence[str], holdout: GlobalHoldout) -> tuple[bool, ...]:
    """Whether each unit is in the global holdout, in order; whatever arms campaigns deal it.

    Examples
    --------
    >>> held_out(("shopper-1", "shopper-2"), GlobalHoldout(0.0))
    (False, False)
    """
    # Its own first part keeps it apart from every campaign, also one of the same salt.
    return tuple(
        unit_interval("global-holdout", holdout.salt, unit) < holdout.share for unit in unit_ids
    )


def assign_arm(unit_id: str, salt: str, shares: Mapping[str, float]) -> str:
    """The arm of one unit: the same for ever under one salt, whoever else takes part.

    Parameters
    ----------
    unit_id : str
        Pseudonymous key of the shopper.
    salt : str
        The experiment's own salt; another salt deals the shoppers anew.
    shares : mapping of arm name to share
        Names out of ``ARMS``, shares in [0, 1] that sum to 1.

    Raises
    ------
    InvalidError
        For an unknown arm, a share outside [0, 1] or shares that do not sum to 1.

    Examples
    --------
    >>> assign_arm("shopper-1", "spring", {"policy": 0.5, "holdout": 0.5})
    'holdout'
    >>> assign_arm("shopper-1", "spring", {"holdout": 1.0})
    'holdout'
    """
    return assign_arms((unit_id,), salt, shares)[0]


def assign_arms(unit_ids: Sequence[str], salt: str, shares: Mapping[str, float]) -> tuple[str, ...]:
    """The arm of each unit, in order; see ``assign_arm``."""
    edges = _edges(shares)
    return tuple(_arm_at(unit_interval(salt, unit), edges) for unit in unit_ids)


def _edges(shares: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    _require_shares(shares)
    # The order of ARMS, not of the mapping: the same shares written in another order
    # must deal nobody anew.
    total = 0.0
    edges = []
    for arm in (name for name in ARMS if shares.get(name, 0.0) > 0.0):
        total += shares[arm]
        edges.append((arm, total))
    return tuple(edges)


def _arm_at(point: float, edges: tuple[tuple[str, float], ...]) -> str:
    return next((arm for arm, edge in edges if point < edge), edges[-1][0])


def _require_shares(shares: Mapping[str, float]) -> None:
    unknown = sorted(set(shares) - set(ARMS))
    if unknown:
        raise InvalidError(
            f"the arm {unknown[0]!r}", f"arms are {', '.join(ARMS)}", "Use one of these names."
        )
    for arm, share in shares.items():
        if not 0.0 <= share <= 1.0:
            raise InvalidError(
                f"arms, field {arm}", f"its share is {share}", "Give a share between 0 and 1."
            )
    if not math.isclose(math.fsum(shares.values()), 1.0, abs_tol=1e-9):
        raise InvalidError(
            f"the arms {dict(shares)}",
            f"their shares sum to {math.fsum(shares.values()):g}",
            "Make them sum to 1.",
        )
