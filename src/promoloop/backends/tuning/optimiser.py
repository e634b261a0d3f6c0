"""Adam over an adapter that computes in bfloat16 and is kept in float32.

A step of 1e-4 is lost in bfloat16's eight bits, so the optimiser owns full-precision masters and
the network wears their rounded copies.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from promoloop.backends.tuning.base import TrainingBase, learn_module
from promoloop.core import InvalidError

__all__ = ["AdapterOptimiser", "share_of_step"]


class AdapterOptimiser:
    """One optimiser step after another; state that can be saved and taken up again."""

    def __init__(self, base: TrainingBase, step_size: float) -> None:
        torch = learn_module("torch")
        self._torch = torch
        self._worn = {
            name: one for name, one in base.network.named_parameters() if one.requires_grad
        }
        self._masters = {
            name: one.detach().float().requires_grad_() for name, one in self._worn.items()
        }
        self._step_size = step_size
        self._adam = torch.optim.AdamW(self._masters.values(), lr=step_size, weight_decay=0.01)

    def step(self, share: float) -> None:
        """Move along the gradients of the network by ``share`` of the full step."""
        for name, master in self._masters.items():
            worn = self._worn[name]
            master.grad = worn.grad.float()
            worn.grad = None
        self._torch.nn.utils.clip_grad_norm_(self._masters.values(), 1.0)
        for group in self._adam.param_groups:
            group["lr"] = self._step_size * share
        self._adam.step()
        self._wear()

    def save(self, path: Path, record: Mapping[str, object]) -> None:
        """Masters, moments and ``record`` in one file, which takes its name when it is whole."""
        tensors: dict[str, Any] = {}
        steps = 0.0
        for name, master in self._masters.items():
            tensors[f"master.{name}"] = master.detach()
            for key, value in self._adam.state.get(master, {}).items():
                if key == "step":
                    steps = float(value)
                else:
                    tensors[f"{key}.{name}"] = value
        told = {"record": json.dumps({**record, "optimiser_steps": steps})}
        partial = path.with_suffix(".partial")
        learn_module("safetensors.torch").save_file(tensors, partial, metadata=told)
        partial.replace(path)

    def restore(self, path: Path) -> dict[str, Any]:
        """Take up what ``save`` wrote; gives its record.

        Raises ``InvalidError`` when the file is none of ours or of another shape of adapter.
        """
        record = checkpoint_record(path)
        tensors = learn_module("safetensors.torch").load_file(path)
        steps = self._torch.tensor(float(record["optimiser_steps"]))
        for name, master in self._masters.items():
            kept = [tensors.get(f"{key}.{name}") for key in ("master", "exp_avg", "exp_avg_sq")]
            if any(one is None or one.shape != master.shape for one in kept):
                raise _no_checkpoint(path)
            with self._torch.no_grad():
                master.copy_(kept[0])
            self._adam.state[master] = {
                "step": steps.clone(), "exp_avg": kept[1], "exp_avg_sq": kept[2],
            }  # fmt: skip
        self._wear()
        return record

    def _wear(self) -> None:
        with self._torch.no_grad():
            for name, master in self._masters.items():
                self._worn[name].copy_(master)


def checkpoint_record(path: Path) -> dict[str, Any]:
    """The record within a checkpoint; ``InvalidError`` where it is none of ours."""
    safetensors = learn_module("safetensors")
    try:
        with safetensors.safe_open(path, "pt") as file:
            record = json.loads((file.metadata() or {})["record"])
    except (safetensors.SafetensorError, KeyError, ValueError, OSError) as error:
        raise _no_checkpoint(path) from error
    if not isinstance(record, dict):
        raise _no_checkpoint(path)
    return record


def _no_checkpoint(path: Path) -> InvalidError:
    return InvalidError(
        f"the checkpoint {path}", "it is damaged or not of this run", "Remove it and start anew."
    )


def share_of_step(progress: float, warm_up: float) -> float:
    """The share of the full step size: it rises over ``warm_up``, then falls as a cosine to 5 %.

    >>> share_of_step(0.05, 0.05), round(share_of_step(1.0, 0.05), 6)
    (1.0, 0.05)
    """
    if progress < warm_up:
        return (progress + 1e-3) / (warm_up + 1e-3)
    fallen = math.cos(math.pi * (progress - warm_up) / (1 - warm_up))
    return 0.05 + 0.95 * (1 + fallen) / 2
