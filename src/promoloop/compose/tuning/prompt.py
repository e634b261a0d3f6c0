"""The prompt of a cell: lines of the nearest known groups, then the group we want a line for.

A tuned 270M model cannot know every product, but it can take up the tone and the subject of
neighbouring lines and turn them to another product. So the prompt is a list of blocks::

    Short lines a shop puts above an offer. ...
    # lemons
    any moment: Squeeze one over the fish.
    weekend: A jug of lemonade for the long table.
    # oranges
    weekend:

and training shows the model whole lists of that shape (``documents``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from promoloop.compose.catalogue import ExampleLine
from promoloop.compose.records import LENGTHS, MOMENTS, ProductGroup
from promoloop.core import InvalidError, stable_hash

__all__ = ["FORMAT_HASH", "Cell", "CellPrompt", "Library", "cell_prompt", "header", "label"]

HEAD = {
    "en": "Short lines a shop puts above an offer. Each fits its product and its moment.\n",
    "zh": "商店活动文案的短句，每句贴合商品，也贴合时机，读着顺口。\n",
}
_MOMENT_WORDS = {
    "en": {
        "any": "any moment", "new": "newcomer", "viewed": "looked at it", "cart": "in the cart",
        "lapsed": "long away", "vip": "regular", "birthday": "birthday", "festival": "holiday",
        "flash_sale": "short sale", "threshold": "filling the basket", "gift": "gift",
        "back_in_stock": "back in stock", "weekend": "weekend",
    },
    "zh": {
        "any": "平时", "new": "新客", "viewed": "看过", "cart": "在购物车", "lapsed": "久没来",
        "vip": "常客", "birthday": "生日", "festival": "过节", "flash_sale": "短时活动",
        "threshold": "凑单", "gift": "送礼", "back_in_stock": "又到货", "weekend": "周末",
    },
}  # fmt: skip
_SHORT_WORDS = {"en": "a few words", "zh": "短标题"}
_COLON = {"en": ":", "zh": "："}
_LEAD = {"en": " ", "zh": ""}
# Letters only: a digit or a foreign script cannot be written. Lengths as in the supervised set.
_SHAPES = {
    ("en", "line"): ("[A-Z]", "[A-Za-z', ]", 14, 68, "[.?!]"),
    ("en", "short"): ("[A-Z]", "[A-Za-z', ]", 5, 27, ""),
    ("zh", "line"): ("[一-龥]", "[一-龥，]", 5, 24, "[。？！]"),
    ("zh", "short"): ("[一-龥]", "[一-龥，]", 3, 11, ""),
}

FORMAT_HASH = hashlib.sha256(
    repr((HEAD, _MOMENT_WORDS, _SHORT_WORDS, _COLON, _LEAD)).encode()
).hexdigest()[:16]
"""Changes when the words of the prompt do: an adapter speaks only the format it was taught."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one prompt asks for. Moments without lines of their own are asked as ``"any"``."""

    group_id: str
    language: str
    moment: str = "any"
    length: str = "line"

    def __post_init__(self) -> None:
        known = {
            "language": tuple(HEAD), "moment": (*MOMENTS, "any"), "length": LENGTHS,
        }  # fmt: skip
        for name, values in known.items():
            if getattr(self, name) not in values:
                raise InvalidError(
                    f"the cell of {self.group_id}, {name} {getattr(self, name)!r}",
                    "the tuned model does not know it",
                    f"Use one of: {', '.join(values)}.",
                )


@dataclass(frozen=True, slots=True)
class CellPrompt:
    """``prompt`` for the model, its GBNF ``grammar``, and ``shape``, which says the same again."""

    prompt: str
    grammar: str
    shape: re.Pattern[str]

    @property
    def prompt_hash(self) -> str:
        """What is kept with each hook."""
        return hashlib.sha256((self.prompt + self.grammar).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Library:
    """Groups and lines that may be shown as examples; held-out groups are left out."""

    groups: Sequence[ProductGroup]
    lines: Iterable[ExampleLine]
    _by_key: dict[tuple[str, str, str], list[ExampleLine]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        known = {one.group_id for one in self.groups if not one.held_out}
        by_key: dict[tuple[str, str, str], list[ExampleLine]] = {}
        for line in self.lines:
            if line.group_id in known:
                by_key.setdefault((line.group_id, line.language, line.length), []).append(line)
        object.__setattr__(self, "_by_key", by_key)

    def shown(self, cell: Cell, n: int, turn: int) -> list[ExampleLine]:
        """Up to ``n`` lines for ``cell``: those of its moment first; ``turn`` rotates them."""
        lines = self._by_key.get((cell.group_id, cell.language, cell.length), [])
        own = [one for one in lines if one.moment == cell.moment and cell.moment != "any"]
        rest = [one for one in lines if one.moment == "any"]
        start = stable_hash(cell.group_id, cell.language) + turn * n
        turned = [rest[(start + at) % len(rest)] for at in range(min(n, len(rest)))]
        return [*own[:1], *turned][:n]


def label(language: str, moment: str, length: str) -> str:
    """What stands before a line.

    >>> label("en", "cart", "line")
    'in the cart:'
    """
    words = _MOMENT_WORDS[language]
    word = words.get(moment, words["any"])
    return (word if length == "line" else _SHORT_WORDS[language]) + _COLON[language]


def header(language: str, name: str) -> str:
    """What stands above the lines of a group."""
    del language
    return f"# {name}\n"


def lead(language: str) -> str:
    """What stands between label and line."""
    return _LEAD[language]


def cell_prompt(
    cell: Cell, name: str, neighbours: Sequence[ProductGroup], library: Library, turn: int = 0
) -> CellPrompt:
    """The prompt for ``cell``, whose product is called ``name``.

    ``neighbours`` come nearest first and are shown nearest last; two lines of each. Another
    ``turn`` shows other lines, so that more proposals are not all turned from the same ones.
    """
    parts = [HEAD[cell.language]]
    for group in reversed(neighbours):
        shown = library.shown(
            Cell(group.group_id, cell.language, cell.moment, cell.length), 2, turn
        )
        if shown:
            parts.append(header(cell.language, group.names[cell.language]))
            parts += [_shown_line(one) for one in shown]
    parts.append(header(cell.language, _plain(name)))
    parts.append(label(cell.language, cell.moment, cell.length))
    return CellPrompt("".join(parts), _grammar(cell), _shape(cell))


def _plain(name: str) -> str:
    """A product's name is data: one line, no mark of ours, of bearable length."""
    return " ".join(name.replace("#", " ").replace(":", " ").replace("：", " ").split())[:60]


def _shown_line(line: ExampleLine) -> str:
    return f"{label(line.language, line.moment, line.length)}{lead(line.language)}{line.text}\n"


def _grammar(cell: Cell) -> str:
    first, middle, low, high, stop = _SHAPES[cell.language, cell.length]
    space = f'"{_LEAD[cell.language]}" ' if _LEAD[cell.language] else ""
    return f'root ::= {space}{first} {middle}{{{low},{high}}} {stop} "\\n"'.replace("  ", " ")


def _shape(cell: Cell) -> re.Pattern[str]:
    first, middle, low, high, stop = _SHAPES[cell.language, cell.length]
    return re.compile(f"{first}{middle}{{{low},{high}}}{stop}")


def words_of_moments() -> Mapping[str, Mapping[str, str]]:
    """How each language names the moments in a prompt."""
    return _MOMENT_WORDS
