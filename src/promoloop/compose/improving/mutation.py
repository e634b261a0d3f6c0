"""Ask the model for other lines like the best ones: it fills one parent's frame with new words.

The small model is taught to fill frames (``tuning.prompt``), so a parent is not shown whole: its
frame is, with words of another parent's world beside it. What comes back is neither of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from promoloop.compose.catalogue import ExampleLine, example_lines, product_groups
from promoloop.compose.ports import LanguageModel
from promoloop.compose.records import Brief
from promoloop.compose.tuning.prompt import Cell, CellPrompt, Library, cell_prompts, row_prompt
from promoloop.core import language_of, stable_hash

__all__ = ["Asked", "can_mutate", "mutation_prompts", "mutations"]

_LANGUAGES = ("en", "zh")
_SHORT = ("push", "sms", "ad")
_SLOT = re.compile(r"\{\{(\w+)\}\}")
_MOST_TOKENS = 40
_WORDS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What the calls brought: lines in the shape asked for, each once with its prompt's hash."""

    hooks: tuple[tuple[str, str], ...]
    calls: int


def can_mutate(brief: Brief) -> bool:
    """Whether the model writes in the language of ``brief``."""
    return language_of(brief.locale) in _LANGUAGES


def mutation_prompts(brief: Brief, hooks: Sequence[str], n: int, seed: int) -> list[CellPrompt]:
    """``n`` prompts, the frames of ``hooks`` in turn, each with words of the next hook.

    With one hook only its own words are shown. The same seed gives the same prompts.
    """
    language = language_of(brief.locale)
    length = "short" if brief.channel in _SHORT else "line"
    library, cell = _library(), Cell(brief.group, language, brief.moment, length)
    rng = np.random.default_rng(stable_hash(str(seed), brief.brief_id))
    form = cell_prompts(cell, brief.name, (), (), library, 1)[0]
    lines = [
        ExampleLine(brief.group, language, "any", length, _plain(hook, brief)) for hook in hooks
    ]
    found = []
    for at in range(n):
        frame = library.frames.frame(lines[at % len(lines)], rng)
        words = library.frames.words(lines[(at + 1) % len(lines)])[:_WORDS]
        prompt = row_prompt(language, brief.name, brief.moment, length, words, frame)
        found.append(CellPrompt(prompt, form.grammar, form.shape))
    return found


def mutations(brief: Brief, hooks: Sequence[str], model: LanguageModel, n: int, seed: int) -> Asked:
    """Up to ``n`` new lines by ``n`` calls; ``UnavailableError`` when the model is away."""
    found: dict[str, str] = {}
    prompts = mutation_prompts(brief, hooks, n, seed)
    for turn, asked in enumerate(prompts):
        at = stable_hash(str(seed), brief.brief_id, asked.prompt_hash, str(turn)) % (1 << 31)
        one = model.complete(
            asked.prompt, n=1, max_tokens=_MOST_TOKENS, seed=at, grammar=asked.grammar
        )[0]
        text = one.text.strip()
        if asked.shape.fullmatch(text):
            found.setdefault(text, asked.prompt_hash)
    return Asked(tuple(found.items()), len(prompts))


def _plain(hook: str, brief: Brief) -> str:
    """The hook as a reader sees it: the product's name in its slots."""
    return " ".join(_SLOT.sub(brief.name, hook).split())


@cache
def _library() -> Library:
    return Library(product_groups(), example_lines())
