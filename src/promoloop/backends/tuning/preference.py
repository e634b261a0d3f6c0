"""Preference tuning: from what earned less towards what earned more (DPO).

The supervised adapter is the reference and the start. For each pair the loss is
``-log sigmoid(beta * ((log p(better) - log r(better)) - (log p(worse) - log r(worse))))``
(Rafailov et al. 2023, "Direct preference optimization", equation 7), weighted by the pair, plus
a share of the better text's own loss, which keeps the model from making both texts rare.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from promoloop.backends.tuning.adapter_gguf import write_adapter
from promoloop.backends.tuning.base import TrainingBase, learn_module, token_losses
from promoloop.backends.tuning.optimiser import AdapterOptimiser, share_of_step
from promoloop.compose import Document, Piece, PreferencePair, row_prompt
from promoloop.core import InvalidError

__all__ = ["PreferencePlan", "tune_preferences"]

_ANCHOR = 0.1


@dataclass(frozen=True, slots=True)
class PreferencePlan:
    """How to train; ``beta`` says how dear it is to leave the reference."""

    epochs: int = 3
    seed: int = 0
    step_size: float = 5e-5
    batch: int = 4
    beta: float = 0.1

    def __post_init__(self) -> None:
        for name, low, high in (
            ("epochs", 1, 100), ("batch", 1, 64), ("step_size", 1e-7, 1e-2),
            ("beta", 1e-3, 10.0), ("seed", 0, 2**31),
        ):  # fmt: skip
            value = getattr(self, name)
            if not low <= value <= high:
                raise InvalidError(
                    f"preference tuning with {name} = {value}",
                    "it is out of range",
                    f"Write a value from {low:g} to {high:g}.",
                )


def tune_preferences(
    base: TrainingBase,
    pairs: Sequence[PreferencePair],
    names: Mapping[str, Mapping[str, str]],
    plan: PreferencePlan,
    folder: Path,
    told: Callable[[dict[str, float]], None],
) -> list[dict[str, float]]:
    """Train the adapter that ``base`` wears; writes ``folder/candidate.gguf``.

    ``names`` are those of the groups by language. Gives for each epoch the mean loss, the share
    of pairs whose better text has gained on the worse one since the start, and the seconds.
    """
    torch = learn_module("torch")
    if not pairs:
        raise InvalidError(
            "preference tuning", "no pair differs clearly", "Gather more feedback first."
        )
    base.network.eval()
    with torch.no_grad():
        reference = [_logliks(base, [pair], names).detach() for pair in pairs]
    optimiser = AdapterOptimiser(base, plan.step_size)
    epochs: list[dict[str, float]] = []
    for number in range(plan.epochs):
        epoch = _epoch(base, pairs, names, reference, plan, optimiser, number)
        epochs.append(epoch)
        told(epoch)
    write_adapter(base, folder / "candidate.gguf", "promoloop hooks, preferred")
    return epochs


def _epoch(
    base: TrainingBase,
    pairs: Sequence[PreferencePair],
    names: Mapping[str, Mapping[str, str]],
    reference: Sequence[Any],
    plan: PreferencePlan,
    optimiser: AdapterOptimiser,
    number: int,
) -> dict[str, float]:
    torch = learn_module("torch")
    order = np.random.default_rng([plan.seed, number]).permutation(len(pairs))
    starts = range(0, len(order), plan.batch)
    begun = time.process_time()
    total, gained = 0.0, 0
    for turn, at in enumerate(starts):
        chosen = [int(one) for one in order[at : at + plan.batch]]
        few = [pairs[one] for one in chosen]
        now = _logliks(base, few, names)  # (n_pairs, 2): better, worse
        moved = now - torch.cat([reference[one] for one in chosen])
        margins = moved[:, 0] - moved[:, 1]
        weights = torch.tensor([one.weight for one in few])
        loss = -(weights * torch.nn.functional.logsigmoid(plan.beta * margins)).mean()
        (loss - _ANCHOR * now[:, 0].mean() / 10).backward()
        optimiser.step(share_of_step((number + turn / len(starts)) / plan.epochs, 0.1))
        total += float(loss.detach()) * len(few)
        gained += int((margins > 0).sum())
    return {
        "epoch": number + 1,
        "loss": round(total / len(pairs), 4),
        "gained": round(gained / len(pairs), 4),
        "cpu_seconds": round(time.process_time() - begun, 1),
    }


def _logliks(
    base: TrainingBase, pairs: Sequence[PreferencePair], names: Mapping[str, Mapping[str, str]]
) -> Any:
    """Log-likelihood of both texts of each pair, shape (n_pairs, 2)."""
    torch = learn_module("torch")
    documents = [
        _document(pair, text, names) for pair in pairs for text in (pair.better, pair.worse)
    ]
    batch = base.batch(documents)
    losses = token_losses(base, batch)
    sums = torch.zeros(len(documents)).index_add(0, batch.rows, losses)
    return -sums.reshape(len(pairs), 2)


def _document(pair: PreferencePair, text: str, names: Mapping[str, Mapping[str, str]]) -> Document:
    cell = pair.cell
    name = names.get(cell.group_id, {}).get(cell.language, cell.group_id)
    asked = row_prompt(cell.language, name, cell.moment, cell.length, (), "_")
    pieces = (Piece(asked, target=False), Piece(f" {text}\n", target=True))
    return Document(cell.language, pieces)
