"""The packaged weights as a network that can be trained.

The GGUF file is the quantised base model; it is dequantised as it is read. Training sees the
very weights that llama.cpp will serve, up to rounding.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from promoloop.compose import Document
from promoloop.core import InvalidError, UnavailableError

__all__ = ["Batch", "TrainingBase", "hidden_states", "learn_module", "load_base", "token_losses"]

_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
_SHAPE = 32


def learn_module(name: str) -> ModuleType:
    """Import one package of the extra ``learn``; ``UnavailableError`` names the extra."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UnavailableError(
            "tuning the language model",
            f"the package {name} is not installed",
            "Install the extra: pip install 'promoloop[learn,llm]'.",
        ) from error


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids and mask, shape (n, longest); where targets stand, and what they are."""

    ids: Any
    mask: Any
    rows: Any
    columns: Any
    targets: Any


@dataclass(frozen=True, slots=True)
class TrainingBase:
    """The network with a fresh adapter on it, and its tokenizer."""

    network: Any
    tokenizer: Any
    embedding: Any
    alpha: int

    def tokens(self, document: Document) -> tuple[list[int], list[bool]]:
        """Ids of a document, beginning mark first, and which of them are targets."""
        ids, wanted = [int(self.tokenizer.bos_token_id)], [False]
        for piece in document.pieces:
            own = self.tokenizer(piece.text, add_special_tokens=False).input_ids
            ids += own
            wanted += [piece.target] * len(own)
        return ids, wanted

    def batch(self, documents: Sequence[Document]) -> Batch:
        """Documents side by side, padded on the right."""
        import torch

        found = [self.tokens(one) for one in documents]
        # Few distinct shapes: the processor's kernels are prepared anew for each.
        longest = -(-max(len(ids) for ids, _ in found) // _SHAPE) * _SHAPE
        ids = torch.zeros((len(found), longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        rows, columns, targets = [], [], []
        for at, (own, wanted) in enumerate(found):
            ids[at, : len(own)] = torch.tensor(own)
            mask[at, : len(own)] = 1
            places = [place for place, target in enumerate(wanted) if target]
            rows += [at] * len(places)
            columns += [place - 1 for place in places]
            targets += [own[place] for place in places]
        return Batch(ids, mask, *(torch.tensor(x) for x in (rows, columns, targets)))


def load_base(path: Path, rank: int, seed: int) -> TrainingBase:
    """Read the GGUF file at ``path`` and put an untrained adapter of ``rank`` on every layer.

    The network, adapter included, computes in bfloat16 (four times the speed of float32 where the
    processor has it); the optimiser keeps the adapter in float32. Raises ``UnavailableError``
    without the extra.
    """
    torch = learn_module("torch")
    transformers = learn_module("transformers")
    peft = learn_module("peft")
    learn_module("gguf")
    torch.manual_seed(seed)
    tokenizer, network = _read(transformers, path)
    # Marks of the quantised file: with them peft would look for quantised layers.
    for owner, name in ((network.config, "quantization_config"), (network, "hf_quantizer")):
        if hasattr(owner, name):
            delattr(owner, name)
    network.requires_grad_(requires_grad=False)
    config = peft.LoraConfig(
        r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules=list(_TARGETS),
        task_type="CAUSAL_LM",
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of transformers to peft, not to us
        wrapped = peft.get_peft_model(network, config, autocast_adapter_dtype=False)
    embedding = network.get_input_embeddings().weight.detach()
    return TrainingBase(wrapped, tokenizer, embedding, 2 * rank)


def _read(transformers: ModuleType, path: Path) -> tuple[Any, Any]:
    """Tokenizer and network; ``InvalidError`` where the file holds none."""
    torch = learn_module("torch")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    where = {"gguf_file": path.name}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(path.parent), **where)
        network = transformers.AutoModelForCausalLM.from_pretrained(
            str(path.parent), dtype=torch.bfloat16, **where
        )
    except (OSError, ValueError) as error:
        raise InvalidError(
            f"the weights {path}", f"they cannot be read: {error}", "Remove the file and run again."
        ) from error
    return tokenizer, network


def hidden_states(base: TrainingBase, batch: Batch) -> Any:
    """The last layer's output at the places before each target, shape (n_targets, n_hidden)."""
    body = base.network.base_model.model.model
    states = body(input_ids=batch.ids, attention_mask=batch.mask, use_cache=False).last_hidden_state
    return states[batch.rows, batch.columns]


def token_losses(base: TrainingBase, batch: Batch) -> Any:
    """Negative log-likelihood of each target under the whole vocabulary, shape (n_targets,)."""
    import torch

    states = hidden_states(base, batch)
    found = []
    for at in range(0, len(states), 256):
        logits = (states[at : at + 256] @ base.embedding.T).float()
        found.append(
            torch.nn.functional.cross_entropy(
                logits, batch.targets[at : at + 256], reduction="none"
            )
        )
    return torch.cat(found)
