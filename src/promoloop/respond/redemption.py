"""Who redeems in a coupon campaign.

Half a LightGBM ensemble on the raw features, half a logistic regression on their logarithms
(averaged on the log-odds scale), then Platt's sigmoid fitted to predictions made for campaigns
that were held out.

References
----------
Platt (1999), Probabilistic outputs for support vector machines.
Ke et al. (2017), LightGBM: a highly efficient gradient boosting decision tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from promoloop.core import InvalidError
from promoloop.respond.history import REDEMPTION_FEATURES, CampaignHistory, redemption_features
from promoloop.respond.quality import calibration_error, logit, sigmoid

__all__ = [
    "IDENTIFICATION",
    "RedemptionModel",
    "RedemptionReport",
    "evaluate_redemption",
]

#: What past campaigns do and do not tell, for the report, by language.
IDENTIFICATION = {
    "en": (
        "The shop chose whom to target in these campaigns; it did not draw lots. The model"
        " therefore says who, among shoppers like those targeted, is likely to redeem. It does not"
        " say who buys because of a coupon: redeemers may have bought anyway, and shoppers whom"
        " the shop never targets are not described. Incremental effects need a randomised"
        " holdout, which every campaign run here keeps."
    ),
    "zh": (
        "这些活动的对象是商家挑选的，并非随机抽取。因此模型只能说明：在与以往对象相似的顾客中，"
        "谁更可能用券；它不能说明谁是因为有券才购买——用券的人也可能本来就会买，"
        "而商家从未选中的顾客则不在描述之内。要得知增量效果，需要随机留出的对照组；"
        "本系统的每个活动都保留这样的对照组。"
    ),
}

_TREES: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.03,
    "num_leaves": 4,
    "min_data_in_leaf": 30,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "feature_fraction": 0.5,
    "lambda_l2": 5.0,
    "verbosity": -1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
}


class RedemptionModel:
    """Probability that a targeted shopper redeems at least one coupon of a campaign.

    Parameters
    ----------
    rounds : int, default 300
        Boosting rounds of each LightGBM model.
    bags : int, default 5
        LightGBM models with different seeds, averaged: one seed moves the AUC by about .002.
    folds : int, default 5
        Groups held out in turn to fit the calibration.
    seed : int, default 0

    Attributes
    ----------
    slope_, intercept_ : float
        Platt's sigmoid on the log odds.

    Notes
    -----
    Calibration assumes that the next campaign is like past ones in who is targeted. The shop
    chose its targets, so nothing here is a causal effect; see ``IDENTIFICATION``.
    """

    def __init__(self, rounds: int = 300, bags: int = 5, folds: int = 5, seed: int = 0) -> None:
        self.rounds = rounds
        self.bags = bags
        self.folds = folds
        self.seed = seed
        self.slope_ = 1.0
        self.intercept_ = 0.0
        self._blend: _Blend | None = None

    def fit(
        self,
        features: NDArray[np.float64],
        labels: NDArray[np.float64],
        groups: NDArray[np.str_],
    ) -> RedemptionModel:
        """Learn from (m, d) ``features`` ≥ 0, (m,) 0/1 ``labels`` and (m,) campaign ids.

        Raises
        ------
        InvalidError
            If nobody or everybody redeemed, or there are fewer than two campaigns.
        """
        found = len(np.unique(groups))
        if len(np.unique(labels)) < 2 or found < 2:
            raise InvalidError(
                "fitting the redemption model",
                f"{found} campaigns with a redemption rate of {float(np.mean(labels)):.3f}",
                "Give at least two past campaigns in which some redeemed and some did not.",
            )
        held_out = np.zeros(len(labels))
        for train, test in GroupKFold(min(self.folds, found)).split(features, labels, groups):
            blend = _Blend(self.rounds, self.bags, self.seed).fit(features[train], labels[train])
            held_out[test] = blend.log_odds(features[test])
        platt = LogisticRegression(C=1e6).fit(held_out[:, None], labels)
        self.slope_ = float(platt.coef_[0, 0])
        self.intercept_ = float(platt.intercept_[0])
        self._blend = _Blend(self.rounds, self.bags, self.seed).fit(features, labels)
        return self

    def predict(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated probability, shape (m,)."""
        if self._blend is None:
            raise InvalidError(
                "predicting redemptions", "the model was not fitted", "Call fit first."
            )
        return sigmoid(self.intercept_ + self.slope_ * self._blend.log_odds(features))


