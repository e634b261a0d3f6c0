"""The product groups that copy is written about, and the lines people wrote for them.

One file per family in ``data/supervised``: the names of each group in every language, and example
lines by language, length and moment. The lines teach the small model (``compose.tuning``); those
of groups that are ``held_out`` only ever measure it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from promoloop.compose.records import LENGTHS, MOMENTS, ProductGroup
from promoloop.compose.tables import table
from promoloop.core import InvalidError

__all__ = ["ExampleLine", "example_lines", "groups_in", "lines_in", "product_groups"]

LANGUAGES = ("en", "zh")
_ANY = "any"
_FOLDER = "supervised"


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """One line a person wrote for a product group, moment (or ``"any"``) and length."""

    group_id: str
    language: str
    moment: str
    length: str
    text: str


#: The fields that say what one piece is called.
_PIECES = {"en": "one", "zh": "one_zh"}


@cache
def product_groups() -> tuple[ProductGroup, ...]:
    """All groups, by family and in the order of their file.

    Raises ``InvalidError`` naming file, group and field where a file is malformed.
    """
    groups = tuple(one for family, data in _families() for one in groups_in(data, family))
    _refuse_repeats([one.group_id for one in groups], "group id", f"data/{_FOLDER}")
    return groups


@cache
def example_lines() -> tuple[ExampleLine, ...]:
    """All lines, in the order of the groups; held-out groups included."""
    return tuple(one for family, data in _families() for one in lines_in(data, family))


def _families() -> list[tuple[str, Mapping[str, Any]]]:
    folder = files("promoloop.compose").joinpath("data", _FOLDER)
    names = sorted(one.name for one in folder.iterdir() if one.name.endswith(".toml"))
    stems = [name.removesuffix(".toml") for name in names]
    return [(stem, table(f"{_FOLDER}/{stem}")) for stem in stems]


def groups_in(data: Mapping[str, Any], family: str) -> list[ProductGroup]:
    """The groups of one parsed file.

    >>> data = {"group": [{"id": "tea", "en": "tea", "zh": "茶", "match": ["sencha"]}]}
    >>> [one.names["zh"] for one in groups_in(data, "drinks")]
    ['茶']
    """
    return [_group(entry, family, at) for at, entry in enumerate(_entries(data, family))]


def lines_in(data: Mapping[str, Any], family: str) -> list[ExampleLine]:
    """The lines of one parsed file.

    >>> data = {"group": [{"id": "tea", "en": "tea", "zh": "茶",
    ...                    "short": {"en": {"any": ["Put the kettle on"]}}}]}
    >>> [(one.group_id, one.moment, one.text) for one in lines_in(data, "drinks")]
    [('tea', 'any', 'Put the kettle on')]
    """
    found: list[ExampleLine] = []
    for at, entry in enumerate(_entries(data, family)):
        group_id = _group(entry, family, at).group_id
        of_group = [
            ExampleLine(group_id, language, moment, length, text)
            for length in LENGTHS
            for language in LANGUAGES
            for moment, text in _texts(entry, family, length, language)
        ]
        _refuse_repeats([one.text for one in of_group], "line", f"{family}.toml, group {group_id}")
        found += of_group
    return found


def _entries(data: Mapping[str, Any], family: str) -> Sequence[Mapping[str, Any]]:
    entries = data.get("group")
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise InvalidError(
            f"{family}.toml", "it holds no list of [[group]] tables", "Write each group as one."
        )
    return entries


def _group(entry: Mapping[str, Any], family: str, at: int) -> ProductGroup:
    where = f"{family}.toml, group {entry.get('id', at)!r}"
    names = {key: _text(entry.get(key), f"{where}, field {key}") for key in LANGUAGES}
    match = entry.get("match", [])
    held_out = entry.get("held_out", False)
    if not isinstance(match, list) or not isinstance(held_out, bool):
        raise InvalidError(
            where, "match is no list, or held_out is no truth value", "Write [] and true or false."
        )
    return ProductGroup(
        group_id=_text(entry.get("id"), f"{where}, field id"),
        family=family,
        names=names,
        match=tuple(_text(one, f"{where}, field match") for one in match),
        held_out=held_out,
        pieces={
            language: _text(entry[key], f"{where}, field {key}")
            for language, key in _PIECES.items()
            if key in entry
        },
    )


def _texts(
    entry: Mapping[str, Any], family: str, length: str, language: str
) -> list[tuple[str, str]]:
    where = f"{family}.toml, group {entry['id']}, field {length}.{language}"
    by_moment = entry.get(length, {}).get(language, {})
    found: list[tuple[str, str]] = []
    for moment, texts in by_moment.items():
        if moment not in (*MOMENTS, _ANY) or not isinstance(texts, list):
            raise InvalidError(
                f"{where}.{moment}", "it is no list under a known moment", "Mend the key or value."
            )
        found += [(moment, _text(one, f"{where}.{moment}")) for one in texts]
    return found


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip() or "\n" in value:
        raise InvalidError(where, f"{value!r} is no line of text", "Write one line of text.")
    return value.strip()


def _refuse_repeats(values: Sequence[str], kind: str, where: str) -> None:
    value, times = Counter(values).most_common(1)[0] if values else ("", 0)
    if times > 1:
        raise InvalidError(f"{where}, {kind} {value!r}", f"it stands {times} times", "Keep one.")
