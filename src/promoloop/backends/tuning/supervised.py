"""Supervised tuning: the adapter learns to write the lines that people wrote."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from promoloop.backends.tuning.adapter_gguf import write_adapter
from promoloop.backends.tuning.base import Batch, TrainingBase, hidden_states, token_losses
from promoloop.backends.tuning.optimiser import AdapterOptimiser, checkpoint_record, share_of_step
from promoloop.compose import Document, ExampleLine, Library, ProductGroup, training_documents
from promoloop.core import InvalidError

__all__ = ["Lesson", "SupervisedPlan", "mean_loss", "tune_supervised"]

_NEGATIVES = 16_384
_MEASURED = 24  # documents that the held-out loss is taken on; about 3,500 tokens
_AT_ONCE = 4

Epoch = dict[str, float]
Told = Callable[[Epoch], None]


@dataclass(frozen=True, slots=True)
class SupervisedPlan:
    """How to train; ``minutes`` limits the CPU minutes of one call, and 0 is no limit.

    The step size rises over ``warm_up`` of all steps, then falls as a cosine.
    """

    epochs: int = 3
    seed: int = 0
    rank: int = 16
    step_size: float = 5e-4
    batch: int = 4
    warm_up: float = 0.05
    minutes: float = 0.0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("epochs", 1, 100), ("rank", 1, 64), ("batch", 1, 64), ("minutes", 0, 1e5),
            ("step_size", 1e-7, 1e-1), ("warm_up", 0, 0.5), ("seed", 0, 2**31),
        ):  # fmt: skip
            value = getattr(self, name)
            if not low <= value <= high:
                raise InvalidError(
                    f"tuning with {name} = {value}",
                    "it is out of range",
                    f"Write a value from {low:g} to {high:g}.",
                )


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is learnt from and what is measured on; ``key`` names this very data and format."""

    groups: Sequence[ProductGroup]
    held_out: Sequence[ProductGroup]
    lines: Sequence[ExampleLine]
    library: Library
    key: str

    def documents(self, rng: np.random.Generator) -> list[Document]:
        """One epoch."""
        return training_documents(self.groups, self.lines, self.library, rng)


class Vocabulary:
    """The tokens the loss is normalised over: those of the texts, and a sample of the rest.

    The output layer over all 262,144 tokens would cost more than the network below it. Tokens of
    the texts enter in full; the others are represented by a uniform sample whose logits are
    raised by ``log(n_others / n_sample)``, so that the normaliser's expectation is the true one
    (importance sampling: Jean et al. (2015), "On using very large target vocabulary for neural
    machine translation", section 3.2).
    """

    def __init__(self, base: TrainingBase, documents: Sequence[Document]) -> None:
        seen = {token for one in documents for token in base.tokens(one)[0]}
        self._own = np.array(sorted(seen))
        self._others = np.setdiff1d(np.arange(len(base.embedding)), self._own)

    def loss(self, base: TrainingBase, batch: Batch, rng: np.random.Generator) -> Any:
        """Mean loss over the targets of ``batch``, in nats."""
        import torch

        drawn = rng.choice(self._others, min(_NEGATIVES, len(self._others)), replace=False)
        kept = torch.from_numpy(np.concatenate([self._own, drawn]))
        raised = torch.zeros(len(kept))
        raised[len(self._own) :] = math.log(len(self._others) / len(drawn))
        places = torch.from_numpy(np.searchsorted(self._own, batch.targets.numpy()))
        logits = (hidden_states(base, batch) @ base.embedding[kept].T).float() + raised
        return torch.nn.functional.cross_entropy(logits, places)


def mean_loss(base: TrainingBase, documents: Sequence[Document]) -> float:
    """Mean negative log-likelihood per target token over the whole vocabulary, in nats."""
    import torch

    base.network.eval()
    total, count = 0.0, 0
    with torch.no_grad():
        for at in range(0, len(documents), _AT_ONCE):
            losses = token_losses(base, base.batch(documents[at : at + _AT_ONCE]))
            total += float(losses.sum())
            count += len(losses)
    return total / count if count else math.nan


