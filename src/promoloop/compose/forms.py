"""Forms of hooks: sentences in parts, each part with alternatives that a person wrote.

A model of 270 million parameters cannot write a line that makes sense, but it can tell which of
some wordings suits a product. Forms (``data/forms/<language>/<family>.toml``) are written so that
every combination makes sense for the groups that they name, or for their whole family; the model
chooses among them (``LanguageModel``), and the gate judges what comes out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from promoloop.compose.catalogue import product_groups
from promoloop.compose.ports import TextEncoder
from promoloop.compose.quality import GENERAL, GroupIndex, GroupMatch
from promoloop.compose.records import ProductGroup
from promoloop.compose.tables import names_in, table
from promoloop.core import InvalidError

__all__ = ["Form", "FormIndex", "all_forms"]

_NAME = "{name}"
_LANGUAGES = ("en", "zh")
_SURE = ("name", "ending", "meaning")  # ways to be like a known group, the surest first
_SPEAKABLE = {"en": re.compile(r"[A-Za-z' ]{2,22}"), "zh": re.compile(r"[一-龥]{1,6}")}


@dataclass(frozen=True, slots=True)
class Form:
    """A sentence in parts.

    ``groups`` are those it was written for, none for the whole ``family``. ``parts`` are the
    alternatives of each part, in order; ``{name}`` stands for the product.
    """

    family: str
    language: str
    length: str
    groups: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]

    @property
    def named(self) -> bool:
        """Whether the product's name stands in it."""
        return any(_NAME in text for part in self.parts for text in part)

    def filled(self, name: str) -> tuple[tuple[str, ...], ...]:
        """The alternatives about the product ``name``, ready to follow a prompt as they are.

        >>> Form("f", "en", "line", (), (("{name} first", "Set out {name}"), ("at noon.",))).filled(
        ...     "tea"
        ... )
        ((' Tea first', ' Set out tea'), (' at noon.',))
        """
        space = " " if self.language == "en" else ""
        first, *later = (tuple(text.replace(_NAME, name) for text in one) for one in self.parts)
        begun = tuple(f" {text[:1].upper()}{text[1:]}" for text in first)
        return (begun, *(tuple(space + text for text in part) for part in later))


@cache
def all_forms() -> tuple[Form, ...]:
    """Every form that ships, by language, family and place in its file."""
    return tuple(
        _form(row, family, language, f"forms/{language}/{family}.toml, form {at}")
        for language in _LANGUAGES
        for family in names_in(f"forms/{language}", "toml")
        for at, row in enumerate(table(f"forms/{language}/{family}").get("form", ()), start=1)
    )


def _form(row: Mapping[str, object], family: str, language: str, place: str) -> Form:
    parts, groups = row.get("parts"), row.get("groups", ())
    length, end = str(row.get("length", "line")), str(row.get("end", ""))
    if not isinstance(parts, list) or not parts or not all(parts):
        raise InvalidError(place, "it has no parts", "Write lists of alternatives under `parts`.")
    assert isinstance(groups, Sequence)
    ends = [
        *(tuple(map(str, one)) for one in parts[:-1]),
        tuple(f"{one}{end}" for one in parts[-1]),
    ]
    return Form(family, language, length, tuple(map(str, groups)), tuple(ends))


class FormIndex:
    """Which forms a product may be told with.

    A group that forms were written for takes its own and its family's. Any other product takes
    those of the group that it is most like, by its words, and by an ``encoder`` where there is one.
    Groups in ``without`` count as unknown.
    """

    def __init__(
        self, encoder: TextEncoder | None = None, without: frozenset[str] = frozenset()
    ) -> None:
        written = {group for form in all_forms() for group in form.groups} - without
        groups = [one for one in product_groups() if one.group_id in written]
        self._known = {one.group_id: one for one in groups}
        self._index = GroupIndex(groups, encoder)
        self._by_place: dict[tuple[str, str, str], list[Form]] = {}
        for form in all_forms():
            for group in () if without & set(form.groups) else form.groups or (GENERAL,):
                self._by_place.setdefault((form.language, form.family, group), []).append(form)

    def forms(self, group: ProductGroup, language: str, length: str) -> tuple[Form, ...]:
        """Forms for ``group``, those of its kind first; none where it is like nothing known.

        What is only like a known group does not get the forms that leave the product unnamed but
        were written for that one. A name that would not stand well in a sentence (digits, another
        script, a long title) leaves the forms without a name.
        """
        match = self._place(group)
        own = self._by_place.get((language, match.family, match.group_id), [])
        if match.how != "known":
            own = [one for one in own if one.named]
        family = self._by_place.get((language, match.family, GENERAL), [])
        found = family if match.group_id == GENERAL else own + family
        speakable = _SPEAKABLE[language].fullmatch(group.spoken(language)) is not None
        return tuple(one for one in found if one.length == length and (speakable or not one.named))

    def knows(self, group: ProductGroup) -> bool:
        """Whether forms were written for this very group."""
        return group.group_id in self._known

    def _place(self, group: ProductGroup) -> GroupMatch:
        """By the name, in any language, that tells most surely."""
        if group.group_id in self._known:
            return GroupMatch(group.group_id, group.family, "known", 1.0)
        found = [self._index.nearest(name) for name in dict.fromkeys(group.names.values())]
        # A word in the middle of a name is no kin: a coffee table is no coffee.
        sure = [one for one in found if one.how in _SURE]
        nothing = GroupMatch(GENERAL, GENERAL, "none", 0.0)
        return min(sure, key=lambda one: _SURE.index(one.how), default=nothing)
