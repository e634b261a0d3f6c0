from dataclasses import dataclass

import numpy as np
import pytest

from promoloop.core import InvalidError, RefusedError
from promoloop.decide import Budget, Shard, Terms, allocate, allocate_shards

BLOCK = 16_384  # rows: a block of four columns


@dataclass(frozen=True)
class InShards:
    """An audience in memory, handed out in shards."""

    whole: Shard
    rows: int = BLOCK
    budgets: tuple[str, ...] = ()

    @property
    def shape(self):
        return self.whole.value.shape

    def shards(self):
        for start in range(0, self.shape[0], self.rows):
            yield self.whole.part(slice(start, start + self.rows))


def audience(seed, n=60_000, k=4, kind=np.float32):
    rng = np.random.default_rng(seed)
    value = (rng.gamma(2, 50, (n, k)) - 60).astype(kind)
    cost = (rng.gamma(2, 30, (n, k)) + 1).astype(kind)
    return Shard(value, (cost,), rng.random((n, k)) < 0.7)


TERMS = Terms(300_000.0, caps=[3_000] * 4)


def test_shards_give_the_plan_that_memory_gives():
    whole = audience(0)
    plan = allocate_shards(InShards(whole), TERMS)
    same = allocate(whole.value, whole.costs[0], TERMS, eligible=whole.eligible)
    assert np.array_equal(np.concatenate(list(plan.choices())), same.choice)
    assert plan.summary.bound == pytest.approx(same.bound, rel=1e-12)
    assert plan.summary.spend == pytest.approx(same.spend, rel=1e-12)


def test_threads_do_not_change_the_plan():
    whole = audience(1)
    alone = allocate(whole.value, whole.costs[0], TERMS, eligible=whole.eligible)
    shared = Terms(300_000.0, caps=[3_000] * 4, threads=3)
    many = allocate(whole.value, whole.costs[0], shared, eligible=whole.eligible)
    assert np.array_equal(alone.choice, many.choice)
    assert alone.bound == many.bound


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_large_plan_keeps_every_limit_within_a_hair_of_its_bound(kind):
    whole = audience(2, kind=kind)
    rng = np.random.default_rng(3)
    partner = rng.gamma(2, 20, whole.value.shape).astype(kind)
    terms = Terms(
        400_000.0,
        (Budget("partner", 150_000.0, partner), Budget("sms", 2_000, [1, 1, 0, 0])),
        caps=[3_000] * 4,
        at_least=[1_500, 0, 0, 2_000],
    )
    plan = allocate(whole.value, whole.costs[0], terms, eligible=whole.eligible)
    rows = np.flatnonzero(plan.choice >= 0)
    columns = plan.choice[rows]
    counts = np.bincount(columns, minlength=4)
    assert whole.eligible[rows, columns].all()
    assert whole.costs[0][rows, columns].sum(dtype=np.float64) <= 400_000
    assert partner[rows, columns].sum(dtype=np.float64) <= 150_000
    assert counts[0] >= 1_500
    assert counts[3] >= 2_000
    assert counts[:2].sum() <= 2_000
    assert (counts <= 3_000).all()
    assert 0 <= plan.gap <= 5e-4


def test_many_equal_shoppers_are_told_apart():
    rng = np.random.default_rng(4)
    kind = rng.integers(0, 20, 30_000)
    value, cost = rng.gamma(2, 50, (20, 4))[kind], rng.gamma(2, 30, (20, 4))[kind]
    plan = allocate(value, cost, Terms(300_000.0, caps=[2_000] * 4))
    assert plan.spend <= 300_000
    assert plan.gap <= 5e-4


def test_prices_of_yesterday_lead_to_the_same_plan():
    whole = audience(5)
    cold = allocate(whole.value, whole.costs[0], TERMS, eligible=whole.eligible)
    started = Terms(300_000.0, caps=[3_000] * 4, start=cold.prices)
    warm = allocate(whole.value, whole.costs[0], started, eligible=whole.eligible)
    assert warm.value == pytest.approx(cold.value, rel=1e-5)
    assert warm.prices["campaign"] == pytest.approx(cold.prices["campaign"], rel=0.01)


def test_caution_earns_more_where_the_largest_values_are_the_most_mistaken():
    # The known truth: half of the actions are measured ten times worse than the others.
    rng = np.random.default_rng(6)
    truth = rng.normal(50, 20, (20_000, 4))
    sd = np.tile([2.0, 2.0, 60.0, 60.0], (20_000, 1))
    seen, cost = truth + sd * rng.standard_normal(truth.shape), np.full(truth.shape, 3.0)

    def earned(caution):
        plan = allocate(seen, cost, Terms(15_000.0, value_sd=sd, caution=caution))
        rows = np.flatnonzero(plan.choice >= 0)
        return truth[rows, plan.choice[rows]].sum()

    assert earned(1.0) > 1.1 * earned(0.0)


def test_caution_in_shards_is_caution_in_memory():
    whole = audience(7)
    sd = np.abs(whole.value) / 4
    doubtful = Shard(whole.value, whole.costs, whole.eligible, sd)
    plan = allocate_shards(InShards(doubtful), Terms(300_000.0, caution=1.5))
    terms = Terms(300_000.0, value_sd=sd, caution=1.5)
    same = allocate(whole.value, whole.costs[0], terms, eligible=whole.eligible)
    assert np.array_equal(np.concatenate(list(plan.choices())), same.choice)


def test_minimum_exposure_beyond_the_money_is_refused():
    whole = audience(8)
    with pytest.raises(RefusedError, match="minimum exposure"):
        allocate(whole.value, whole.costs[0], Terms(1_000.0, at_least=[3_000, 0, 0, 0]))


@pytest.mark.parametrize(
    ("at_least", "caps"),
    [([60_001, 0, 0, 0], None), ([30_001, 30_000, 0, 0], None), ([5, 0, 0, 0], [4, 9, 9, 9])],
)
def test_minimum_exposure_that_counting_forbids_is_refused(at_least, caps):
    whole = audience(9)
    terms = Terms(1e9, caps=caps, at_least=at_least)
    with pytest.raises(RefusedError):
        allocate(whole.value, whole.costs[0], terms)


@dataclass(frozen=True)
class Lying(InShards):
    """A source that announces more rows than it has."""

    @property
    def shape(self):
        return self.whole.value.shape[0] + 1, self.whole.value.shape[1]


def unsound_shards():
    good = audience(10, n=100)
    hole = good.value.copy()
    hole[57, 2] = np.nan
    return [
        (InShards(Shard(hole, good.costs), 40), "row 57, column 2"),
        (InShards(Shard(good.value, (np.ones((100, 3)),)), 40), "cost 0"),
        (InShards(Shard(good.value, ())), "0 cost matrices"),
        (InShards(Shard(good.value, good.costs, np.ones((100, 4)))), "eligible"),
        (InShards(Shard(good.value, good.costs, None, -np.ones((100, 4)))), "value_sd"),
        (Lying(good), "101 were announced"),
        (InShards(good, budgets=("partner",)), "partner"),
    ]


@pytest.mark.parametrize(("source", "named"), unsound_shards())
def test_unsound_shards_are_named(source, named):
    with pytest.raises(InvalidError, match=named):
        allocate_shards(source, Terms(100.0))
