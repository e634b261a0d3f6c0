"""Sentences put together from parts, the model choosing among the alternatives of each part.

This is decoding under a grammar that holds finitely many sentences. The alternatives of a part are
a tree of tokens, and the model is asked only where the tree branches: a choice among ten wordings
costs two or three steps, however long they are, and no step weighs the whole vocabulary against a
grammar.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field

import numpy as np

__all__ = ["Chooser"]

_TRIES = 4

Tokens = tuple[int, ...]
Weigh = Callable[[Tokens, Sequence[int]], Mapping[int, float]]


@dataclass
class _Branch:
    """What may follow; ``text`` where an alternative ends here."""

    children: dict[int, _Branch] = field(default_factory=dict)
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Chooser:
    """Draws sentences, one after the other.

    Several at once would be little faster, and their order would be chance: a model's figures
    differ by a few parts in a hundred with what is decoded beside them.

    Parameters
    ----------
    tokens : callable
        Splits a text into tokens.
    weigh : callable
        Takes the tokens so far and at least two tokens that may follow, and gives the model's
        probability of each among them; they sum to 1.
    """

    tokens: Callable[[str], Sequence[int]]
    weigh: Weigh

    def draw(
        self, prompt: str, forms: Sequence[Sequence[Sequence[str]]], n: int, seed: int
    ) -> list[tuple[str, float]]:
        """Up to ``n`` different sentences, each with the mean log probability of its choices.

        The forms are taken in turn. Fewer come back where the parts allow fewer, or where the
        model keeps to a few.
        """
        trees = [[self._tree(part) for part in form] for form in forms]
        found: dict[str, float] = {}
        start = tuple(self.tokens(prompt))
        known: dict[tuple[Tokens, Tokens], Mapping[int, float]] = {}
        for at in range(_TRIES * n if forms else 0):
            text, weight = self._walk(start, trees[at % len(trees)], (seed, at), known)
            found.setdefault(text, weight)
            if len(found) == n:
                break
        return list(found.items())

    def _tree(self, alternatives: Sequence[str]) -> _Branch:
        root = _Branch()
        for text in alternatives:
            at = root
            for token in self.tokens(text):
                at = at.children.setdefault(token, _Branch())
            at.text = text
        return root

    def _walk(
        self,
        start: Tokens,
        trees: Sequence[_Branch],
        seed: tuple[int, int],
        known: dict[tuple[Tokens, Tokens], Mapping[int, float]],
    ) -> tuple[str, float]:
        rng, tokens, texts, weight = np.random.default_rng(seed), start, [], 0.0
        for place, tree in enumerate(trees):
            at = tree
            later = tuple(trees[place + 1].children) if place + 1 < len(trees) else self._end
            while at.children:
                # Where one alternative begins with another, what follows tells them apart.
                ends = () if at.text is None else later
                token, share = self._step(tokens, {*at.children, *ends}, rng.random(), known)
                weight += math.log(share)
                if token not in at.children:
                    break
                tokens, at = (*tokens, token), at.children[token]
            texts.append(str(at.text))
        return "".join(texts), weight / len(trees)

    @property
    def _end(self) -> Tokens:
        return tuple(self.tokens("\n")[:1])

    def _step(
        self,
        tokens: Tokens,
        choice: Set[int],
        draw: float,
        known: dict[tuple[Tokens, Tokens], Mapping[int, float]],
    ) -> tuple[int, float]:
        allowed = tuple(sorted(choice))
        if len(allowed) == 1:
            return allowed[0], 1.0
        if (tokens, allowed) not in known:
            known[tokens, allowed] = self.weigh(tokens, allowed)
        shares = [known[tokens, allowed].get(token, 0.0) for token in allowed]
        total, reached = sum(shares), 0.0
        for token, share in zip(allowed, shares, strict=True):
            reached += share / total
            if draw < reached:
                return token, share / total
        best = max(range(len(allowed)), key=shares.__getitem__)
        return allowed[best], shares[best] / total
