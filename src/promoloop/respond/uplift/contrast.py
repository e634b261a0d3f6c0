"""A fitted effect: sums and differences of a few regressions, whatever learner made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from promoloop.core import Saved
from promoloop.respond.uplift.bases import Fit, fit_from
from promoloop.respond.uplift.trial import Floats, Ints

__all__ = ["PLAIN", "ArmDesign", "Contrast"]

#: In ``Contrast.terms``: the regression takes the contexts as they are.
PLAIN = -1


@dataclass(frozen=True, slots=True)
class ArmDesign:
    """Contexts with the arm among the features, for one regression over all arms.

    Columns: the contexts; "any treatment"; one indicator per treatment; and, when ``crossed``,
    the centred contexts times each of those. Under a ridge penalty "any" and the indicators
    share the effect: what treatments have in common is learnt from all of them.
    """

    centre: Floats
    treatments: int
    crossed: bool

    def columns(self, contexts: Floats, arm: Ints) -> Floats:
        """Features of every row under ``arm`` (n,)."""
        own = (arm[:, None] == np.arange(1, self.treatments + 1)).astype(np.float64)
        marks = np.column_stack([arm > 0, own]) if self.treatments > 1 else own
        parts = [contexts, marks]
        if self.crossed:
            away = contexts - self.centre
            parts += [away * mark[:, None] for mark in marks.T]
        return np.hstack(parts)


@dataclass(frozen=True, slots=True)
class Contrast:
    """Effect of each of k treatments: ``signs`` (k, m) times m terms.

    A term is (which fit, which arm); arm ``PLAIN`` means the fit takes the contexts alone, any
    other that it takes them through ``design`` as if that arm had been given.
    """

    fits: tuple[Fit, ...]
    terms: tuple[tuple[int, int], ...]
    signs: Floats
    design: ArmDesign | None = None

    def effect(self, contexts: Floats) -> Floats:
        """Incremental outcome of each treatment, (n, k)."""
        said = [self.said(contexts, term) for term in self.terms]
        return np.stack(said, axis=1) @ self.signs.T

    def said(self, contexts: Floats, term: tuple[int, int]) -> Floats:
        """What one term says, (n,)."""
        fit, arm = term
        if self.design is None or arm == PLAIN:
            return self.fits[fit].predict(contexts)
        everyone = np.full(len(contexts), arm, dtype=np.int64)
        return self.fits[fit].predict(self.design.columns(contexts, everyone))

    def to_parameters(self) -> dict[str, object]:
        """As JSON types; ``from_parameters`` gives it back exactly."""
        design = self.design
        return {
            "fits": [fit.to_parameters() for fit in self.fits],
            "terms": [list(term) for term in self.terms],
            "signs": self.signs.tolist(),
            "design": None
            if design is None
            else {
                "centre": design.centre.tolist(),
                "treatments": design.treatments,
                "crossed": design.crossed,
            },
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> Contrast:
        """The contrast that ``to_parameters`` wrote."""
        saved = Saved(parameters, "a saved effect of treatments")
        design = None
        if saved.value("design") is not None:
            laid = saved.part("design")
            centre = laid.array("centre", None)
            design = ArmDesign(centre, laid.whole("treatments"), laid.flag("crossed"))
        fits = tuple(fit_from(fit) for fit in saved.items("fits"))
        terms = saved.array("terms", None, 2).astype(np.int64)
        if not ((terms[:, 0] >= 0) & (terms[:, 0] < len(fits))).all():
            raise saved.fault("terms", f"one names none of the {len(fits)} fits")
        pairs = tuple((int(fit), int(arm)) for fit, arm in terms)
        return cls(fits, pairs, saved.array("signs", None, len(pairs)), design)
