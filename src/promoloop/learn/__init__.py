"""Train, gate, promote."""

from promoloop.learn.gating import gate, new_version, stay_in_shadow
from promoloop.learn.journeys import journey_gate
from promoloop.learn.ports import ModelRegistry
from promoloop.learn.records import GateResult, ModelVersion

__all__ = [
    "GateResult",
    "ModelRegistry",
    "ModelVersion",
    "gate",
    "journey_gate",
    "new_version",
    "stay_in_shadow",
]
