"""``[experiments]``: who gets nothing from any campaign, and how models are judged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from promoloop.settings.faults import wrong

__all__ = ["ExperimentSettings", "check_experiments"]


@dataclass(frozen=True, slots=True)
class ExperimentSettings:
    """Who gets nothing from any campaign, and how a new model is judged on the log.

    ``global_holdout`` is a share of all shoppers, who show what all campaigns bring together;
    ``salt`` deals them: another one deals them anew, which throws away what was measured. ``gate``
    is ``dr`` (doubly robust) or ``switch`` (Switch-DR: trusts the model where weights are large).
    """

    global_holdout: float = 0.0
    salt: str = "everybody"
    gate: str = "dr"


def check_experiments(experiments: ExperimentSettings, path: Path) -> None:
    """Refuse a share that leaves nobody, an empty salt, an unknown gate."""
    share = experiments.global_holdout
    if not 0.0 <= share < 1.0:
        remedy = "Write a share from 0 (nobody) to below 1; 0.05 holds out one shopper in twenty."
        raise wrong(path, "experiments.global_holdout", share, remedy)
    if not experiments.salt:
        raise wrong(path, "experiments.salt", "", "Write any word, and keep it.")
    if experiments.gate not in {"dr", "switch"}:
        raise wrong(path, "experiments.gate", experiments.gate, 'Write "dr" or "switch".')
