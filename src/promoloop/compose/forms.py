"""Forms: sentences whose words a model chooses from reviewed classes, per family of products.

Every combination within a form makes sense for every product of its family, so what is left to a
small model is to choose what goes well with this very product and moment. A form claims nothing
and cannot invent (``data/hook-forms.toml``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache

from promoloop.compose.tables import table
from promoloop.compose.tuning import BLANK, Cell, CellPrompt, row_prompt
from promoloop.core import InvalidError

__all__ = ["formed"]

_SENTENCES = {
    ("en", "line"): (("act", " ", "when", "."),),
    ("zh", "line"): (("scene", "，", "act", "。"), ("act", "，", "tail", "。")),
    ("en", "short"): (("act",),),
    ("zh", "short"): (("act",),),
}
_GENERAL = "general"


def formed(cell: Cell, family: str, name: str) -> CellPrompt:
    """The prompt for ``cell`` whose grammar is the forms of ``family``.

    ``name`` is put in as data. A family without forms of its own has those of any product.

    Raises ``InvalidError`` for a language without forms.
    """
    classes = _classes(family, cell.language)
    if not classes:
        raise InvalidError(
            f"forms in {cell.language!r}", "there are none", "Use the reviewed templates."
        )
    filled = {
        key: [text.replace("{name}", name) for text in texts] for key, texts in classes.items()
    }
    sentences = _SENTENCES[cell.language, cell.length]
    prompt = row_prompt(cell.language, name, cell.moment, cell.length, (), BLANK)
    return CellPrompt(prompt, _grammar(sentences, filled), _shape(sentences, filled))


@cache
def _classes(family: str, language: str) -> Mapping[str, Sequence[str]]:
    forms = table("hook-forms")
    found: Mapping[str, Sequence[str]] = forms.get(family, forms[_GENERAL]).get(language, {})
    return found


def _grammar(sentences: Sequence[Sequence[str]], words: Mapping[str, Sequence[str]]) -> str:
    either = " | ".join(
        " ".join(part if part in words else _quoted(part) for part in one) for one in sentences
    )
    used = {part for one in sentences for part in one if part in words}
    rules = [f"{key} ::= " + " | ".join(map(_quoted, words[key])) for key in sorted(used)]
    return "\n".join([f'root ::= " " ( {either} ) "\\n"', *rules])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _shape(
    sentences: Sequence[Sequence[str]], words: Mapping[str, Sequence[str]]
) -> re.Pattern[str]:
    classes = {key: f"(?:{'|'.join(map(re.escape, texts))})" for key, texts in words.items()}
    either = ("".join(classes.get(part, re.escape(part)) for part in one) for one in sentences)
    return re.compile(f"(?:{'|'.join(either)})")
