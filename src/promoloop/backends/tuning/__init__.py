"""Tuning of the packaged language model: LoRA by torch and peft (extra ``learn``)."""

from promoloop.backends.tuning.adapter_gguf import write_adapter
from promoloop.backends.tuning.base import TrainingBase, load_base
from promoloop.backends.tuning.supervised import Lesson, SupervisedPlan, tune_supervised

__all__ = [
    "Lesson",
    "SupervisedPlan",
    "TrainingBase",
    "load_base",
    "tune_supervised",
    "write_adapter",
]
