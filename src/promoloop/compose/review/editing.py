"""A text changed by a person: proven again, or refused with the reasons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from promoloop.compose.proof import verify
from promoloop.compose.records import Copy, Verdict
from promoloop.compose.slots import fill
from promoloop.core import InvalidError, RefusedError, stable_hash
from promoloop.offers import OfferFacts

__all__ = ["edited_copy", "proven_again"]

_SLOT = re.compile(r"\{\{\w+\}\}")
_OWN = ("name", "brand")


def edited_copy(copy: Copy, parts: Mapping[str, str], facts: OfferFacts, now: datetime) -> Copy:
    """A new text with ``parts`` in place of the old ones, and a verdict of its own.

    Figures, dates and codes must stay slots: a fact written out may be true today and wrong when
    the message goes out, so it is refused even where it is proven now.

    Raises
    ------
    InvalidError
        For a part the channel does not have, a slot the offer lacks, or where nothing changes.
    RefusedError
        When the changed text does not pass, with every reason.
    """
    unknown = [name for name in parts if name not in copy.parts]
    if unknown:
        raise InvalidError(
            f"the part {unknown[0]!r} of {copy.copy_id}",
            f"a text for {copy.channel} has none",
            f"Use one of {', '.join(copy.parts)}.",
        )
    changed = {name: text for name, text in parts.items() if text != copy.parts[name]}
    if not changed:
        raise InvalidError(f"an edit of {copy.copy_id}", "it changes nothing", "Give other words.")
    whole = {**copy.parts, **changed}
    verdict = verify(fill(whole, facts.clauses), facts, copy.channel, copy.moment)
    reasons = [*verdict.reasons, *_written_out(changed, facts, copy)]
    if reasons:
        raise RefusedError(
            f"the edit of {copy.copy_id}",
            f"it does not pass: {'; '.join(dict.fromkeys(reasons))}",
            "Change the words; keep figures, dates and codes as slots such as {{reward}}.",
        )
    content = (copy.copy_id, *(f"{name}={text}" for name, text in whole.items()))
    stands = any(copy.hook in text for text in whole.values())
    return replace(
        copy,
        copy_id=f"copy-{stable_hash('edit', *content):016x}",
        parts=whole,
        verdict=verdict,
        refused=(),
        created_at=now,
        hook=copy.hook if stands else "",
        score=copy.score if stands else None,
    )


def proven_again(copy: Copy, facts: OfferFacts) -> Verdict:
    """Whether a text still holds with the offer's facts of today.

    A slot that the offer has no clause for any more is a reason against it.
    """
    try:
        filled = fill(copy.parts, facts.clauses)
    except InvalidError as error:
        return Verdict(False, (), (f"slot: {error.asked}, {error.case}",))
    return verify(filled, facts, copy.channel, copy.moment)


def _written_out(changed: Mapping[str, str], facts: OfferFacts, copy: Copy) -> list[str]:
    """Facts that stand in the words themselves, where a slot should."""
    found = []
    for name, text in changed.items():
        bare = _SLOT.sub("\n", text)
        claims = verify({name: bare}, facts, copy.channel, copy.moment).claims
        found += [
            f"fact: {claim.text!r} is written out in the {name}"
            for claim in claims
            if claim.kind not in _OWN
        ]
    return found
