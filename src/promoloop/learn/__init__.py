"""Train, gate, promote."""

from promoloop.learn.ports import ModelRegistry
from promoloop.learn.records import GateResult, ModelVersion

__all__ = [
    "GateResult",
    "ModelRegistry",
    "ModelVersion",
]
