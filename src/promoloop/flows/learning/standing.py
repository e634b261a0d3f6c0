"""Where every text stands: what is believed of it, whether it has lost, whether it has worn out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from promoloop.compose import (
    Copy,
    TextEncoder,
    VariantText,
    believed,
    copy_cell,
    meaning_axes,
    shown_words,
    variant_traits,
)
from promoloop.core import language_of
from promoloop.evaluate import Race, Wear, evidence_against, race, wear_of
from promoloop.flows.deciding.texts import LIFTS
from promoloop.flows.learning.logged import Floats
from promoloop.flows.learning.texts import CellLog, measured_lifts
from promoloop.flows.schedule import WEEK

__all__ = ["Retired", "RetirementRules", "believed_lifts", "losers", "worn_out"]

#: Texts rest when worn; purchases beyond this many usual margins are cut in races.
_CUT = 4.0


@dataclass(frozen=True, slots=True)
class RetirementRules:
    """When a text is retired or rests.

    ``error`` is the chance that a text which is the best of its cell is ever retired, however
    often one looks; ``least_sent`` messages must have carried it. ``wear_level`` is that of the
    intervals of wear; a worn text rests ``rest_weeks``.
    """

    error: float = 0.05
    least_sent: int = 100
    wear_level: float = 0.95
    rest_weeks: int = 8


@dataclass(frozen=True, slots=True)
class Retired:
    """A text that lost, to whom, and the evidence: an e-value, at least 1 / error.

    ``behind_minor`` is how much less a message with it earned, with standard error ``error_minor``.
    """

    copy_id: str
    cell: str
    rival: str
    evidence: float
    behind_minor: float
    error_minor: float
    sent: int


def believed_lifts(
    copies: Sequence[Copy],
    logs: Sequence[CellLog],
    hooks: Mapping[str, str],
    names: Mapping[str, str],
    until: datetime,
    encoder: TextEncoder | None = None,
) -> pl.DataFrame:
    """What is believed of ``copies``, sent or not, in log odds: a frame of ``LIFTS``.

    ``hooks`` and ``names`` are by copy id: the line a text stands on, and its product's name.
    """
    if not copies:
        return pl.DataFrame(schema=LIFTS)
    measured = {
        copy.copy_id: (found.estimate[at], found.error[at], log.counts()[at])
        for log in logs
        for found in (measured_lifts(log),)
        for at, copy in enumerate(log.copies)
    }
    rows = [measured.get(copy.copy_id, (0.0, np.inf, 0)) for copy in copies]
    estimate = np.array([row[0] for row in rows], dtype=np.float64)
    error = np.array([row[1] for row in rows], dtype=np.float64)
    texts = [
        VariantText(
            copy.copy_id,
            language_of(copy.locale),
            hooks.get(copy.copy_id) or shown_words(copy) or copy.copy_id,
            names.get(copy.copy_id, ""),
            copy.source,
            age_weeks=max(0.0, (until - copy.created_at) / WEEK),
        )
        for copy in copies
    ]
    vectors = encoder.encode([one.text for one in texts]).astype(np.float64) if encoder else None
    traits = variant_traits(texts, None if vectors is None else meaning_axes(vectors))
    cells = {cell: at for at, cell in enumerate(sorted({copy_cell(copy) for copy in copies}))}
    cell = np.array([cells[copy_cell(copy)] for copy in copies], dtype=np.int64)
    belief = believed(traits, cell, estimate, error)
    return pl.DataFrame(
        {
            "copy_id": [copy.copy_id for copy in copies],
            "cell": [copy_cell(copy) for copy in copies],
            "mean": belief.mean - _middle(belief.mean, cell),
            "sd": belief.sd,
            "estimate": estimate,
            "error": error,
            "sent": [int(row[2]) for row in rows],
        },
        schema=LIFTS,
    ).sort("copy_id")


def _middle(mean: Floats, cell: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
    """The mean belief of each one's cell: only what sets a text apart from it is its own."""
    count = np.bincount(cell)
    return np.asarray((np.bincount(cell, mean) / count)[cell], dtype=np.float64)


def losers(log: CellLog, running: Collection[str], rules: RetirementRules) -> tuple[Retired, ...]:
    """The texts of a cell that are clearly beaten by one that runs; never the last one.

    ``running`` are the ids of approved texts. The texts that ever were in the cell are a text's
    rivals in the order of their names, which is that in which they joined.
    """
    sent, found = log.counts(), []
    for at, copy in enumerate(log.copies):
        if copy.copy_id not in running or sent[at] < rules.least_sent:
            continue
        others = [spot for spot in range(len(log.copies)) if spot != at]
        races = [_race(log, at, spot) for spot in others]
        evidence = evidence_against(np.array([one.evidence for one in races]))
        ahead = [
            (one.evidence, log.copies[spot].copy_id, one)
            for spot, one in zip(others, races, strict=True)
            if log.copies[spot].copy_id in running
        ]
        if evidence >= 1.0 / rules.error and ahead:
            _, rival, best = max(ahead, key=lambda one: (one[0], one[1]))
            found.append(
                Retired(
                    copy.copy_id, log.cell, rival, evidence, best.difference, best.error,
                    int(sent[at]),
                )
            )  # fmt: skip
    found.sort(key=lambda one: (-one.evidence, one.copy_id))
    return tuple(found[: max(0, _running_in(log, running) - 1)])


def worn_out(log: CellLog, running: Collection[str], rules: RetirementRules) -> Mapping[str, Wear]:
    """The running texts whose lift clearly falls with age or repetition and is gone, by copy id."""
    found: dict[str, Wear] = {}
    for at, copy in enumerate(log.copies):
        odds = log.odds[:, at]
        open_to = (odds > 0.0) & (odds < 1.0)
        if copy.copy_id not in running or log.counts()[at] < rules.least_sent:
            continue
        for age in (log.age, np.log1p(log.before)):
            wear = wear_of(
                log.reward[open_to],
                log.sent[open_to] == at,
                odds[open_to],
                age[open_to, at],
                rules.wear_level,
            )
            if wear.worn:
                found.setdefault(copy.copy_id, wear)
    return found


def _running_in(log: CellLog, running: Collection[str]) -> int:
    return sum(copy.copy_id in running for copy in log.copies)


def _race(log: CellLog, variant: int, rival: int) -> Race:
    """The variant against the rival, where either could have gone out and one did."""
    both = log.odds[:, variant] + log.odds[:, rival]
    share = np.divide(log.odds[:, rival], both, out=np.zeros(len(both)), where=both > 0.0)
    rows = np.isin(log.sent, (variant, rival)) & (share > 0.0) & (share < 1.0)
    most = _CUT * max(1.0, float(np.median(log.usual_margin)))
    return race(log.reward[rows], log.sent[rows] == rival, share[rows], most)
