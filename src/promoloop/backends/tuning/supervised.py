"""Supervised tuning: the adapter learns to write the lines that people wrote."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from promoloop.backends.tuning.base import Batch, TrainingBase, hidden_states, token_losses
from promoloop.compose import Document, ExampleLine, ProductGroup, training_documents

__all__ = ["SupervisedPlan", "mean_loss", "tune_supervised"]

_NEGATIVES = 16_384
_EVALUATE = 8


@dataclass(frozen=True, slots=True)
class SupervisedPlan:
    """How to train. The step size rises over ``warm_up`` of all steps, then falls as a cosine."""

    epochs: int = 4
    seed: int = 0
    step_size: float = 5e-4
    batch: int = 4
    warm_up: float = 0.05


class Vocabulary:
    """The tokens the loss is normalised over: those of the texts, and a sample of the rest.

    The output layer over all 262,144 tokens would cost more than the network below it. Tokens of
    the texts enter in full; the others are represented by a uniform sample whose logits are
    raised by ``log(n_others / n_sample)``, which makes the normaliser unbiased (importance
    sampling; Jean et al. 2015, "On using very large target vocabulary").
    """

    def __init__(self, base: TrainingBase, documents: Sequence[Document]) -> None:
        seen = {token for one in documents for token in base.tokens(one)[0]}
        self._own = np.array(sorted(seen))
        self._others = np.setdiff1d(np.arange(len(base.embedding)), self._own)

    def loss(self, base: TrainingBase, batch: Batch, rng: np.random.Generator) -> Any:
        """Mean loss over the targets of ``batch``."""
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
        for at in range(0, len(documents), _EVALUATE):
            losses = token_losses(base, base.batch(documents[at : at + _EVALUATE]))
            total += float(losses.sum())
            count += len(losses)
    return total / count


def tune_supervised(
    base: TrainingBase,
    groups: Sequence[ProductGroup],
    lines: Sequence[ExampleLine],
    plan: SupervisedPlan,
    told: Callable[[dict[str, float]], None],
) -> None:
    import torch

    worn = [one for one in base.network.parameters() if one.requires_grad]
    parameters = [one.detach().float().requires_grad_() for one in worn]
    optimiser = torch.optim.AdamW(parameters, lr=plan.step_size, weight_decay=0.01)
    first = training_documents(groups, lines, np.random.default_rng([plan.seed, 0]))
    vocabulary = Vocabulary(base, first)
    steps = plan.epochs * math.ceil(len(first) / plan.batch)
    done = 0
    for epoch in range(plan.epochs):
        rng = np.random.default_rng([plan.seed, epoch])
        torch.manual_seed(plan.seed * 1000 + epoch)
        documents = training_documents(groups, lines, rng)
        base.network.train()
        total = 0.0
        started = time.perf_counter(), time.process_time()
        batches = range(0, len(documents), plan.batch)
        for at in batches:
            for group in optimiser.param_groups:
                group["lr"] = plan.step_size * _share(done / steps, plan.warm_up)
            loss = vocabulary.loss(base, base.batch(documents[at : at + plan.batch]), rng)
            loss.backward()
            for one, master in zip(worn, parameters, strict=True):
                master.grad = one.grad.float()
                one.grad = None
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            with torch.no_grad():
                for one, master in zip(worn, parameters, strict=True):
                    one.copy_(master)
            total += float(loss.detach())
            done += 1
        told(
            {
                "epoch": epoch,
                "loss": total / len(batches),
                "wall": time.perf_counter() - started[0],
                "cpu": time.process_time() - started[1],
            }
        )


def _share(progress: float, warm_up: float) -> float:
    if progress < warm_up:
        return (progress + 1e-9) / warm_up
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (progress - warm_up) / (1 - warm_up)))
