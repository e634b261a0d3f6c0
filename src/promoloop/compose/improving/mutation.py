"""Ask the model for other lines like the best ones: a parent with one part chosen anew.

A line that was put together from a form (``compose.forms``) can be taken apart again. Its children
keep all parts but one, and the model chooses that one among the form's other alternatives. Parents
that no form explains have children of their product's forms, chosen from the start.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from promoloop.compose.form_index import FormIndex
from promoloop.compose.forms import Form
from promoloop.compose.ports import LanguageModel
from promoloop.compose.quality import nearest_group
from promoloop.compose.records import Brief, ProductGroup
from promoloop.compose.templates import hook_length
from promoloop.compose.tuning import BLANK, Cell, row_prompt, shape_of
from promoloop.core import language_of, stable_hash

__all__ = ["Asked", "can_mutate", "mutation_forms", "mutations"]

_LANGUAGES = ("en", "zh")

Parts = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the call brought: lines in the shape asked for, each once with its prompt's hash."""

    hooks: tuple[tuple[str, str], ...]
    calls: int


def can_mutate(brief: Brief) -> bool:
    """Whether the model has forms to choose from for ``brief``."""
    language = language_of(brief.locale)
    return language in _LANGUAGES and bool(_forms(brief, language))


def mutation_forms(brief: Brief, hooks: Sequence[str]) -> list[Parts]:
    """What to choose from: the forms of ``hooks``, all parts but one held, then the others.

    None where the product is like nothing that forms were written for.
    """
    language = language_of(brief.locale)
    group = _group(brief, language)
    filled = [form.filled(group.spoken(language)) for form in _forms(brief, language)]
    near = [held for hook in hooks for parts in filled for held in _held(parts, hook.strip())]
    return near + [parts for parts in filled if parts not in near]


def mutations(brief: Brief, hooks: Sequence[str], model: LanguageModel, n: int, seed: int) -> Asked:
    """Up to ``n`` new lines by one call; ``UnavailableError`` when the model is away."""
    language = language_of(brief.locale)
    cell = Cell(brief.group, language, brief.moment, hook_length(brief.channel))
    name = _group(brief, language).spoken(language)
    prompt = row_prompt(language, name, brief.moment, cell.length, (), BLANK)
    known = {hook.strip() for hook in hooks}
    at = stable_hash(str(seed), brief.brief_id) % (1 << 31)
    found = model.choose(prompt, mutation_forms(brief, hooks), n=n, seed=at)
    texts = dict.fromkeys(one.text.strip() for one in found)
    digest = hashlib.sha256(prompt.encode()).hexdigest()[:16]
    shaped = [one for one in texts if one not in known and shape_of(cell).fullmatch(one)]
    return Asked(tuple((one, digest) for one in shaped), 1)


def _held(parts: Parts, hook: str) -> list[Parts]:
    """The form with all parts of ``hook`` but one fixed, once per part; none of another form."""
    for chosen in product(*parts):
        if "".join(chosen).strip() == hook:
            fixed = tuple((one,) for one in chosen)
            return [(*fixed[:at], parts[at], *fixed[at + 1 :]) for at in range(len(parts))]
    return []


def _forms(brief: Brief, language: str) -> tuple[Form, ...]:
    return _index().forms(_group(brief, language), language, hook_length(brief.channel))


def _group(brief: Brief, language: str) -> ProductGroup:
    match = nearest_group(brief.name)
    group_id = match.group_id if match.how in ("name", "ending") else f"own:{brief.name}"
    return ProductGroup(group_id, match.family, {language: brief.name})


@cache
def _index() -> FormIndex:
    return FormIndex()
