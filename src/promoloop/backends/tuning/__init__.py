"""Tuning of the packaged language model: LoRA by torch and peft (extra ``learn``)."""

from promoloop.backends.tuning.adapter_gguf import adapter_rank, wear_adapter, write_adapter
from promoloop.backends.tuning.base import TrainingBase, load_base
from promoloop.backends.tuning.preference import PreferencePlan, tune_preferences
from promoloop.backends.tuning.supervised import Lesson, SupervisedPlan, tune_supervised

__all__ = [
    "Lesson",
    "PreferencePlan",
    "SupervisedPlan",
    "TrainingBase",
    "adapter_rank",
    "load_base",
    "tune_preferences",
    "tune_supervised",
    "wear_adapter",
    "write_adapter",
]
