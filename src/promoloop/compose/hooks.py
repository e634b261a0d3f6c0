"""Hooks for the cells of briefs: the approved bank first, then a model under verifier and gate.

A cell is product group × language × moment × length. A model is asked once per cell and for cells
only, so its calls grow with what there is to say, never with shoppers, offers or channels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from promoloop.compose.bank import approved_hooks
from promoloop.compose.catalogue import product_groups
from promoloop.compose.form_index import FormIndex
from promoloop.compose.ports import DraftingModel, LanguageModel, TextEncoder
from promoloop.compose.proof import verify
from promoloop.compose.proposing import PER_CALL, prompt_hash, proposed
from promoloop.compose.quality import (
    GENERAL,
    NearIndex,
    Proposal,
    QualityGate,
    nearest_group,
)
from promoloop.compose.records import Brief, Completion, Hook, ProductGroup
from promoloop.compose.templates import hook_length
from promoloop.compose.tuning import Cell, shape_of
from promoloop.core import UnavailableError, in_script, language_of
from promoloop.offers import OfferFacts

__all__ = ["HookWriter", "Hooks", "Writers", "cell_of"]

_LANGUAGES = ("en", "zh")
_STAGES = frozenset({"new", "active", "vip", "cooling", "lapsed"})


@dataclass(frozen=True, slots=True)
class Writers:
    """Who proposes hooks and who judges them.

    Without a ``model`` only the bank gives hooks, and without a ``gate`` nothing a model proposes
    is kept. An ``encoder`` finds what a new product is like, where words do not tell. ``most``
    proposals are asked for one cell; ``wanted`` kept ones are enough. ``fresh`` passes the bank
    by. A ``drafting`` model, where there is one, writes whole messages, one call a brief.
    """

    model: LanguageModel | None = None
    encoder: TextEncoder | None = None
    gate: QualityGate | None = None
    most: int = 16
    wanted: int = 2
    fresh: bool = False
    drafting: DraftingModel | None = None

    @property
    def calls(self) -> int:
        """The most calls that one cell takes."""
        return -(-self.most // PER_CALL)


@dataclass(frozen=True, slots=True)
class Hooks:
    """The hooks of one cell, best first, and what became of the proposals.

    ``failed`` says why the model gave nothing at all, "" when it did or was not asked.
    """

    kept: tuple[Hook, ...] = ()
    refused: tuple[str, ...] = ()
    calls: int = 0
    failed: str = ""


def cell_of(brief: Brief, group_id: str) -> Cell:
    """The cell whose hooks ``brief`` can use.

    Stages of life with the shop share what suits any moment, for the opener tells them apart; an
    occasion such as a cart or a birthday has hooks of its own.
    """
    moment = "any" if brief.moment in _STAGES else brief.moment
    return Cell(group_id, language_of(brief.locale), moment, hook_length(brief.channel))


@dataclass
class HookWriter:
    """Gives each cell its hooks, once.

    After the model has failed once it is left alone, so a server that is away costs one wait.
    """

    writers: Writers
    seed: int = 0
    _found: dict[Cell, Hooks] = field(default_factory=dict, init=False)
    _groups: dict[str, ProductGroup] = field(default_factory=dict, init=False)
    _failed: str = field(default="", init=False)

    @property
    def asked(self) -> tuple[Hooks, ...]:
        """All cells that were asked for so far."""
        return tuple(self._found.values())

    def group_of(self, name: str, names: Mapping[str, str] | None = None) -> ProductGroup:
        """The known group that a product is one of, else one of its own in no family.

        Only a product whose name is the group's or ends in it is one of the group: a coffee table
        is no coffee, and a bread knife no bread. ``names`` are those in other languages.
        """
        if name not in self._groups:
            match = nearest_group(name)  # by words alone: what is only like a group is not one
            known = {one.group_id: one for one in product_groups()}
            spoken = dict.fromkeys(_LANGUAGES, name) | dict(names or {})
            own = ProductGroup(f"{GENERAL}:{name}", GENERAL, spoken)
            same = match.how in ("name", "ending")
            self._groups[name] = known.get(match.group_id, own) if same else own
        return self._groups[name]

    def hooks_for(self, brief: Brief, facts: OfferFacts) -> Hooks:
        """The hooks ``brief`` can use; none in a language that only has templates."""
        language = language_of(brief.locale)
        if language not in _LANGUAGES:
            return Hooks()
        group = self.group_of(facts.name, {**brief.names, language: facts.name})
        cell = cell_of(brief, group.group_id)
        if cell not in self._found:
            self._found[cell] = self._hooks(cell, group, facts)
        return _in_locale(self._found[cell], brief.locale)

    def cells_in(self, briefs: Sequence[Brief]) -> frozenset[Cell]:
        """The cells whose hooks ``briefs`` can use."""
        return frozenset(
            cell_of(brief, self.group_of(brief.name).group_id)
            for brief in briefs
            if language_of(brief.locale) in _LANGUAGES
        )

    def cells_to_ask(self, briefs: Sequence[Brief]) -> frozenset[Cell]:
        """The cells of ``briefs`` that the bank leaves to a model."""
        return frozenset(cell for cell in self.cells_in(briefs) if not self._banked(cell))

    def _banked(self, cell: Cell) -> tuple[Hook, ...]:
        if self.writers.fresh:
            return ()
        found = approved_hooks(cell.group_id, cell.language, cell.moment, cell.length)
        return tuple(replace(one, score=1.0) for one in found)  # people have read them

    def _hooks(self, cell: Cell, group: ProductGroup, facts: OfferFacts) -> Hooks:
        banked = self._banked(cell)
        if banked or self.writers.model is None or self.writers.gate is None:
            return Hooks(banked)
        if self._failed:
            return Hooks(failed=self._failed)
        try:
            return self._proposed(cell, group, facts, self.writers.model, self.writers.gate)
        except UnavailableError as error:
            self._failed = str(error)
            return Hooks(calls=1, failed=self._failed)

    def _proposed(
        self,
        cell: Cell,
        group: ProductGroup,
        facts: OfferFacts,
        model: LanguageModel,
        gate: QualityGate,
    ) -> Hooks:
        kept: list[Hook] = []
        refused: list[str] = []
        calls, unlike = 0, NearIndex()
        forms = self._forms.forms(group, cell.language, cell.length)
        for turn in range(self.writers.calls if forms else 0):
            found = proposed(model, cell, group, forms, turn, self.seed)
            calls += 1
            proven, against = _proven(found, cell, group, facts, self._forms)
            judged, below = _judged(proven, gate)
            refused += against + below
            for proposal, score in judged:
                if unlike.is_near(proposal.text):
                    refused.append(f"duplicate: {proposal.text!r} is like another proposal")
                    continue
                unlike.add(proposal.text)
                kept.append(_hook(proposal, score, model.name, prompt_hash(cell, group)))
            if len(kept) >= self.writers.wanted:
                break
        return Hooks(tuple(kept), tuple(dict.fromkeys(refused)), calls)

    @cached_property
    def _forms(self) -> FormIndex:
        return FormIndex(self.writers.encoder)


def _in_locale(hooks: Hooks, locale: str) -> Hooks:
    """The hooks in the script of ``locale``; they are written in simplified Chinese."""
    if not hooks.kept or language_of(locale) != "zh":
        return hooks
    kept = (replace(one, text=in_script(one.text, "zh-CN", locale)) for one in hooks.kept)
    return replace(hooks, kept=tuple(kept))


def _proven(
    answers: Sequence[Completion],
    cell: Cell,
    group: ProductGroup,
    facts: OfferFacts,
    forms: FormIndex,
) -> tuple[list[Proposal], list[str]]:
    """The answers that state nothing and have the asked form, and why others do not."""
    proposals: list[Proposal] = []
    refused: list[str] = []
    for one in answers:
        text, likely = one.text.strip(), one.log_likelihood
        verdict = verify(text, facts, "hook", cell.moment)
        if not verdict.passed:
            refused += verdict.reasons[:1]
        elif not shape_of(cell).fullmatch(text):
            refused.append(f"form: {text!r} is not what was asked for")
        else:
            where = (cell.language, cell.moment, cell.length)
            kin = (not forms.knows(group), forms.kinship(group))
            proposals.append(Proposal(text, group, *where, likely, *kin))
    return proposals, refused


def _judged(
    proposals: Sequence[Proposal], gate: QualityGate
) -> tuple[list[tuple[Proposal, float]], list[str]]:
    """Those the gate keeps with their scores, best first, and why others are not kept."""
    kept = gate.keep(proposals)
    below = [f"quality: {one.text!r}" for one in proposals if one not in kept]
    return list(zip(kept, map(float, gate.score(kept)), strict=True)), below


def _hook(proposal: Proposal, score: float, model: str, prompt_hash: str) -> Hook:
    return Hook(
        text=proposal.text,
        group_id=proposal.group.group_id,
        language=proposal.language,
        moment=proposal.moment,
        length=proposal.length,
        model=model,
        prompt_hash=prompt_hash,
        score=score,
    )