def tune_supervised(
    base: TrainingBase, lesson: Lesson, plan: SupervisedPlan, folder: Path, told: Told
) -> dict[str, Any]:
    """Train, or go on where a killed run stopped; gives the record of the run.

    After each epoch ``folder`` holds ``checkpoint.safetensors`` and ``adapter.gguf``. The record
    holds ``epochs`` (each with mean training loss, held-out loss, CPU and wall seconds),
    ``held_out_loss_before`` and ``finished``. Raises ``InvalidError`` when ``folder`` holds the
    checkpoint of another run.
    """
    key = {"lesson": lesson.key, **{k: v for k, v in asdict(plan).items() if k != "minutes"}}
    checkpoint = folder / "checkpoint.safetensors"
    optimiser = AdapterOptimiser(base, plan.step_size)
    record = _begun(optimiser, checkpoint, key)
    measured = _measured(lesson)
    if "held_out_loss_before" not in record:
        record["held_out_loss_before"] = round(mean_loss(base, measured), 4)
    begun = time.process_time()
    while len(record["epochs"]) < plan.epochs and not _spent(record, begun, plan):
        epoch = _epoch(base, lesson, plan, optimiser, len(record["epochs"]))
        epoch["held_out_loss"] = round(mean_loss(base, measured), 4)
        record["epochs"].append(epoch)
        write_adapter(base, folder / "adapter.gguf", "promoloop hooks")
        optimiser.save(checkpoint, record)
        told(epoch)
    return {**record, "finished": len(record["epochs"]) == plan.epochs}


def _begun(
    optimiser: AdapterOptimiser, checkpoint: Path, key: Mapping[str, object]
) -> dict[str, Any]:
    """The record of the run so far; a fresh one where there is no checkpoint."""
    if not checkpoint.exists():
        return {"key": dict(key), "epochs": []}
    if checkpoint_record(checkpoint).get("key") != key:
        raise InvalidError(
            f"going on with {checkpoint}",
            "it belongs to a run with other data, format or options",
            "Give the options of that run, or another --out.",
        )
    return optimiser.restore(checkpoint)


def _measured(lesson: Lesson) -> list[Document]:
    """The documents that the held-out loss is taken on: always the same ones."""
    rng = np.random.default_rng(5)
    return training_documents(lesson.held_out, lesson.lines, lesson.library, rng)[:_MEASURED]


def _spent(record: Mapping[str, Any], begun: float, plan: SupervisedPlan) -> bool:
    """Whether another epoch as long as the last would pass the limit of this call."""
    if not plan.minutes or not record["epochs"]:
        return False
    used = time.process_time() - begun
    return bool(used + record["epochs"][-1]["cpu_seconds"] > plan.minutes * 60)


def _epoch(
    base: TrainingBase,
    lesson: Lesson,
    plan: SupervisedPlan,
    optimiser: AdapterOptimiser,
    number: int,
) -> Epoch:
    """One pass over all lines, in an order that seed and number settle."""
    rng = np.random.default_rng([plan.seed, number])
    documents = lesson.documents(rng)
    vocabulary = Vocabulary(base, documents)
    starts = range(0, len(documents), plan.batch)
    begun, clock = time.process_time(), time.perf_counter()
    base.network.train()
    total = 0.0
    for turn, at in enumerate(starts):
        loss = vocabulary.loss(base, base.batch(documents[at : at + plan.batch]), rng)
        loss.backward()
        progress = (number + turn / len(starts)) / plan.epochs
        optimiser.step(share_of_step(progress, plan.warm_up))
        total += float(loss.detach())
    return {
        "epoch": number + 1,
        "training_loss": round(total / len(starts), 4),
        "cpu_seconds": round(time.process_time() - begun, 1),
        "seconds": round(time.perf_counter() - clock, 1),
    }
