"""What was kept under the features of an earlier release, brought to those of the running model.

An upgrade may bring new features while a campaign runs. The model is then carried over by name;
what decisions saw before is kept as it was, for their replay, and carried over when it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

import polars as pl

from promoloop.core import InvalidError, time_ordered_id
from promoloop.flows.house import House
from promoloop.learn import GateResult, ModelVersion, new_version
from promoloop.respond import EffectModel, moved_features

__all__ = ["Layouts", "carried_over"]

Names = tuple[str, ...]


def carried_over(
    house: House, version: ModelVersion, names: Sequence[str], now: datetime
) -> ModelVersion:
    """``version`` under the features ``names``, stored as a new running version.

    ``version`` itself is only retired, so that what it decided can be replayed. The new one says
    in its gate why there is one; it has learnt nothing, so its span of training stays.
    """
    model = EffectModel.from_parameters(version.parameters).carried_over(names)
    span = (version.trained_from, version.trained_until)
    made = new_version(version.kind, now, span, model.to_parameters(), dict(version.metrics))
    made = replace(
        made,
        # Not told by its span alone: a model trained at this very moment has the same one.
        version_id=time_ordered_id(made.created_at, version.kind, "carried", version.version_id),
        gate=GateResult(True, _reason(version, names), 0.0, 0.0, 0.0, 0.0, 0),
    )
    house.models.add(made)
    house.models.promote(made.version_id)
    return replace(made, status="running")


def _reason(version: ModelVersion, names: Sequence[str]) -> str:
    before = _names(version)
    new = ", ".join(name for name in names if name not in before) or "none"
    gone = ", ".join(name for name in before if name not in names) or "none"
    return (
        f"carried over from {version.version_id} because the features changed:"
        f" new {new}; gone {gone}"
    )


@dataclass(frozen=True, slots=True)
class Layouts:
    """The features of one kind's models, by the moment the model was made, oldest first.

    ``wanted`` are those of the running model, ``None`` while there is none.
    """

    since: tuple[tuple[datetime, Names], ...]
    wanted: Names | None

    @classmethod
    def of(cls, house: House, kind: str) -> Layouts:
        """As the registry has them."""
        versions = house.models.all(kind)
        running = [_names(one) for one in versions if one.status == "running"]
        since = tuple((one.created_at, _names(one)) for one in versions)
        return cls(since, running[-1] if running else None)

    def aligned(self, frame: pl.DataFrame) -> pl.DataFrame:
        """``frame`` with its ``features`` as the running model has them; itself if it has."""
        if frame.is_empty() or self.wanted is None or len({names for _, names in self.since}) < 2:
            return frame
        features = frame["features"].to_numpy().reshape(len(frame), -1)
        names = self._at(cast(datetime, frame["decided_at"].max()), features.shape[1])
        if names == self.wanted:
            return frame
        moved = moved_features(features, names, self.wanted)
        return frame.with_columns(features=pl.Series(moved))

    def _at(self, moment: datetime, width: int) -> Names:
        """The features of the last model of ``width`` features made by ``moment``, or later."""
        fits = [(at, names) for at, names in self.since if len(names) == width]
        if not fits:
            raise InvalidError(
                f"what was decided on at {moment.isoformat()}",
                f"it has {width} features, and no model version had as many",
                "Bring the model versions of that time back from a backup.",
            )
        return next((names for at, names in reversed(fits) if at <= moment), fits[0][1])


def _names(version: ModelVersion) -> Names:
    return EffectModel.features_in(version.parameters)
