"""Boosted trees that are kept as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError, Saved
from promoloop.respond import booster_of

__all__ = ["TreeSettings", "Trees"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TreeSettings:
    """How large trees grow: ``rounds`` of at most ``leaves``.

    Each leaf has ``least`` of the rows or more, as a share. ``shrink`` is the learning rate,
    ``ridge`` the penalty on squared leaf values.
    """

    rounds: int = 30
    leaves: int = 8
    least: float = 0.02
    shrink: float = 0.1
    ridge: float = 10.0

    def __post_init__(self) -> None:
        shares = 0.0 < self.least < 1.0 and 0.0 < self.shrink <= 1.0
        if self.rounds < 1 or self.leaves < 2 or not shares:
            raise InvalidError(
                f"trees of {self.rounds} rounds, {self.leaves} leaves of {self.least:g} or more"
                f" at a rate of {self.shrink:g}",
                "there must be a round and two leaves, and the shares lie between 0 and 1",
                "Use the defaults.",
            )

    def to_parameters(self) -> dict[str, float]:
        """As JSON types."""
        return asdict(self)

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, float]) -> TreeSettings:
        """The settings that ``to_parameters`` wrote."""
        saved = Saved(parameters, "saved settings of trees")
        return cls(
            saved.whole("rounds"),
            saved.whole("leaves"),
            *(saved.number(name) for name in ("least", "shrink", "ridge")),
        )


class Trees:
    """A forest as LightGBM writes it; no text predicts 0."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._booster = booster_of(text) if text else None

    @classmethod
    def fitted(
        cls,
        features: Floats,
        label: Floats,
        settings: TreeSettings,
        weight: Floats | None = None,
        monotone: Sequence[int] = (),
    ) -> Trees:
        """Least squares; ``monotone`` says per feature -1 for never rising, 0 for any."""
        parameters = {
            "objective": "regression",
            "num_leaves": settings.leaves,
            "learning_rate": settings.shrink,
            "min_data_in_leaf": max(1, int(settings.least * len(label))),
            "lambda_l2": settings.ridge,
            "monotone_constraints": list(monotone) or None,
            "max_bin": 63,
            "num_threads": 1,
            "deterministic": True,
            "force_col_wise": True,
            "verbosity": -1,
        }
        data = lightgbm.Dataset(features, label, weight=weight, params={"verbosity": -1})
        booster = lightgbm.train(parameters, data, settings.rounds)
        return cls(booster.model_to_string())

    def predict(self, features: Floats) -> Floats:
        """(n,) predictions."""
        if self._booster is None:
            return np.zeros(len(features))
        return np.asarray(self._booster.predict(features, num_threads=1), dtype=np.float64)
