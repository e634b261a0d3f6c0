"""The trained adapter as a GGUF file that llama.cpp loads beside the base weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from promoloop.backends.tuning.base import TrainingBase, learn_module
from promoloop.core import InvalidError

__all__ = ["adapter_arrays", "adapter_rank", "wear_adapter", "write_adapter"]

_NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}  # fmt: skip
_KEY = re.compile(r"layers\.(\d+)\.(\w+\.\w+)\.lora_([AB])\.")


def adapter_arrays(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters by llama.cpp's names, as float16 arrays; others are left out."""
    found: dict[str, Any] = {}
    for key, value in parameters.items():
        name = _name_in_gguf(key)
        if name:
            found[name] = value.detach().float().numpy().astype("float16")
    return found


def _name_in_gguf(key: str) -> str:
    """llama.cpp's name of a parameter of the adapter, "" for others."""
    match = _KEY.search(key)
    if not match:
        return ""
    layer, module, side = match.groups()
    return f"blk.{layer}.{_NAMES[module]}.weight.lora_{side.lower()}"


def adapter_rank(path: Path) -> int:
    """The rank of the adapter in ``path``; ``InvalidError`` where it is none."""
    return int(next(iter(_tensors(path).values())).shape[0])


def wear_adapter(base: TrainingBase, path: Path) -> None:
    """Put the parameters in ``path`` on the network, which has to be of the same rank."""
    torch = learn_module("torch")
    kept = _tensors(path)
    for key, parameter in base.network.named_parameters():
        name = _name_in_gguf(key)
        if not name:
            continue
        array = kept.get(name)
        if array is None or tuple(array.shape) != tuple(parameter.shape):
            raise InvalidError(
                f"the adapter {path}", f"it has no fitting {name}", "Name one of this model."
            )
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(array.astype("float32")))


def _tensors(path: Path) -> dict[str, Any]:
    gguf = learn_module("gguf")
    try:
        found = {one.name: one.data.copy() for one in gguf.GGUFReader(path).tensors}
    except (OSError, ValueError, IndexError, KeyError) as error:
        raise InvalidError(
            f"the adapter {path}", f"it cannot be read: {error}", "Name a GGUF file."
        ) from error
    if not any(name.endswith("lora_a") for name in found):
        raise InvalidError(f"the adapter {path}", "it is no LoRA adapter", "Name one.")
    return dict(sorted(found.items()))


def write_adapter(base: TrainingBase, path: Path, name: str) -> None:
    """Write the adapter to ``path``; a crash leaves nothing half-made under that name."""
    gguf = learn_module("gguf")
    partial = path.with_suffix(".partial")
    writer = gguf.GGUFWriter(partial, "gemma3")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(base.alpha))
    writer.add_name(name)
    writer.add_license("gemma")
    for key, array in sorted(adapter_arrays(dict(base.network.named_parameters())).items()):
        writer.add_tensor(key, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    partial.replace(path)
