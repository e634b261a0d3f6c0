"""Where a variant comes from: its parents, and how it was made of them."""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from promoloop.compose.records import Copy
from promoloop.core import InvalidError

__all__ = ["WAYS", "Lineage", "copy_cell", "hook_in", "next_variant", "shown_words"]

WAYS = ("founder", "mutation", "crossover", "graft")

_LETTERS = string.ascii_lowercase
_SENTENCE = re.compile(r"[^.?!。？！]+[.?!。？！]")
_TERM = re.compile(r"\{\{(?!name\}\})")


@dataclass(frozen=True, slots=True)
class Lineage:
    """One variant's birth: ``way`` is one of ``WAYS``; a founder is of generation 0.

    ``hook`` is the line it stands on, ``cell`` where it competes (see ``copy_cell``).
    """

    copy_id: str
    cell: str
    generation: int
    way: str
    parents: tuple[str, ...]
    hook: str
    model: str = ""
    prompt_hash: str = ""

    def __post_init__(self) -> None:
        founder = self.way == "founder"
        if (
            self.way not in WAYS
            or founder != (self.generation == 0)
            or founder == bool(self.parents)
        ):
            raise InvalidError(
                f"the lineage of {self.copy_id}",
                f"{self.way!r} of generation {self.generation} with {len(self.parents)} parents",
                "A founder is of generation 0 without parents; any other has both.",
            )


def copy_cell(copy: Copy) -> str:
    """Offer revision, channel, locale and moment: the texts that compete for the same message."""
    revision = f"{copy.offer_id}@{copy.offer_revision}"
    return f"{revision}/{copy.channel}/{copy.locale}/{copy.moment}"


def next_variant(taken: Collection[str]) -> str:
    """The first name of a variant that was never used; names sort in the order they are given.

    >>> next_variant(("a", "b")), next_variant(string.ascii_lowercase)
    ('c', 'za')
    """
    return next(name for name in _names() if name not in taken)


def _names() -> Iterable[str]:
    lead = ""
    while True:
        yield from (lead + letter for letter in _LETTERS[:-1])
        lead += "z"
        if len(lead) == 1:
            yield lead


def shown_words(copy: Copy) -> str:
    """All words of a message in one line, its slots left out."""
    text = " ".join(copy.parts.values())
    while "{{" in text and "}}" in text.partition("{{")[2]:
        before, _, rest = text.partition("{{")
        text = before + rest.partition("}}")[2]
    return " ".join(text.split())


def hook_in(copy: Copy, known: Iterable[str]) -> str:
    """The longest of the ``known`` hooks that stands in a part of ``copy``.

    Where none does, the last sentence before the offer's terms that states none of them, which is
    where messages have their hook; "" where there is no such sentence.
    """
    found = (hook for hook in known if any(hook in text for text in copy.parts.values()))
    return max(found, key=lambda hook: (len(hook), hook), default="") or _last_free(copy)


def _last_free(copy: Copy) -> str:
    first = copy.parts.get("body", "").split("\n", 1)[0]
    sentences = (one.strip() for one in _SENTENCE.findall(first))
    free = [one for one in sentences if one and not _TERM.search(one)]
    return free[-1] if free else ""
