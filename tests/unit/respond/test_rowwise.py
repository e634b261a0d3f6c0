"""A row's figures do not depend on its neighbours: what replay to the bit stands on."""

from __future__ import annotations

import numpy as np
import pytest

from promoloop.respond import EffectModel
from promoloop.respond.rowwise import rowwise_product


@pytest.mark.parametrize("rows", [1, 2, 7, 18, 255, 256, 257, 700])
def test_any_slice_gives_the_bits_of_the_whole(rows):
    rng = np.random.default_rng(rows)
    many, matrix = rng.normal(size=(3000, 35)), rng.normal(size=(35, 36))
    whole = rowwise_product(many, matrix)
    for begin in rng.integers(0, 3000 - rows, size=20):
        part = rowwise_product(many[begin : begin + rows], matrix)
        assert np.array_equal(part, whole[begin : begin + rows])


def test_it_is_the_matrix_product():
    rng = np.random.default_rng(1)
    many, matrix = rng.normal(size=(5, 60, 9)), rng.normal(size=(9, 4))
    assert np.allclose(rowwise_product(many, matrix), many @ matrix, rtol=1e-13, atol=1e-13)


def test_a_shopper_weighed_alone_is_weighed_as_among_others():
    rng = np.random.default_rng(2)
    model = EffectModel([f"offer:{i}" for i in range(12)])
    model.learn(rng.normal(size=(400, 12)), rng.normal(size=400), rng.integers(0, 2, 400) * 1.0)
    features, offset = rng.normal(size=(900, 12)), rng.normal(size=900)
    mean, doubt = model.probability(features, offset)
    for begin in (0, 17, 500, 899):
        alone = model.probability(features[begin : begin + 1], offset[begin : begin + 1])
        assert alone[0] == mean[begin]
        assert alone[1] == doubt[begin]
