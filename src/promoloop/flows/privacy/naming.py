"""Whether a text names somebody: as a value of its own, or as an address inside a sentence."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence

__all__ = ["named_in", "without_names"]

#: So long a text is nobody's by chance, wherever it stands.
_TELLING = 12


def named_in(text: str, needles: Sequence[str]) -> bool:
    """Whether ``text``, plain or JSON or a row of CSV, has one of ``needles`` in it.

    A short id such as ``718`` must be a whole value; an address or a long id may stand anywhere.

    >>> named_in('{"shopper_id": "718"}', ["718"]), named_in('{"price": "7180"}', ["718"])
    (True, False)
    """
    telling = [one for one in needles if "@" in one or len(one) >= _TELLING]
    short = frozenset(needles) - frozenset(telling)
    folded = text.casefold()
    if any(one.casefold() in folded for one in telling):
        return True
    escaped = [json.dumps(one)[1:-1] for one in telling if not one.isascii()]
    if any(one in text for one in escaped):
        return True
    return bool(short) and any(one in text for one in short) and _is_value(text, short)


def without_names(text: str, needles: Sequence[str], instead: str) -> str:
    """``text`` with ``instead`` in place of every needle that ``named_in`` would find.

    >>> without_names("718", ["718"], "erased-1"), without_names("7180", ["718"], "erased-1")
    ('erased-1', '7180')
    """
    if text in needles:
        return instead
    for one in needles:
        if "@" in one or len(one) >= _TELLING:
            text = text.replace(one, instead)
    return text


def _is_value(text: str, short: frozenset[str]) -> bool:
    bare = text.strip()
    if bare in short:
        return True
    if bare[:1] in {"{", "["}:
        try:
            return _in_json(json.loads(bare), short)
        except ValueError:
            return False
    if "," not in bare:
        return False
    return any(cell.strip() in short for row in csv.reader([bare]) for cell in row)


def _in_json(value: object, short: frozenset[str]) -> bool:
    if isinstance(value, dict):
        return any(_in_json(one, short) for one in value.values())
    if isinstance(value, list):
        return any(_in_json(one, short) for one in value)
    return isinstance(value, str) and _is_value(value, short)
