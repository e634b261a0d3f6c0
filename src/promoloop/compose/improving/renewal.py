"""Children of the best texts of a cell: the model rewrites them, and they are crossed.

A child is a parent with another hook (a mutation, written by the model with the best hooks before
its eyes), a parent with the hook or the call of another one (a crossover, no model asked), or,
where that is not enough, a parent with a reviewed line (a graft). Every child is proven against
the offer, judged by the gate, held against the running texts, and let in only while the pool stays
as diverse as was asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import permutations

from promoloop.compose.improving.diversity import distance, pool_distance
from promoloop.compose.improving.lineage import Lineage, copy_cell, next_variant, shown_words
from promoloop.compose.improving.mutation import Asked, can_mutate, mutations
from promoloop.compose.improving.spare import spare_hooks
from promoloop.compose.ports import LanguageModel
from promoloop.compose.proof import verify
from promoloop.compose.records import Brief, Copy
from promoloop.compose.slots import fill
from promoloop.core import InvalidError, UnavailableError, language_of, stable_hash
from promoloop.offers import OfferFacts

__all__ = ["Breeding", "Children", "Judge", "Nursery", "Parent", "bred", "planned_calls"]

#: Scores in [0, 1] of hooks for a brief, in order; nan where it cannot judge.
Judge = Callable[[Brief, Sequence[str]], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Breeding:
    """How children are made.

    ``proposals`` are asked of the model per cell, a call each; a hook must score ``least_score``;
    a child must differ from every running text by ``least_distance`` and its hook from every
    running hook by ``least_hook_distance``; the mean distance of the pool must not fall below
    ``floor`` (nor further, where it is below already).
    """

    proposals: int = 6
    least_score: float = 0.5
    least_distance: float = 0.08
    least_hook_distance: float = 0.35
    floor: float = 0.4

    def __post_init__(self) -> None:
        shares = (self.least_score, self.least_distance, self.least_hook_distance, self.floor)
        if self.proposals < 1 or not all(0.0 <= share <= 1.0 for share in shares):
            raise InvalidError(
                f"breeding with {self.proposals} proposals and shares {shares}",
                "proposals must be 1 or more, scores and distances in [0, 1]",
                "Use 6, and 0.4 as the floor of diversity.",
            )


@dataclass(frozen=True, slots=True)
class Parent:
    """A text that may have children: its hook ("" where not known), and how good it is."""

    copy: Copy
    hook: str
    lift: float
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Nursery:
    """A cell to be renewed: ``parents`` best first, ``taken`` names of variants ever used.

    ``running`` are the texts it will compete with, parents among them or not.
    """

    brief: Brief
    facts: OfferFacts
    parents: tuple[Parent, ...]
    running: tuple[Parent, ...]
    taken: tuple[str, ...]
    wanted: int


@dataclass(frozen=True, slots=True)
class Children:
    """What came of one nursery; ``failed`` says why the model gave nothing, "" else.

    ``diversity`` is the mean distance of two running texts, children included.
    """

    copies: tuple[Copy, ...]
    scores: tuple[float, ...]
    lineage: tuple[Lineage, ...]
    refused: tuple[str, ...]
    calls: int
    diversity: float
    failed: str = ""


def planned_calls(nurseries: Sequence[Nursery], model: LanguageModel | None) -> int:
    """The most model calls ``bred`` will make: one per cell that it can write for."""
    return 0 if model is None else sum(_asks(one) for one in nurseries)


def bred(
    nursery: Nursery,
    model: LanguageModel | None,
    judge: Judge | None,
    rules: Breeding,
    seed: int,
    now: datetime,
) -> Children:
    """Up to ``wanted`` children; the same in, the same out. A model that is away costs mutations.

    Without a ``judge`` hooks have no score (nan) and are not held to ``least_score``.
    """
    yard = _Yard(nursery, rules, now)
    calls, failed = 0, ""
    if model is not None and _asks(nursery):
        calls = 1
        hooks = [one.hook for one in nursery.parents if one.hook]
        try:
            asked = mutations(nursery.brief, hooks, model, rules.proposals, seed)
            texts = [text for text, _ in asked.hooks]
            yard.mutate(asked, model.name, _scores(judge, nursery.brief, texts))
        except UnavailableError as error:
            failed = str(error)
    yard.cross(seed)
    if not yard.full:
        yard.graft(spare_hooks(nursery.brief, seed))
    pool = [*(shown_words(one.copy) for one in nursery.running), *map(shown_words, yard.copies)]
    return Children(
        copies=tuple(yard.copies),
        scores=tuple(yard.scores),
        lineage=tuple(yard.lineage),
        refused=tuple(yard.refused),
        calls=calls,
        diversity=pool_distance(pool, yard.language),
        failed=failed,
    )


def _asks(nursery: Nursery) -> bool:
    hooks = any(one.hook for one in nursery.parents)
    return nursery.wanted > 0 and hooks and can_mutate(nursery.brief)


def _scores(judge: Judge | None, brief: Brief, hooks: Sequence[str]) -> Sequence[float]:
    return judge(brief, hooks) if judge and hooks else [math.nan] * len(hooks)


@dataclass(frozen=True, slots=True)
class _Child:
    """A candidate: ``base`` with other parts."""

    base: Parent
    others: tuple[Parent, ...]
    parts: dict[str, str]
    hook: str
    way: str


class _Yard:
    """Children let in so far, and the rules for the next one."""

    def __init__(self, nursery: Nursery, rules: Breeding, now: datetime) -> None:
        self.nursery, self.rules, self.now = nursery, rules, now
        self.language = language_of(nursery.brief.locale)
        self.copies: list[Copy] = []
        self.scores: list[float] = []
        self.lineage: list[Lineage] = []
        self.refused: list[str] = []
        self._running = [shown_words(one.copy) for one in nursery.running]
        self._hooks = [one.hook for one in nursery.running if one.hook]
        self._taken = list(nursery.taken)

    @property
    def full(self) -> bool:
        return len(self.copies) >= self.nursery.wanted

    def mutate(self, asked: Asked, model: str, scores: Sequence[float]) -> None:
        """New hooks in the places of the parents' in turn; the best scored come first."""
        judged = [(*one, score) for one, score in zip(asked.hooks, scores, strict=True)]
        ranked = sorted(judged, key=lambda one: (-_known(one[2]), one[0]))
        bases = [one for one in self.nursery.parents if one.hook]
        for at, (hook, prompt_hash, score) in enumerate(ranked):
            base = bases[at % len(bases)]
            reason = self._unfit(hook, score)
            if self.full or reason:
                self.refused += [reason] if reason else []
                continue
            parts = _replaced(base, hook)
            child = _Child(base, (), parts, hook, "mutation")
            self._admit(child, score, model, prompt_hash)

    def cross(self, seed: int) -> None:
        """Parents in pairs, the best first; ``seed`` turns which part is exchanged first."""
        for child in _crossed(self.nursery.parents, seed):
            if self.full:
                return
            donor = child.others[0].copy if child.hook == child.others[0].hook else child.base.copy
            self._admit(child, math.nan, donor.model, donor.prompt_hash)

    def graft(self, hooks: Sequence[str]) -> None:
        """Reviewed lines in the places of the parents' hooks, when nothing better is left."""
        bases = [one for one in self.nursery.parents if one.hook]
        for at, hook in enumerate(hooks if bases else ()):
            if self.full:
                return
            base = bases[at % len(bases)]
            reason = self._unfit(hook, math.nan)
            if reason:
                self.refused.append(reason)
                continue
            self._admit(_Child(base, (), _replaced(base, hook), hook, "graft"), math.nan, "", "")

    def _unfit(self, hook: str, score: float) -> str:
        if score < self.rules.least_score:
            return f"gate: {hook!r} scores {score:.2f}"
        near = min((distance(hook, one, self.language) for one in self._hooks), default=1.0)
        if near < self.rules.least_hook_distance:
            return f"duplicate: {hook!r} is like a line that runs"
        return ""

    def _admit(self, child: _Child, score: float, model: str, prompt_hash: str) -> None:
        """Prove, compare and let in, or note why not."""
        brief, facts = self.nursery.brief, self.nursery.facts
        verdict = verify(fill(child.parts, facts.clauses), facts, brief.channel, brief.moment)
        if not verdict.passed:
            self.refused += verdict.reasons
            return
        parents = tuple(one.copy.copy_id for one in (child.base, *child.others))
        name = next_variant(self._taken)
        sources = {one.copy.source for one in (child.base, *child.others)}
        by_model = child.way == "mutation" or (child.way == "crossover" and "model" in sources)
        copy = replace(
            child.base.copy,
            copy_id=_copy_id(brief, name, child.parts),
            variant=name,
            parts=child.parts,
            source="model" if by_model else "template",
            model=model,
            prompt_hash=prompt_hash,
            verdict=verdict,
            refused=(),
            created_at=self.now,
            hook=child.hook,
            score=_score_of(child, score),
        )
        reason = self._crowding(copy)
        if reason:
            self.refused.append(reason)
            return
        self._taken.append(name)
        self._running.append(shown_words(copy))
        self._hooks.append(child.hook)
        self.copies.append(copy)
        self.scores.append(score)
        oldest = max(one.generation for one in (child.base, *child.others))
        self.lineage.append(
            Lineage(
                copy.copy_id, copy_cell(copy), oldest + 1, child.way, parents, child.hook, model,
                prompt_hash,
            )
        )  # fmt: skip

    def _crowding(self, copy: Copy) -> str:
        """Why the pool would not be diverse enough with ``copy``, "" when it would."""
        words = shown_words(copy)
        near = min((distance(words, one, self.language) for one in self._running), default=1.0)
        if near < self.rules.least_distance:
            return "duplicate: the message is like one that runs"
        before = pool_distance(self._running, self.language)
        after = pool_distance([*self._running, words], self.language)
        if after < min(self.rules.floor, before):
            return f"diversity: the pool's distance would fall from {before:.2f} to {after:.2f}"
        return ""


