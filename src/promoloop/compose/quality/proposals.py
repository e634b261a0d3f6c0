"""What a model proposed, with all the gate needs to judge it; and proposals that people judged."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from promoloop.compose.quality.corpus import LANGUAGES, shipped_corpus
from promoloop.compose.records import LENGTHS, MOMENTS, ProductGroup
from promoloop.compose.tables import names_in, rows_of
from promoloop.core import InvalidError

__all__ = ["POOLS", "Labelled", "Proposal", "labelled_proposals", "labelled_rows"]


#: Files of judged proposals of the model; ``pairs`` was written by hand, to be hard.
POOLS = ("forms-own", "forms-unseen")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A line that a model proposed for ``group``.

    ``moment`` is one of ``MOMENTS`` or ``"any"``. ``log_likelihood`` is the mean over the parts of
    the model's choices, nan where not known. ``unseen`` says that its form was written for other
    products, and ``kinship`` how like this one is to them (``FormIndex.kinship``). A product that
    is no known group comes as a group of its own, with the family of the nearest one.

    Raises
    ------
    InvalidError
        For another language, moment or length than the ones named, or an empty text.
    """

    text: str
    group: ProductGroup
    language: str
    moment: str = "any"
    length: str = "line"
    log_likelihood: float = math.nan
    unseen: bool = False
    kinship: float = math.nan

    def __post_init__(self) -> None:
        allowed = (
            ("language", self.language, LANGUAGES),
            ("moment", self.moment, ("any", *MOMENTS)),
            ("length", self.length, LENGTHS),
        )
        for name, given, known in allowed:
            if given not in known:
                raise InvalidError(
                    f"a proposal with {name} {given!r}",
                    "the gate does not know it",
                    f"Use one of {', '.join(known)}.",
                )
        if not self.text.strip() or self.language not in self.group.names:
            raise InvalidError(
                f"a proposal for {self.group.group_id!r} in {self.language}",
                "its text is empty or the group has no name in that language",
                "Give both.",
            )
        if math.isinf(self.log_likelihood):
            raise InvalidError(
                "a proposal of infinite likelihood", "no model gives that", "Use nan for unknown."
            )


@dataclass(frozen=True, slots=True)
class Labelled:
    """A proposal and what a strict reader said: would a shop send it, and why not."""

    proposal: Proposal
    sendable: bool
    why: str = ""


def labelled_proposals(*names: str) -> tuple[Labelled, ...]:
    """The judged proposals that ship, from the files ``names`` of ``data/labelled`` or all."""
    groups = shipped_corpus().groups
    return tuple(
        one
        for name in names or names_in("labelled", "jsonl")
        for one in labelled_rows(rows_of(f"labelled/{name}"), groups, f"{name}.jsonl")
    )


def labelled_rows(
    rows: Iterable[Mapping[str, Any]], groups: Mapping[str, ProductGroup], source: str
) -> list[Labelled]:
    """``rows`` as judged proposals; an error names ``source``, line and field."""
    return [_labelled(row, groups, f"{source} line {at}") for at, row in enumerate(rows, start=1)]


def _labelled(row: Mapping[str, Any], groups: Mapping[str, ProductGroup], place: str) -> Labelled:
    missing = [key for key in ("group_id", "language", "text", "sendable") if key not in row]
    if missing:
        raise InvalidError(place, f"it has no {missing[0]}", "Give every field.")
    if row["group_id"] not in groups:
        raise InvalidError(place, f"no group {row['group_id']!r} is known", "Check the id.")
    if not isinstance(row["sendable"], bool):
        raise InvalidError(place, f"sendable is {row['sendable']!r}", "Write true or false.")
    try:
        proposal = Proposal(
            text=str(row["text"]),
            group=groups[row["group_id"]],
            language=str(row["language"]),
            moment=str(row.get("moment", "any")),
            length=str(row.get("length", "line")),
            log_likelihood=_number(row.get("log_likelihood")),
            unseen=bool(row.get("unseen", False)),
            kinship=_number(row.get("kinship")),
        )
    except (InvalidError, TypeError, ValueError) as error:
        raise InvalidError(place, str(error), "Mend the line.") from error
    return Labelled(proposal, row["sendable"], str(row.get("why", "")))


def _number(given: float | None) -> float:
    return math.nan if given is None else float(given)
