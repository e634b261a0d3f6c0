import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promoloop.core import InvalidError, RefusedError
from promoloop.decide import Budget, Terms, allocate


def small_world(seed):
    """Values, costs and terms of a problem small enough to try every plan."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    partner = Budget("partner", float(rng.uniform(0, 20)), rng.gamma(2, 5, (n, k)).round(1))
    contacts = Budget("email", int(rng.integers(0, n + 1)), rng.integers(0, 2, k))
    terms = Terms(
        float(rng.uniform(0, 10) * n),
        (partner, contacts),
        caps=rng.integers(0, n + 1, 2),
        cap_of=rng.integers(0, 2, k),
        at_least=rng.integers(0, 2, k) * rng.integers(0, 2),
    )
    return rng.normal(10, 30, (n, k)).round(1), (rng.gamma(2, 5, (n, k)) - 2).round(1), terms


def keeps(choice, cost, terms):
    """Whether a plan keeps all terms, counted anew."""
    rows = np.flatnonzero(choice >= 0)
    columns = choice[rows]
    k = cost.shape[1]
    spends = [
        np.broadcast_to(one.cost, cost.shape)[rows, columns].sum() <= one.limit + 1e-9
        for one in terms.budgets
    ]
    counts = np.bincount(columns, minlength=k)
    under = np.bincount(terms.cap_of, weights=counts, minlength=len(terms.caps)) <= terms.caps
    enough = counts >= terms.at_least
    return (
        cost[rows, columns].sum() <= terms.budget + 1e-9
        and all(spends)
        and under.all()
        and enough.all()
    )


def best_of_all_plans(value, cost, terms):
    """The optimum by trying every plan; None where none keeps the terms."""
    n, k = value.shape
    best = None
    for plan in itertools.product(range(-1, k), repeat=n):
        choice = np.array(plan)
        if keeps(choice, cost, terms):
            rows = np.flatnonzero(choice >= 0)
            worth = value[rows, choice[rows]].sum()
            best = worth if best is None else max(best, worth)
    return best


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_plan_and_bound_enclose_the_best_of_all_plans_under_every_kind_of_limit(seed):
    value, cost, terms = small_world(seed)
    best = best_of_all_plans(value, cost, terms)
    if best is None:
        with pytest.raises(RefusedError):
            allocate(value, cost, terms)
        return
    plan = allocate(value, cost, terms)
    assert keeps(plan.choice, cost, terms)
    assert plan.gap >= 0
    assert plan.value <= best + 1e-6 <= plan.bound + 2e-6


def test_two_budgets_are_both_kept_and_both_priced():
    rng = np.random.default_rng(3)
    value = rng.gamma(2, 50, (3_000, 6))
    own, partner = rng.gamma(2, 20, (3_000, 6)), rng.gamma(2, 20, (3_000, 6))
    partner[:, :3] = 0.0  # the partner shares in the last three actions only
    terms = Terms(20_000.0, (Budget("partner", 9_000.0, partner), Budget("sms", 300, [1] * 6)))
    plan = allocate(value, own, terms)
    rows = np.flatnonzero(plan.choice >= 0)
    assert plan.spends["campaign"] == pytest.approx(own[rows, plan.choice[rows]].sum())
    assert plan.spends["partner"] == pytest.approx(partner[rows, plan.choice[rows]].sum())
    assert plan.spends["campaign"] <= 20_000
    assert plan.spends["partner"] <= 9_000
    assert plan.spends["sms"] == rows.size <= 300
    assert plan.gap < 0.001
    assert set(plan.prices) == {"campaign", "partner", "sms"}
    assert plan.prices["sms"] > 0


def test_a_price_is_what_one_more_unit_of_its_budget_brings():
    rng = np.random.default_rng(5)
    value, cost = rng.gamma(2, 50, (4_000, 4)), rng.gamma(2, 20, (4_000, 4))
    partner = rng.gamma(2, 20, (4_000, 4))

    def plan(limit):
        return allocate(value, cost, Terms(20_000.0, (Budget("partner", limit, partner),)))

    middle = plan(15_000.0)
    slope = (plan(15_300.0).value - plan(14_700.0).value) / 600
    assert middle.prices["partner"] == pytest.approx(slope, rel=0.05)


@pytest.mark.parametrize(
    "terms",
    [
        Terms(1.0, (Budget("campaign", 1.0, [1, 1]),)),
        Terms(1.0, (Budget("a", 1.0, [1, 1]), Budget("a", 1.0, [1, 1]))),
        Terms(1.0, (Budget("", 1.0, [1, 1]),)),
        Terms(1.0, (Budget("a", -1.0, [1, 1]),)),
        Terms(1.0, (Budget("a", float("nan"), [1, 1]),)),
        Terms(1.0, (Budget("a", 1.0, [1, 1, 1]),)),
        Terms(1.0, (Budget("a", 1.0, [1, np.nan]),)),
        Terms(1.0, (Budget("a", 1.0, [[1.0, np.inf]]),)),
        Terms(1.0, at_least=[1]),
        Terms(1.0, at_least=[-1, 0]),
        Terms(1.0, value_sd=[[1.0, -1.0]], caution=1.0),
        Terms(1.0, value_sd=[[1.0]], caution=1.0),
        Terms(1.0, caution=-1.0),
        Terms(1.0, caution=float("nan")),
        Terms(1.0, start={"campaign": -1.0}),
    ],
)
def test_unsound_terms_are_named(terms):
    with pytest.raises(InvalidError):
        allocate([[1.0, 2.0]], [[1.0, 1.0]], terms)


def test_caps_beside_terms_are_named():
    with pytest.raises(InvalidError, match="caps"):
        allocate([[1.0]], [[1.0]], Terms(1.0), caps=[1])
