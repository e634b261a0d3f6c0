"""Ask the model for another line like the best ones: the parents are the examples."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from promoloop.compose.ports import LanguageModel
from promoloop.compose.records import Brief
from promoloop.compose.tuning.prompt import (
    HEAD,
    Cell,
    CellPrompt,
    Library,
    cell_prompt,
    label,
    lead,
)
from promoloop.core import language_of, stable_hash

__all__ = ["Asked", "can_mutate", "mutation_prompt", "mutations"]

_SHORT = ("push", "sms", "ad")
_NOTHING = Library((), ())
_SLOT = re.compile(r"\{\{(\w+)\}\}")
_MOST_TOKENS = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """What one call brought: hooks in the shape asked for, each once, in the order given."""

    hooks: tuple[str, ...]
    prompt_hash: str


def can_mutate(brief: Brief) -> bool:
    """Whether the model writes in the language of ``brief``."""
    return language_of(brief.locale) in HEAD


def mutation_prompt(brief: Brief, hooks: Sequence[str]) -> CellPrompt:
    """The prompt of the cell with its best ``hooks`` shown, the best one last.

    Slots in the hooks are shown as the product's name, for a model fills no slots.
    """
    language = language_of(brief.locale)
    length = "short" if brief.channel in _SHORT else "line"
    plain = cell_prompt(Cell(brief.group, language, brief.moment, length), brief.name, (), _NOTHING)
    begun = label(language, brief.moment, length)
    shown = "".join(f"{begun}{lead(language)}{_plain(hook, brief)}\n" for hook in reversed(hooks))
    return CellPrompt(plain.prompt.removesuffix(begun) + shown + begun, plain.grammar, plain.shape)


def mutations(brief: Brief, hooks: Sequence[str], model: LanguageModel, n: int, seed: int) -> Asked:
    """Up to ``n`` new lines, by one call; ``UnavailableError`` when the model is away."""
    asked = mutation_prompt(brief, hooks)
    at = stable_hash(str(seed), brief.brief_id, asked.prompt_hash) % (1 << 31)
    found = model.complete(
        asked.prompt, n=n, max_tokens=_MOST_TOKENS, seed=at, grammar=asked.grammar
    )
    texts = dict.fromkeys(one.text.strip() for one in found)
    fit = tuple(text for text in texts if asked.shape.fullmatch(text))
    return Asked(fit, asked.prompt_hash)


def _plain(hook: str, brief: Brief) -> str:
    return " ".join(_SLOT.sub(brief.name, hook).split())
