"""How each shopper would respond, with and without an offer."""

from promoloop.respond.history import REDEMPTION_FEATURES, CampaignHistory, redemption_features
from promoloop.respond.quality import calibration_error, logit, sigmoid
from promoloop.respond.records import Action, Baseline, Response
from promoloop.respond.redemption import (
    IDENTIFICATION,
    RedemptionModel,
    RedemptionReport,
    evaluate_redemption,
)

__all__ = [
    "IDENTIFICATION",
    "REDEMPTION_FEATURES",
    "Action",
    "Baseline",
    "CampaignHistory",
    "RedemptionModel",
    "RedemptionReport",
    "Response",
    "calibration_error",
    "evaluate_redemption",
    "logit",
    "redemption_features",
    "sigmoid",
]
