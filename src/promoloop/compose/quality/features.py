"""All that the critic looks at, as one matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from promoloop.compose.quality.corpus import Corpus
from promoloop.compose.quality.lexical import (
    lexical_features,
    moment_features,
    source_features,
)
from promoloop.compose.quality.meaning import MEANING, MeaningSpace
from promoloop.compose.quality.proposals import Proposal
from promoloop.compose.quality.readings import READ, Readings
from promoloop.compose.quality.wording import wording_features

__all__ = ["FeatureReader"]

Floats = NDArray[np.float64]


class FeatureReader:
    """Proposals to rows of figures.

    Parameters
    ----------
    corpus : Corpus
        What good lines look like.
    space : MeaningSpace or None
        Likeness of meaning; without it those columns are absent.
    readings : Readings, optional
        What people said of lines alike.
    """

    def __init__(
        self, corpus: Corpus, space: MeaningSpace | None, readings: Readings | None = None
    ) -> None:
        self._corpus = corpus
        self._space = space
        self._readings = readings or Readings(())

    def read(self, proposals: Sequence[Proposal]) -> tuple[tuple[str, ...], Floats]:
        """Names of the columns, and the matrix (n_proposals, n_columns); nan is unknown."""
        rows = [self._row(one) for one in proposals]
        names = tuple(rows[0]) if rows else ()
        matrix = np.array([list(row.values()) for row in rows], dtype=np.float64)
        if self._space is None or not rows:
            return names, matrix
        return names + MEANING, np.hstack([matrix, self._space.features(proposals)])

    def _read(self, proposal: Proposal) -> dict[str, float]:
        return dict(zip(READ, self._readings.features(proposal), strict=True))

    def _row(self, proposal: Proposal) -> dict[str, float]:
        return {
            "zh": float(proposal.language == "zh"),
            "short": float(proposal.length == "short"),
            "likelihood": proposal.log_likelihood,
            "unseen": float(proposal.unseen),
            "kinship": proposal.kinship,
            **self._read(proposal),
            **lexical_features(proposal, self._corpus),
            **source_features(proposal, self._corpus),
            **moment_features(proposal),
            **wording_features(proposal, self._corpus),
        }
