"""Models whose saved parameters were damaged say so when they are read."""

from __future__ import annotations

import json

import lightgbm
import numpy as np
import pytest

from promoloop.core import InvalidError
from promoloop.respond import (
    Correction,
    DoseResponse,
    DRLearner,
    EffectModel,
    SLearner,
    TreeBase,
    UpliftModel,
    booster_of,
)
from promoloop.testing import damaged

NAMES = ("intercept", "depth", "offer:tea")


def learnt_effect() -> EffectModel:
    rng = np.random.default_rng(0)
    model = EffectModel(NAMES)
    model.learn(rng.normal(size=(40, 3)), np.zeros(40), rng.integers(0, 2, 40).astype(float))
    model.redeem.learn(["tea"] * 3, np.array([1.0, 0.0, 1.0]))
    return model


def learnt_curve() -> DoseResponse:
    rng = np.random.default_rng(1)
    depth = rng.choice([0.0, 0.1, 0.3], 300)
    bought = (rng.random(300) < 0.3).astype(float)
    contexts = np.column_stack([rng.normal(size=300), np.ones(300)])
    return DoseResponse().fit(contexts, depth, bought, np.exp(8 + rng.normal(size=300)))


def learnt_uplift() -> UpliftModel:
    rng = np.random.default_rng(2)
    x, arm, gain = rng.normal(size=(400, 2)), rng.integers(0, 2, 400), rng.normal(size=400)
    learners = (SLearner(), DRLearner(TreeBase(rounds=5), TreeBase(rounds=5)))
    return UpliftModel(learners, bags=2).fit(x, arm, gain, np.full(400, 0.5))


@pytest.mark.parametrize("make", [learnt_effect, learnt_curve])
def test_every_field_that_is_missing_or_broken_is_named(make) -> None:
    model = make()
    # Versions of before priors were shared have none; an offer nobody bought has no count.
    found = list(damaged(model.to_parameters(), optional=("prior_mean", "tea")))
    assert len(found) > 10
    for _, parameters in found:
        with pytest.raises(InvalidError, match=r"saved .*, field|saved .*: .* holds no fields"):
            type(model).from_parameters(parameters)


def test_every_part_of_an_uplift_model_that_is_broken_is_named() -> None:
    model = learnt_uplift()
    whole = model.to_parameters()
    assert UpliftModel.from_parameters(json.loads(json.dumps(whole))).to_parameters() == whole
    for _, parameters in damaged(whole):
        with pytest.raises(InvalidError, match="saved"):
            UpliftModel.from_parameters(parameters)


def test_a_correction_without_its_slope_is_named() -> None:
    with pytest.raises(InvalidError, match="a saved correction, field slope: it is missing"):
        Correction.from_parameters({"mean_said": 0.0, "mean_seen": 0.0})


def test_a_belief_of_another_width_than_its_features_is_refused() -> None:
    parameters = learnt_effect().to_parameters() | {"mean": [0.0, 0.0]}
    with pytest.raises(InvalidError, match=r"field mean: it is of shape \(2,\), not \(3,\)"):
        EffectModel.from_parameters(parameters)
    parameters = learnt_effect().to_parameters() | {"seen": float("nan")}
    with pytest.raises(InvalidError, match="field seen: nan is not finite"):
        EffectModel.from_parameters(parameters)


@pytest.mark.parametrize("kept", [0.0, 0.1, 0.4, 0.8])
def test_trees_whose_text_breaks_off_are_refused_before_they_end_the_process(kept: float) -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(200, 2))
    data = lightgbm.Dataset(x, x[:, 0], params={"verbosity": -1})
    text = lightgbm.train({"verbosity": -1, "num_threads": 1}, data, 8).model_to_string()
    assert booster_of(text).num_trees() == 8
    with pytest.raises(InvalidError, match="saved trees: the text is cut short"):
        booster_of(text[: int(kept * len(text))])
    with pytest.raises(InvalidError, match="saved trees"):
        booster_of(text.replace("Tree=3", "Tree=30"))
