"""The prompt of a cell: product, moment, a few words of its world, and a frame to fill.

::

    # bagels
    any moment; toast, cream cheese; _ a _ in the _ and _ lunch.
    > Pack a bagel in the bag and call it lunch.

Training shows the frames of a group's own lines. In use the two last fields are blank and the model
chooses among the wordings of a form (``compose.forms``): a model of this size cannot invent a scene
for every product, and what it wrote into frames of other products' lines seldom made sense.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from promoloop.compose.catalogue import ExampleLine
from promoloop.compose.records import LENGTHS, MOMENTS, ProductGroup
from promoloop.compose.tuning.frames import BLANK, Frames
from promoloop.core import InvalidError

__all__ = [
    "FORMAT_HASH",
    "Cell",
    "Library",
    "row_prompt",
    "shape_of",
]

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
_MARKS = {"en": ("; ", ", "), "zh": ("；", "、")}
_ROW = "# {name}\n{label}{mark}{words}{mark}{frame}\n>"
# Letters only: a digit or a foreign script cannot be written. Lengths as in the supervised set.
# First letter, what follows it (so often), the end; as a grammar and as a pattern alike.
_SHAPES = {
    ("en", "line"): ("[A-Z]", "([A-Za-z', ]|{ask})", 14, 68, "[.?!]"),
    ("en", "short"): ("[A-Z]", "[A-Za-z', ]", 5, 27, ""),
    ("zh", "line"): ("[一-龥]", "[一-龥，？]", 5, 24, "[。？！]"),
    ("zh", "short"): ("[一-龥]", "[一-龥，]", 3, 11, ""),
}
_ASK = "[?] [A-Z]"  # a question within a line

FORMAT_HASH = hashlib.sha256(
    repr((_MOMENT_WORDS, _SHORT_WORDS, _MARKS, _ROW, BLANK)).encode()
).hexdigest()[:16]
"""Changes when the words of the prompt do: an adapter speaks only the format it was taught."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What is asked for. Moments without words of their own are asked as ``"any"``."""

    group_id: str
    language: str
    moment: str = "any"
    length: str = "line"

    def __post_init__(self) -> None:
        known = {
            "language": tuple(_MARKS), "moment": (*MOMENTS, "any"), "length": LENGTHS,
        }  # fmt: skip
        for name, values in known.items():
            if getattr(self, name) not in values:
                raise InvalidError(
                    f"the cell of {self.group_id}, {name} {getattr(self, name)!r}",
                    "the tuned model does not know it",
                    f"Use one of: {', '.join(values)}.",
                )

    @property
    def spoken(self) -> str:
        """The moment that people wrote lines for: shoppers who are well or cooling hear any."""
        return self.moment if self.moment in _MOMENT_WORDS[self.language] else "any"


class Library:
    """Groups and lines whose frames and words may be used; held-out groups are left out."""

    def __init__(self, groups: Sequence[ProductGroup], lines: Iterable[ExampleLine]) -> None:
        self.groups = tuple(one for one in groups if not one.held_out)
        known = {one.group_id for one in self.groups}
        self.lines = tuple(one for one in lines if one.group_id in known)
        self.frames = Frames(self.groups, self.lines)
        self._by_key: dict[tuple[str, str], list[ExampleLine]] = {}
        for line in self.lines:
            self._by_key.setdefault((line.group_id, line.language), []).append(line)

    def of(self, group_id: str, language: str) -> Sequence[ExampleLine]:
        """The lines of a group."""
        return self._by_key.get((group_id, language), ())

    def words(self, near: Sequence[ProductGroup], language: str) -> list[str]:
        """What the lines of these groups owe to their products, each word once."""
        lines = [line for group in near for line in self.of(group.group_id, language)]
        return list(dict.fromkeys(word for line in lines for word in self.frames.words(line)))


def row_prompt(
    language: str, name: str, moment: str, length: str, words: Sequence[str], frame: str
) -> str:
    """What the model continues by one line.

    >>> print(row_prompt("en", "bagels", "any", "line", ["toast"], "_ a _ for lunch."))
    # bagels
    any moment; toast; _ a _ for lunch.
    >
    """
    mark, comma = _MARKS[language]
    moments = _MOMENT_WORDS[language]
    label = _SHORT_WORDS[language] if length == "short" else moments.get(moment, moments["any"])
    return _ROW.format(
        name=_plain(name), label=label, mark=mark, words=comma.join(words) or BLANK, frame=frame
    )


def _plain(name: str) -> str:
    """A product's name is data: one line, no mark of ours, of bearable length."""
    return " ".join(re.sub(r"[#;；>_]", " ", name).split())[:60]


def shape_of(cell: Cell) -> re.Pattern[str]:
    """The form of a line of ``cell``: letters, length and end."""
    first, middle, low, high, stop = _SHAPES[cell.language, cell.length]
    return re.compile(f"{first}{middle.format(ask=_ASK)}{{{low},{high}}}{stop}")
