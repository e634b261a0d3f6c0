"""Forms of hooks: sentences in parts, each part with alternatives that a person wrote.

A model of 270 million parameters cannot write a line that makes sense, but it can tell which of
some wordings suits a product. Forms (``data/forms/<language>/<family>.toml``) are written so that
every combination makes sense for the groups that they name, or for their whole family; the model
chooses among them (``LanguageModel``), and the gate judges what comes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from promoloop.compose.records import ProductGroup
from promoloop.compose.tables import names_in, table
from promoloop.core import InvalidError

__all__ = ["Form", "Made", "all_forms", "taken_apart"]

_NAME = "{name}"
_LANGUAGES = ("en", "zh")


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


@dataclass(frozen=True, slots=True)
class Made:
    """What a line was put together from: places in ``all_forms`` and in each part."""

    form: int
    chosen: tuple[int, ...]


def taken_apart(text: str, group: ProductGroup, language: str) -> Made | None:
    """The form and alternatives behind ``text``; None where no form gives it."""
    known, plain = _lines()[language], text.strip().lower()
    name = group.spoken(language).lower()
    return known.get(plain.replace(name, _NAME)) or known.get(plain)


@cache
def _lines() -> Mapping[str, Mapping[str, Made]]:
    found: dict[str, dict[str, Made]] = {language: {} for language in _LANGUAGES}
    for at, form in enumerate(all_forms()):
        parts = form.filled(_NAME)
        for chosen in product(*(range(len(part)) for part in parts)):
            line = "".join(part[one] for part, one in zip(parts, chosen, strict=True))
            found[form.language].setdefault(line.strip().lower(), Made(at, chosen))
    return found
