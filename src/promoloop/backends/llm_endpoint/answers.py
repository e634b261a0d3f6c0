"""Reading a server's answer, which may be anything."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = [
    "chat_text",
    "json_object",
    "tokens_used",
]

_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "object": (dict,), "array": (list,), "boolean": (bool,),
    "integer": (int,), "number": (int, float),
}  # fmt: skip


def chat_text(answer: Mapping[str, Any]) -> str:
    """The text of a chat answer, "" where there is none."""
    message = _first_choice(answer).get("message")
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else ""


def tokens_used(answer: Mapping[str, Any]) -> tuple[int, int] | None:
    """Prompt and completion tokens as the server counted them, None where it did not."""
    usage = answer.get("usage")
    if not isinstance(usage, dict):
        return None
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens", 0)
    if type(prompt) is not int or type(completion) is not int or min(prompt, completion) < 0:
        return None
    return prompt, completion


def json_object(text: str, schema: Mapping[str, object]) -> Mapping[str, object] | None:
    """The JSON object in ``text`` if it has what ``schema`` requires, else None.

    Fences and words around the object are passed over, as models without structured output
    write them.

    >>> json_object('Here: {"hook": "Tea for two."}', {"required": ["hook"]})
    {'hook': 'Tea for two.'}
    >>> json_object('{"hook": "Tea', {"required": ["hook"]}) is None
    True
    """
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        found = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and _fits(found, schema) else None


def _fits(found: Mapping[str, object], schema: Mapping[str, object]) -> bool:
    required = schema.get("required", [])
    names = required if isinstance(required, Sequence) else []
    properties = schema.get("properties", {})
    shapes = properties if isinstance(properties, Mapping) else {}
    if any(name not in found for name in names):
        return False
    return all(_is_kind(found[name], shape) for name, shape in shapes.items() if name in found)


def _is_kind(value: object, shape: object) -> bool:
    kind = shape.get("type") if isinstance(shape, Mapping) else None
    allowed = _KINDS.get(kind) if isinstance(kind, str) else None
    if allowed is None:
        return True
    return isinstance(value, allowed) and (kind == "boolean" or not isinstance(value, bool))


def _first_choice(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    return first if isinstance(first, dict) else {}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
