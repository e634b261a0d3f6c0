"""Reviewed forms: lines about a product put together from word classes of its family.

Every combination within a form was reviewed to make sense for every product of its family
(``data/hook-forms.toml``). They stand in where no model-written line is approved, and say more of
the product than the general templates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from promoloop.compose.tables import table
from promoloop.core import stable_hash

__all__ = ["formed_hooks"]

_SENTENCES: Mapping[tuple[str, str], Sequence[Sequence[str]]] = {
    ("en", "line"): (("act", " ", "when", "."),),
    ("zh", "line"): (("scene", "，", "act", "。"), ("act", "，", "tail", "。")),
    ("en", "short"): (("act",),),
    ("zh", "short"): (("act",),),
}


def formed_hooks(
    family: str, name: str, language: str, length: str, key: str, n: int = 4
) -> tuple[str, ...]:
    """Up to ``n`` different lines about the product ``name``; none where the family has no forms.

    ``key`` says which: the same key gives the same lines, so that cells do not all read alike.

    >>> formed_hooks("hot-drinks", "tea", "zh", "short", "a cell", 1)[0].endswith("茶")
    True
    """
    classes = _classes(family, language)
    found: dict[str, None] = {}
    for at in range(4 * n if classes else 0):
        sentences = _SENTENCES[language, length]
        chosen = sentences[stable_hash(key, str(at)) % len(sentences)]
        parts = [_part(part, classes, f"{key}|{at}") for part in chosen]
        found["".join(parts).replace("{name}", name)] = None
    return tuple(found)[:n]


def _part(part: str, classes: Mapping[str, Sequence[str]], key: str) -> str:
    if part not in classes:
        return part
    return classes[part][stable_hash(key, part) % len(classes[part])]


@cache
def _classes(family: str, language: str) -> Mapping[str, Sequence[str]]:
    found: Mapping[str, Sequence[str]] = table("hook-forms").get(family, {}).get(language, {})
    return found