def _known(score: float) -> float:
    return 0.0 if math.isnan(score) else score


def _score_of(child: _Child, score: float) -> float | None:
    """What the gate gave the child's hook, now or when the parent it comes from was written."""
    if not math.isnan(score):
        return score
    kin = (child.base, *child.others)
    return next((one.copy.score for one in kin if one.copy.hook == child.hook), None)


def _replaced(base: Parent, hook: str) -> dict[str, str]:
    return {part: text.replace(base.hook, hook) for part, text in base.copy.parts.items()}


def _crossed(parents: Sequence[Parent], seed: int) -> Iterator[_Child]:
    """Every pair in both orders: the other's hook, its call, or both, in the first one's frame."""
    for base, other in permutations(parents, 2):
        kinds = [_with_hook, _with_call, _with_both]
        turn = stable_hash(str(seed), base.copy.copy_id, other.copy.copy_id) % len(kinds)
        for at in range(len(kinds)):
            parts = kinds[(turn + at) % len(kinds)](base, other)
            if parts is not None and parts != dict(base.copy.parts):
                moved = base.hook if base.hook and base.hook in " ".join(parts.values()) else ""
                yield _Child(base, (other,), parts, moved or other.hook, "crossover")


def _with_hook(base: Parent, other: Parent) -> dict[str, str] | None:
    if not base.hook or not other.hook or base.hook == other.hook:
        return None
    return _replaced(base, other.hook)


def _with_call(base: Parent, other: Parent) -> dict[str, str] | None:
    theirs = other.copy.parts.get("call")
    if theirs is None or theirs == base.copy.parts.get("call"):
        return None
    return {**base.copy.parts, "call": theirs}


def _with_both(base: Parent, other: Parent) -> dict[str, str] | None:
    parts, theirs = _with_hook(base, other), other.copy.parts.get("call")
    return None if parts is None or theirs is None else {**parts, "call": theirs}


def _copy_id(brief: Brief, variant: str, parts: dict[str, str]) -> str:
    content = (brief.brief_id, variant, "child", *(f"{key}={text}" for key, text in parts.items()))
    return f"copy-{stable_hash(*content):016x}"
