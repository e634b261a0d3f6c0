"""Slots: ``{{reward}}`` in the stored parts, the offer's clause in the message."""

from __future__ import annotations

import re
from collections.abc import Mapping

from promoloop.core import InvalidError

__all__ = ["fill"]

_SLOT = re.compile(r"\{\{(\w+)\}\}")
_SENTENCE_START = re.compile(r"(?:^|(?<=[.!?] )|(?<=\n))[¿¡«]?[a-zà-öø-ÿœ]")


def fill(parts: Mapping[str, str], clauses: Mapping[str, str]) -> dict[str, str]:
    """Every part with its slots filled, sentences starting with a capital.

    Raises ``InvalidError`` when a slot has no clause.

    >>> fill({"subject": "{{reward}}, {{deadline}}"}, {"reward": "free shipping",
    ...                                                "deadline": "ends Nov 30"})
    {'subject': 'Free shipping, ends Nov 30'}
    >>> fill({"body": "For the weekend.\\n\\n{{reward}}."}, {"reward": "a free mug"})["body"]
    'For the weekend.\\n\\nA free mug.'
    >>> fill({"headline": "{{reward}}"}, {"reward": "écharpe en cadeau"})["headline"]
    'Écharpe en cadeau'
    """
    return {part: _filled(part, text, clauses) for part, text in parts.items()}


def _filled(part: str, text: str, clauses: Mapping[str, str]) -> str:
    def clause(match: re.Match[str]) -> str:
        if match[1] not in clauses:
            raise InvalidError(
                f"the part {part!r}, slot {match[0]}",
                "the offer has no such clause",
                f"Use one of {', '.join(sorted(clauses))}.",
            )
        return clauses[match[1]]

    filled = _SLOT.sub(clause, text)
    return _SENTENCE_START.sub(lambda match: match[0].upper(), filled)
