"""How each shopper would respond, with and without an offer."""

from promoloop.respond.baseline import (
    BaselineReport,
    MarginAssumptions,
    evaluate_baseline,
    fit_baseline,
)
from promoloop.respond.effect import EffectModel
from promoloop.respond.features import (
    BASKET_SPREAD,
    OfferTerms,
    ShopperTraits,
    effect_features,
    feature_names,
    row_features,
)
from promoloop.respond.history import REDEMPTION_FEATURES, CampaignHistory, redemption_features
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
from promoloop.respond.value import respond, valued

__all__ = [
    "BASKET_SPREAD",
    "IDENTIFICATION",
    "REDEMPTION_FEATURES",
    "Action",
    "Baseline",
    "BaselineReport",
    "CampaignHistory",
    "EffectModel",
    "MarginAssumptions",
    "OfferTerms",
    "OfferedResponse",
    "RedeemRates",
    "RedemptionModel",
    "RedemptionReport",
    "Response",
    "ResponseCurve",
    "ShopperTraits",
    "calibration_error",
    "effect_features",
    "evaluate_baseline",
    "evaluate_redemption",
    "feature_names",
    "fit_baseline",
    "logit",
    "offer_terms",
    "redemption_features",
    "respond",
    "row_features",
    "sigmoid",
    "valued",
]
