"""What peers score on an uplift task: econml's and scikit-uplift's learners, on shared bases.

Every peer is fitted on one treatment against the control, as their interfaces have it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from econml.dr import DRLearner as EconmlDR
from econml.metalearners import TLearner as EconmlT
from econml.metalearners import XLearner as EconmlX
from lightgbm import LGBMClassifier, LGBMRegressor
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklift.models import SoloModel, TwoModels

__all__ = ["PEERS", "Floats", "peer_scores"]

Floats = NDArray[np.float64]
Peer = Callable[[Floats, Floats, Floats, Floats, bool], Floats]

# The trees that our own learners use, so that a difference is one of method.
_TREES: dict[str, Any] = {
    "n_estimators": 60,
    "learning_rate": 0.05,
    "num_leaves": 8,
    "min_child_samples": 100,
    "reg_lambda": 10.0,
    "verbosity": -1,
    "n_jobs": 1,
    "random_state": 0,
}


def _trees(*, binary: bool) -> Any:
    return LGBMClassifier(**_TREES) if binary else LGBMRegressor(**_TREES)


def _lines(*, binary: bool) -> Any:
    last = LogisticRegression(max_iter=500) if binary else Ridge(10.0)
    return make_pipeline(StandardScaler(), last)


def _solo(x: Floats, t: Floats, y: Floats, new: Floats, binary: bool) -> Floats:
    return np.asarray(SoloModel(_trees(binary=binary)).fit(x, y, t).predict(new))


def _solo_crossed(x: Floats, t: Floats, y: Floats, new: Floats, binary: bool) -> Floats:
    model = SoloModel(_lines(binary=binary), method="treatment_interaction")
    return np.asarray(model.fit(x, y, t).predict(new))


def _two_lines(x: Floats, t: Floats, y: Floats, new: Floats, binary: bool) -> Floats:
    model = TwoModels(_lines(binary=binary), _lines(binary=binary))
    return np.asarray(model.fit(x, y, t).predict(new))


def _two_trees(x: Floats, t: Floats, y: Floats, new: Floats, binary: bool) -> Floats:
    model = TwoModels(_trees(binary=binary), _trees(binary=binary))
    return np.asarray(model.fit(x, y, t).predict(new))


def _econml_t(x: Floats, t: Floats, y: Floats, new: Floats, binary: bool) -> Floats:
    del binary
    return np.asarray(EconmlT(models=LGBMRegressor(**_TREES)).fit(y, t, X=x).effect(new))


def _econml_x(x: Floats, t: Floats, y: Floats, new: Floats, binary: bool) -> Floats:
    del binary
    odds = DummyClassifier(strategy="prior")
    model = EconmlX(models=LGBMRegressor(**_TREES), propensity_model=odds)
    return np.asarray(model.fit(y, t, X=x).effect(new))


def _econml_dr(final: Callable[[], Any]) -> Peer:
    def score(x: Floats, t: Floats, y: Floats, new: Floats, binary: bool) -> Floats:
        del binary
        model = EconmlDR(
            model_propensity=DummyClassifier(strategy="prior"),
            model_regression=LGBMRegressor(**_TREES),
            model_final=final(),
            cv=3,
            random_state=0,
        )
        return np.asarray(model.fit(y, t, X=x).effect(new))

    return score


PEERS: Mapping[str, Peer] = {
    "scikit-uplift SoloModel, LightGBM": _solo,
    "scikit-uplift SoloModel crossed, logit": _solo_crossed,
    "scikit-uplift TwoModels, LightGBM": _two_trees,
    "scikit-uplift TwoModels, logit": _two_lines,
    "econml TLearner, LightGBM": _econml_t,
    "econml XLearner, LightGBM": _econml_x,
    "econml DRLearner, LightGBM": _econml_dr(lambda: LGBMRegressor(**_TREES)),
    "econml DRLearner, ridge": _econml_dr(lambda: _lines(binary=False)),
}


def peer_scores(
    name: str, train: tuple[Floats, Floats, Floats], new: Floats, *, binary: bool
) -> Floats:
    """Predicted uplift of ``new`` by one peer; ``train`` is contexts, treated, outcome."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peers warn of names of columns and of their own age
        return PEERS[name](*train, new, binary).ravel()
