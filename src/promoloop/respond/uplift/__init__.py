"""Uplift: what each treatment changes, learnt from experiments."""

from promoloop.respond.uplift.bases import LinearBase, SparseBase, TreeBase
from promoloop.respond.uplift.calibration import (
    Correction,
    UpliftBin,
    UpliftCalibration,
    calibrate,
)
from promoloop.respond.uplift.learners import (
    DRLearner,
    Learner,
    SLearner,
    TLearner,
    XLearner,
    outcomes_by_arm,
)
from promoloop.respond.uplift.model import Effect, UpliftModel, default_learners, foretold_effects
from promoloop.respond.uplift.plan import Economics, TargetingPlan, target
from promoloop.respond.uplift.trial import Trial, trial_of

__all__ = [
    "Correction",
    "DRLearner",
    "Economics",
    "Effect",
    "Learner",
    "LinearBase",
    "SLearner",
    "SparseBase",
    "TLearner",
    "TargetingPlan",
    "TreeBase",
    "Trial",
    "UpliftBin",
    "UpliftCalibration",
    "UpliftModel",
    "XLearner",
    "calibrate",
    "default_learners",
    "foretold_effects",
    "outcomes_by_arm",
    "target",
    "trial_of",
]
