"""The actions a bandit may choose among, as data: what they are called and what they are like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from promoloop.core import InvalidError
from promoloop.decide.records import NOTHING
from promoloop.respond import Action

__all__ = ["ActionSet", "described_actions"]

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


def described_actions(
    actions: Sequence[Action],
    offers: Mapping[str, Sequence[float]],
    channels: Sequence[str],
    nothing: bool = False,
) -> ActionSet:
    """Actions with features that say what they share: offer, channel, hour.

    Parameters
    ----------
    actions : sequence of Action
    offers : mapping of str to sequence of float
        What each offer is like (depth, kind), of about unit size, as many numbers for each.
    channels : sequence of str
        All channels there are, in an order that stays: each but the first has its own column.
    nothing : bool, default False
        Whether nothing is an action too; its features are 0.

    Returns
    -------
    ActionSet
        The offer's numbers, then channels, then cosine and sine of the hour's angle.

    Raises
    ------
    InvalidError
        For an offer without numbers, or a channel that is not among ``channels``.

    Examples
    --------
    >>> described_actions([Action("tea", "sms", 6, "a")], {"tea": [0.2]}, ["email", "sms"]
    ...           ).features.round(2).tolist()
    [[0.2, 1.0, 0.0, 1.0]]
    """
    rows = [_description(action, offers, channels) for action in actions]
    keys = [action.key for action in actions]
    if nothing and rows:
        rows, keys = [*rows, [0.0] * len(rows[0])], [*keys, NOTHING]
    if len({len(row) for row in rows}) > 1:
        raise InvalidError(
            "offers", "they are not all described by as many numbers", "Give each the same ones."
        )
    return ActionSet(tuple(keys), np.array(rows, dtype=np.float64))


def _description(
    action: Action, offers: Mapping[str, Sequence[float]], channels: Sequence[str]
) -> list[float]:
    if action.offer_id not in offers or action.channel not in channels:
        raise InvalidError(
            f"action {action.key!r}",
            "its offer has no numbers, or its channel is not among those given",
            "Describe every offer, and name every channel.",
        )
    angle = 2.0 * np.pi * action.hour / 24.0
    one_of = [float(action.channel == channel) for channel in channels[1:]]
    return [*offers[action.offer_id], *one_of, float(np.cos(angle)), float(np.sin(angle))]


def _require_features(features: Floats | None, k: int) -> None:
    if features is None:
        return
    if features.ndim != 2 or features.shape[0] != k or not np.isfinite(features).all():
        raise InvalidError(
            f"action features of shape {features.shape}",
            f"they must be finite and of shape ({k}, any)",
            "Give one row of numbers per action.",
        )
