"""Whether a shop's own sentence answers a question: its subject must be what the sentence states.

A policy is quoted only when every word of the question is plain (``known``), asks for something
the policy states (``asked`` and ``stated`` of ``[reply.subject]``), or stands in the policy itself.
So the default is no: "do you ship to Canada?" is not answered by what shipping costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

__all__ = ["answered_by", "only_of_returns"]

_CLAUSE = re.compile(r"[.?!;,:。？！；，：、\n]+|\band\b|\bbut\b|\balso\b|另外|还有|還有|而且")
_TOKEN = re.compile(r"[a-z]+(?:['’][a-z]+)?|\d+|[\u4e00-\u9fff]+")
_ENDINGS = re.compile(r"(?:ing|ies|ed|es|s|y|e)$")


def answered_by(
    question: str,
    topic: str,
    policies: Mapping[str, str],
    words: Mapping[str, Any],
    names: Sequence[str] = (),
) -> bool:
    """Whether the policy on ``topic`` states what is asked about it.

    Parameters
    ----------
    question : str
        In the shopper's words.
    topic : str
        An intent that is answered by quoting a policy.
    policies : mapping of str to str
        The shop's sentences by topic.
    words : mapping
        The table ``[reply]`` of the language.
    names : sequence of str
        Words that are no subject, such as the order's number.
    """
    text = question.casefold()
    for name in names:
        text = text.replace(name.casefold(), " ")
    policy, found = policies[topic].casefold(), False
    for clause in filter(str.strip, _CLAUSE.split(text)):
        topics = _topics(clause, words["intents"])
        if topics and topic not in topics:
            continue  # another intent's: its own facts answer it
        found = found or topic in topics
        if not _states(policy, clause, words["subject"], topic):
            return False
    # What is only seen in the whole question lies across clauses: no single sentence answers it.
    return found


def only_of_returns(question: str, intents: Mapping[str, str]) -> bool:
    """Whether postage is asked about only as that of a return, which is no matter of shipping."""
    clauses = [_topics(one, intents) for one in _CLAUSE.split(question.casefold())]
    return any("returns" in one for one in clauses) and not any(
        "shipping" in one for one in clauses
    )


def _topics(clause: str, intents: Mapping[str, str]) -> list[str]:
    found = [name for name, pattern in intents.items() if _found(pattern, clause)]
    return [one for one in found if one != "shipping" or "returns" not in found]


def _states(policy: str, clause: str, subjects: Mapping[str, Any], topic: str) -> bool:
    asked_for = False
    for asked, stated in subjects[topic]:
        if not _found(asked, clause):
            continue
        if not _found(stated, policy):
            return False
        clause, asked_for = re.sub(asked, " ", clause), True
    if not asked_for and not _found(subjects["plain"][topic], policy):
        return False
    left = _TOKEN.findall(_known(subjects["known"]).sub(" ", clause))
    said = set(_stems(policy))
    return all(_stands(token, policy, said) for token in left)


def _stands(token: str, policy: str, said: set[str]) -> bool:
    return token in policy if not token.isascii() else _stem(token) in said


def _stems(text: str) -> Iterator[str]:
    return map(_stem, _TOKEN.findall(text))


def _stem(token: str) -> str:
    return _ENDINGS.sub("", token) if len(token) > 3 else token


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None


@cache
def _known(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