@dataclass(frozen=True, slots=True)
class RedemptionReport:
    """How well redemptions of one later campaign were foretold; ``n`` shoppers.

    ``past_redemption_auc`` is the AUC of ranking by the number of past redemptions alone.
    """

    redemption_auc: float
    redemption_ap: float
    calibration_error: float
    past_redemption_auc: float
    n: int


def evaluate_redemption(
    lines: pl.LazyFrame, history: CampaignHistory, train: Sequence[str], test: str, seed: int = 0
) -> RedemptionReport:
    """Fit on the ``train`` campaigns, foretell the later ``test`` campaign.

    Raises
    ------
    InvalidError
        If a training campaign had not ended when the test campaign began.
    """
    _must_have_ended(history, train, test)
    table = redemption_features(lines, history, [*train, test])
    past, later = (
        table.filter(pl.col("campaign_id") != test),
        table.filter(pl.col("campaign_id") == test),
    )
    model = RedemptionModel(seed=seed).fit(
        _matrix(past), _labels(past), past["campaign_id"].to_numpy()
    )
    labels, said = _labels(later), model.predict(_matrix(later))
    return RedemptionReport(
        redemption_auc=float(roc_auc_score(labels, said)),
        redemption_ap=float(average_precision_score(labels, said)),
        calibration_error=calibration_error(said, labels),
        past_redemption_auc=float(roc_auc_score(labels, later["past_redemptions"].to_numpy())),
        n=later.height,
    )


class _Blend:
    """Trees on the features and a logistic regression on their logarithms, in equal parts."""

    def __init__(self, rounds: int, bags: int, seed: int) -> None:
        self.rounds = rounds
        self.seeds = [seed * 1000 + bag for bag in range(bags)]
        self.boosters: list[Any] = []
        self.linear: Any = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))

    def fit(self, features: NDArray[np.float64], labels: NDArray[np.float64]) -> _Blend:
        self.boosters = [
            lightgbm.train(
                {**_TREES, "seed": seed},
                lightgbm.Dataset(features, label=labels),
                num_boost_round=self.rounds,
            )
            for seed in self.seeds
        ]
        self.linear.fit(np.log1p(np.maximum(features, 0.0)), labels)
        return self

    def log_odds(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        trees = np.mean([booster.predict(features) for booster in self.boosters], axis=0)
        linear = self.linear.decision_function(np.log1p(np.maximum(features, 0.0)))
        return np.asarray(0.5 * logit(np.asarray(trees)) + 0.5 * linear, dtype=np.float64)


def _matrix(table: pl.DataFrame) -> NDArray[np.float64]:
    return np.asarray(table.select(REDEMPTION_FEATURES).to_numpy(), dtype=np.float64)


def _labels(table: pl.DataFrame) -> NDArray[np.float64]:
    return np.asarray(table["redeemed"].cast(pl.Float64).to_numpy(), dtype=np.float64)


def _must_have_ended(history: CampaignHistory, train: Sequence[str], test: str) -> None:
    begins = history.campaigns.filter(pl.col("campaign_id") == test)["starts_at"].to_list()
    if not begins:
        raise InvalidError(
            f"testing on campaign {test}", "there is no such campaign", "Name one that exists."
        )
    late = history.campaigns.filter(
        pl.col("campaign_id").is_in(list(train)) & (pl.col("ends_at") >= begins[0])
    )["campaign_id"].to_list()
    if late:
        raise InvalidError(
            f"training on campaigns {', '.join(late)}",
            f"they had not ended when campaign {test} began",
            "Leave them out: their outcome was not known then.",
        )
