"""Which forms a product may be told with."""

from __future__ import annotations

import math
import re

from promoloop.compose.catalogue import product_groups
from promoloop.compose.forms import Form, all_forms
from promoloop.compose.ports import TextEncoder
from promoloop.compose.quality import GENERAL, GroupIndex, GroupMatch
from promoloop.compose.records import ProductGroup

__all__ = ["FormIndex"]

_SURE = ("name", "ending", "meaning")  # ways to be like a known group, the surest first
_SPEAKABLE = {"en": re.compile(r"[A-Za-z' ]{2,22}"), "zh": re.compile(r"[一-龥]{1,6}")}


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
        self._encoder = encoder
        self._index = GroupIndex(groups, encoder)
        self._by_place: dict[tuple[str, str, str], list[Form]] = {}
        for form in all_forms():
            for group in () if without & set(form.groups) else form.groups or (GENERAL,):
                self._by_place.setdefault((form.language, form.family, group), []).append(form)

    def forms(self, group: ProductGroup, language: str, length: str) -> tuple[Form, ...]:
        """Forms for ``group``, those of its kind first; none where it is like nothing known.

        What is only like a known group takes the forms of the whole family, not those of that one
        kind. A name that would not stand well in a sentence (digits, another script, a long title)
        leaves the forms without a name.
        """
        match = self._place(group)
        found = self._by_place.get((language, match.family, GENERAL), [])
        if match.how == "known":
            found = self._by_place.get((language, match.family, match.group_id), []) + found
        speakable = _SPEAKABLE[language].fullmatch(group.spoken(language)) is not None
        return tuple(one for one in found if one.length == length and (speakable or not one.named))

    def knows(self, group: ProductGroup) -> bool:
        """Whether forms were written for this very group."""
        return group.group_id in self._known

    def kinship(self, group: ProductGroup) -> float:
        """How like the product is, by its names, to the group whose forms it takes: up to 1.

        1 for a group of its own; nan without an encoder, or where it takes none.
        """
        match = self._place(group)
        if match.how == "known":
            return 1.0
        if self._encoder is None or match.group_id not in self._known:
            return math.nan
        names = list(group.names.values())
        others = list(self._known[match.group_id].names.values())
        vectors = self._encoder.encode([*names, *others])
        return float((vectors[: len(names)] @ vectors[len(names) :].T).mean())

    def _place(self, group: ProductGroup) -> GroupMatch:
        """By the name, in any language, that tells most surely."""
        if group.group_id in self._known:
            return GroupMatch(group.group_id, group.family, "known", 1.0)
        found = [self._index.nearest(name) for name in dict.fromkeys(group.names.values())]
        # A word in the middle of a name is no kin: a coffee table is no coffee.
        sure = [one for one in found if one.how in _SURE]
        if len({one.family for one in sure}) > 1 and all(one.how == "meaning" for one in sure):
            sure = []  # its names contradict each other
        nothing = GroupMatch(GENERAL, GENERAL, "none", 0.0)
        return min(sure, key=lambda one: _SURE.index(one.how), default=nothing)
