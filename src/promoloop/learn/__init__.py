"""Train, gate, promote."""

from promoloop.learn.gating import gate, new_version, stay_in_shadow
from promoloop.learn.journeys import journey_gate
from promoloop.learn.ports import ModelRegistry, RetrainBook
from promoloop.learn.records import GateResult, ModelVersion, RetrainMark

__all__ = [
    "GateResult",
    "ModelRegistry",
    "ModelVersion",
    "RetrainBook",
    "RetrainMark",
    "gate",
    "journey_gate",
    "new_version",
    "stay_in_shadow",
]
