"""How each shopper would respond, with and without an offer."""

from promoloop.respond.attribution import Attribution, Share, attribute
from promoloop.respond.baseline import (
    BASELINE_FEATURES,
    BaselineReport,
    FittedBaseline,
    MarginAssumptions,
    evaluate_baseline,
    fit_baseline,
    fit_baseline_with_trees,
)
from promoloop.respond.dose import DoseCurve, DoseResponse
from promoloop.respond.effect import EffectModel
from promoloop.respond.features import (
    BASKET_SPREAD,
    CopyLifts,
    OfferTerms,
    ShopperTraits,
    effect_features,
    feature_names,
    row_features,
)
from promoloop.respond.history import REDEMPTION_FEATURES, CampaignHistory, redemption_features
from promoloop.respond.moved import moved_features
from promoloop.respond.new_offers import EffectCurve, effect_curve
from promoloop.respond.pooling import pooled_prior
from promoloop.respond.ports import OfferedResponse, ResponseCurve
from promoloop.respond.quality import calibration_error, logit, sigmoid
from promoloop.respond.records import Action, Baseline, Response
from promoloop.respond.redeem import RedeemRates
from promoloop.respond.redemption import (
    IDENTIFICATION,
    RedemptionModel,
    RedemptionReport,
    evaluate_redemption,
)
from promoloop.respond.terms import offer_terms
from promoloop.respond.trees import Habit, TreeModel, booster_of
from promoloop.respond.uplift import (
    Correction,
    DRLearner,
    Economics,
    Effect,
    Learner,
    LinearBase,
    SLearner,
    SparseBase,
    TargetingPlan,
    TLearner,
    TreeBase,
    Trial,
    UpliftBin,
    UpliftCalibration,
    UpliftModel,
    XLearner,
    calibrate,
    default_learners,
    foretold_effects,
    outcomes_by_arm,
    target,
    trial_of,
)
from promoloop.respond.value import respond, valued

__all__ = [
    "BASELINE_FEATURES",
    "BASKET_SPREAD",
    "IDENTIFICATION",
    "REDEMPTION_FEATURES",
    "Action",
    "Attribution",
    "Baseline",
    "BaselineReport",
    "CampaignHistory",
    "CopyLifts",
    "Correction",
    "DRLearner",
    "DoseCurve",
    "DoseResponse",
    "Economics",
    "Effect",
    "EffectCurve",
    "EffectModel",
    "FittedBaseline",
    "Habit",
    "Learner",
    "LinearBase",
    "MarginAssumptions",
    "OfferTerms",
    "OfferedResponse",
    "RedeemRates",
    "RedemptionModel",
    "RedemptionReport",
    "Response",
    "ResponseCurve",
    "SLearner",
    "Share",
    "ShopperTraits",
    "SparseBase",
    "TLearner",
    "TargetingPlan",
    "TreeBase",
    "TreeModel",
    "Trial",
    "UpliftBin",
    "UpliftCalibration",
    "UpliftModel",
    "XLearner",
    "attribute",
    "booster_of",
    "calibrate",
    "calibration_error",
    "default_learners",
    "effect_curve",
    "effect_features",
    "evaluate_baseline",
    "evaluate_redemption",
    "feature_names",
    "fit_baseline",
    "fit_baseline_with_trees",
    "foretold_effects",
    "logit",
    "moved_features",
    "offer_terms",
    "outcomes_by_arm",
    "pooled_prior",
    "redemption_features",
    "respond",
    "row_features",
    "sigmoid",
    "target",
    "trial_of",
    "valued",
]
