"""Texts by language, kept as data: ``data/<stem>-<tag>.toml`` in the package that needs them.

A language is a file, so adding one is adding files. A file stands on its own, or names in
``based_on`` the file whose texts it shares; then it holds only what differs:

``convert``
    An OpenCC configuration (``s2twp``) that the shared texts pass through.
``instead``
    Pairs (shared wording, wording here), applied in order to the shared texts.

Everything else in the file replaces or adds to what is shared, table by table.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from promoloop.core.errors import InvalidError
from promoloop.core.locale import language_of, locale_kin, script_of

__all__ = ["in_script", "tongue_of", "tongue_table", "tongues_in"]

_SLOT = r"(?<![\w{])%s(?![\w}])"
_HEAD = ("based_on", "convert", "instead")


@cache
def tongues_in(package: str, stem: str) -> tuple[str, ...]:
    """The tags for which ``package`` has a file ``data/<stem>-<tag>.toml``, in order."""
    place = files(package).joinpath("data")
    found = (re.fullmatch(rf"{stem}-(.+)\.toml", one.name) for one in place.iterdir())
    return tuple(sorted(match[1] for match in found if match))


@cache
def tongue_of(package: str, stem: str, locale: str) -> str:
    """The tag of the file that serves ``locale``: the nearest of its kin.

    Raises ``InvalidError`` when the language has no file, naming those that have.
    """
    known = tongues_in(package, stem)
    for tag in locale_kin(locale):
        if tag in known:
            return tag
    raise InvalidError(
        f"{stem} in {locale}",
        f"we know only {', '.join(known)}",
        f"Use one of these languages or add data/{stem}-{locale_kin(locale)[-1]}.toml.",
    )


@cache
def tongue_table(package: str, stem: str, locale: str) -> dict[str, Any]:
    """The texts for ``locale``, with what its file shares with another filled in."""
    tag = tongue_of(package, stem, locale)
    source = files(package).joinpath("data", f"{stem}-{tag}.toml")
    own = tomllib.loads(source.read_text(encoding="utf-8"))
    if "based_on" not in own:
        return own
    shared = tongue_table(package, stem, str(own["based_on"]))
    convert = _converter(str(own["convert"])) if "convert" in own else str
    said = _mapped(shared, lambda text: _instead(convert(text), own.get("instead", ())))
    return _merged(said, {key: value for key, value in own.items() if key not in _HEAD})


def in_script(text: str, written: str, locale: str) -> str:
    """``text`` of the locale ``written``, in the script of the kindred ``locale``.

    Only Chinese is written in two scripts here; Taiwan's own words come with its characters.

    >>> in_script("洗衣液", "zh-CN", "zh-TW"), in_script("tea", "en-US", "en-GB")
    ('洗衣液', 'tea')
    >>> in_script("咖啡豆礼盒", "zh-CN", "zh-TW")
    '咖啡豆禮盒'
    """
    scripts = script_of(written), script_of(locale)
    if language_of(locale) != "zh" or scripts[0] == scripts[1]:
        return text
    return _converter("s2twp" if scripts[1] == "Hant" else "tw2sp")(text)


@cache
def _converter(configuration: str) -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC(configuration).convert
    return convert


def _instead(text: str, pairs: list[list[str]]) -> str:
    for old, new in pairs:
        text = _pattern(old).sub(_as_cased(new), text)
    return text


@cache
def _pattern(old: str) -> re.Pattern[str]:
    """Whole words in scripts with spaces, capital or not; any place in others."""
    if not old.isascii():
        return re.compile(re.escape(old))
    first = f"[{old[0].lower()}{old[0].upper()}]" if old[0].isalpha() else re.escape(old[0])
    return re.compile(_SLOT % (first + re.escape(old[1:])))


def _as_cased(new: str) -> Callable[[re.Match[str]], str]:
    return lambda match: new[0].upper() + new[1:] if match[0][0].isupper() else new


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _mapped(one, change) for key, one in value.items()}
    return [_mapped(one, change) for one in value] if isinstance(value, list) else value


def _merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(shared)
    for key, value in own.items():
        known = both.get(key)
        nested = isinstance(known, Mapping) and isinstance(value, Mapping)
        both[key] = _merged(known, value) if nested and known is not None else value
    return both
