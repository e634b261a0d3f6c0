"""The quality gate: which proposals a strict reader would send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from promoloop.compose.ports import TextEncoder
from promoloop.compose.quality.corpus import Corpus, shipped_corpus
from promoloop.compose.quality.critic import Critic
from promoloop.compose.quality.features import FeatureReader
from promoloop.compose.quality.matching import Matcher
from promoloop.compose.quality.meaning import MeaningSpace
from promoloop.compose.quality.proposals import POOLS, Proposal, labelled_proposals
from promoloop.compose.quality.readings import Readings
from promoloop.compose.tables import document
from promoloop.core import InvalidError, Saved, UnavailableError

__all__ = ["QualityGate", "shipped_readings", "trained_gate"]


class QualityGate:
    """Scores proposals and keeps those at or above the threshold.

    Correctness is not its business: what it keeps has been, or must be, proven by ``verify``.

    Parameters
    ----------
    critic : Critic
        Trained on what people judged.
    reader : FeatureReader
        Turns proposals into the critic's figures.
    thresholds : mapping of language to float
        The least score to keep, in [0, 1].
    """

    def __init__(
        self, critic: Critic, reader: FeatureReader, thresholds: Mapping[str, float]
    ) -> None:
        if not all(0.0 <= one <= 1.0 for one in thresholds.values()):
            raise InvalidError(
                f"thresholds {dict(thresholds)}", "a score lies in [0, 1]", "Use 0.6, say."
            )
        self._critic = critic
        self._reader = reader
        self.thresholds = dict(thresholds)

    def score(self, proposals: Sequence[Proposal]) -> NDArray[np.float64]:
        """Calibrated probability that a strict reader would send each, (n_proposals,)."""
        if not proposals:
            return np.empty(0)
        names, matrix = self._reader.read(proposals)
        return self._critic.probability(names, matrix)

    def keep(self, proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
        """Those at or above the threshold of their language, the best first."""
        scores = self.score(proposals)
        order = np.argsort(-scores, kind="stable")
        return tuple(
            proposals[at]
            for at in order
            if scores[at] >= self.thresholds.get(proposals[at].language, 1.0)
        )


def trained_gate(encoder: TextEncoder | None = None, corpus: Corpus | None = None) -> QualityGate:
    """The gate that ships; with an ``encoder`` it judges meaning, without one words only.

    Raises
    ------
    UnavailableError
        When no gate is shipped, or it was trained with another encoder.
    """
    parameters = document("gate")
    if not parameters:
        raise UnavailableError(
            "the trained gate", "data/gate.json is not there", "Run bench/train_gate.py."
        )
    return gate_from(parameters, encoder, corpus or shipped_corpus())


def gate_from(
    parameters: Mapping[str, Any], encoder: TextEncoder | None, corpus: Corpus
) -> QualityGate:
    """The gate whose parameters ``bench/train_gate.py`` wrote.

    Raises
    ------
    InvalidError
        When they are damaged.
    UnavailableError
        When it was trained with another encoder.
    """
    saved = Saved(parameters, "a saved gate")
    trained = saved.text("encoder")
    if encoder is not None and encoder.name != trained:
        raise UnavailableError(
            f"the gate with the encoder {encoder.name!r}",
            f"it was trained with {trained!r}",
            "Use that one, none, or train anew.",
        )
    own = saved.part("critics").part("words" if encoder is None else "meaning")
    space = None
    if encoder is not None:
        space = MeaningSpace(corpus, encoder, Matcher.from_parameters(saved.value("matcher")))
    reader = FeatureReader(corpus, space, shipped_readings())
    least = own.part("thresholds")
    thresholds = {language: least.number(language) for language in least}
    return QualityGate(Critic.from_parameters(own.value("critic")), reader, thresholds)


@cache
def shipped_readings() -> Readings:
    """What people said of the proposals that ship, about groups that are not held out."""
    judged = labelled_proposals(*POOLS)
    return Readings(one for one in judged if not one.proposal.group.held_out)
