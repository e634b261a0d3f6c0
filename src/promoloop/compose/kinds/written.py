"""A written text of any kind: its parts, the proof, and where each sentence comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from promoloop.compose.proof import FactSheet, verify_statement
from promoloop.compose.records import Verdict

__all__ = ["Known", "Sourced", "Written", "proven"]


@dataclass(frozen=True, slots=True)
class Known:
    """What a slot becomes, and the fields of the brief it comes from."""

    text: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sourced:
    """One sentence of a part, and the fields that back it; no field for our own set phrases."""

    part: str
    sentence: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written for one brief, ready to be read by a person or sent.

    Parameters
    ----------
    kind : str
        ``invitation``, ``joint``, ``description``, ``reply`` or ``report``.
    locale, channel : str
        For whom and where.
    parts : mapping of str to str
        The finished text by part. The part ``link`` holds the slot ``{{link}}``, filled for each
        reader when it is sent, because the proof allows no address.
    verdict : Verdict
        The proof of all parts but ``link``.
    sources : tuple of Sourced
        One for each sentence.
    written_by : str
        ``"template"``, or the name of the model whose draft was proven.
    refused : tuple of str
        What was left out on the way, and why: drafts, attributes.
    hand_over : str
        For replies: the reason code for giving the question to a person, "" when answered.
    completed : mapping of str to str
        For descriptions: attributes that follow from the known ones.
    """

    kind: str
    locale: str
    channel: str
    parts: Mapping[str, str]
    verdict: Verdict
    sources: tuple[Sourced, ...]
    written_by: str = "template"
    refused: tuple[str, ...] = ()
    hand_over: str = ""
    completed: Mapping[str, str] | None = None


def proven(
    parts: Mapping[str, str], sheet: FactSheet, limits: Mapping[str, int] | None = None
) -> Verdict:
    """The verdict on ``parts`` (``link`` aside), lengths in characters by ``limits`` included."""
    told = {part: text for part, text in parts.items() if part != "link"}
    verdict = verify_statement(told, sheet)
    long = tuple(
        f"length: {part} has {len(text)} characters, {limits[part]} are allowed"
        for part, text in told.items()
        if limits and len(text) > limits.get(part, len(text))
    )
    if not long:
        return verdict
    return Verdict(False, verdict.claims, (*long, *verdict.reasons))
