"""What a model is asked for a cell: to choose among the forms of a product."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from promoloop.compose.forms import Form
from promoloop.compose.ports import LanguageModel
from promoloop.compose.records import Completion, ProductGroup
from promoloop.compose.tuning import BLANK, Cell, row_prompt
from promoloop.core import stable_hash

__all__ = ["PER_CALL", "prompt_hash", "proposed"]

#: Texts asked for at a time; they are decoded as one batch.
PER_CALL = 8


def proposed(
    model: LanguageModel,
    cell: Cell,
    group: ProductGroup,
    forms: Sequence[Form],
    turn: int,
    seed: int,
) -> list[Completion]:
    """Up to eight texts of one call, of the next ``forms`` in turn; the same in, the same out.

    ``forms`` come from ``FormIndex.forms`` and must not be empty.
    """
    taken = [forms[(turn * PER_CALL + at) % len(forms)] for at in range(PER_CALL)]
    filled = [form.filled(group.spoken(cell.language)) for form in taken]
    at = stable_hash(str(seed), repr(cell), str(turn)) % (1 << 31)
    return model.choose(_prompt(cell, group), filled, n=PER_CALL, seed=at)


def prompt_hash(cell: Cell, group: ProductGroup) -> str:
    """What is kept with each line, to find the prompt again."""
    return hashlib.sha256(_prompt(cell, group).encode()).hexdigest()[:16]


def _prompt(cell: Cell, group: ProductGroup) -> str:
    name = group.names[cell.language]
    return row_prompt(cell.language, name, cell.moment, cell.length, (), BLANK)
