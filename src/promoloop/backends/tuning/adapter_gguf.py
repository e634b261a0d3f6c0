"""The trained adapter as a GGUF file that llama.cpp loads beside the base weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from promoloop.backends.tuning.base import TrainingBase, learn_module

__all__ = ["adapter_arrays", "write_adapter"]

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
        match = _KEY.search(key)
        if match:
            layer, module, side = match.groups()
            name = f"blk.{layer}.{_NAMES[module]}.weight.lora_{side.lower()}"
            found[name] = value.detach().float().numpy().astype("float16")
    return found


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
