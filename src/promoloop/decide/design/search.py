"""Search designs by differential evolution; conclude that none is worth making where that is so.

References
----------
Storn and Price (1997), "Differential evolution: a simple and efficient heuristic for global
optimization over continuous spaces".
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, differential_evolution

from promoloop.core import InvalidError
from promoloop.decide.design.rules import GENES, DesignRules, reward_at
from promoloop.decide.design.worth import Menu, Outlook, Prospects
from promoloop.offers import Reward, TieredAmountOff
from promoloop.respond import ResponseCurve

__all__ = ["OfferDesign", "design_offers"]

Floats = NDArray[np.float64]

_SEARCH_DRAWS, _JUDGE_DRAWS = 16, 200
_POPULATION = 12  # times the number of genes
_PATIENCE = 40  # rounds without a better menu after which the search ends


@dataclass(frozen=True, slots=True)
class OfferDesign:
    """The best menu found, and what it is expected to bring; money in minor units.

    ``menu`` is empty where no offer earns more than nothing. ``margin_minor`` with ``low_minor``
    and ``high_minor``, its 90 % interval, are on draws of the posterior that the search has not
    seen. ``cautious_minor`` is the mean less ``caution`` standard deviations, which was searched
    for. ``considered`` counts different menus.
    """

    menu: Menu
    margin_minor: float
    low_minor: float
    high_minor: float
    cautious_minor: float
    spend_minor: float
    shares: tuple[float, ...]
    lift_minor: float
    sd_minor: float
    considered: int
    caution: float
    seed: int


@dataclass(slots=True)
class _Search:
    """Menus valued once each."""

    prospects: Prospects
    rules: DesignRules
    caution: float
    known: dict[Menu, float] = field(default_factory=dict)
    _best: float = -np.inf
    _idle: int = 0

    def stop(self, genes: Floats, convergence: object) -> None:
        """End the search when nothing better was found for long; called after every round."""
        del convergence
        best = -self(genes)
        self._idle = 0 if best > self._best else self._idle + 1
        self._best = max(best, self._best)
        if self._idle >= _PATIENCE:
            raise StopIteration

    def __call__(self, genes: Floats) -> float:
        return -self.worth(menu_at(genes, self.rules))

    def worth(self, menu: Menu) -> float:
        if menu not in self.known:
            self.known[menu] = self.prospects.outlook(menu).cautious(self.caution)
        return self.known[menu]


def design_offers(
    curve: ResponseCurve,
    contexts: Floats,
    rules: DesignRules,
    caution: float = 1.0,
    seed: int = 0,
    generations: int = 120,
) -> OfferDesign:
    """The menu of offers that is expected to earn most under the rules' budget.

    Parameters
    ----------
    curve : ResponseCurve
    contexts : ndarray, shape (n, d)
        A sample of the shoppers; a few hundred do.
    rules : DesignRules
    caution : float, default 1
        Standard deviations of the posterior taken off before menus are compared, >= 0.
    seed : int
        The same seed gives the same design.
    generations : int, default 120
        Most rounds of the search.

    Raises
    ------
    InvalidError
        For a negative or infinite caution, no generation, or contexts that do not fit the curve.

    Notes
    -----
    The interval is of what the curve says on average, not of what one run of chance may bring; it
    holds as far as the curve's depths were randomised.
    """
    if not (np.isfinite(caution) and caution >= 0) or generations < 1:
        raise InvalidError(
            f"a caution of {caution} and {generations} generations",
            "the caution must be a number of 0 or more, with one generation or more",
            "Use 1 and 120, say.",
        )
    searched, judged, moves = np.random.default_rng(seed).spawn(3)
    search = _Search(Prospects(curve, contexts, rules, _SEARCH_DRAWS, searched), rules, caution)
    genes = GENES * rules.most_offers + 1
    found = differential_evolution(
        search,
        Bounds(np.zeros(genes), np.ones(genes)),
        maxiter=generations,
        popsize=_POPULATION,
        mutation=(0.4, 1.0),
        recombination=0.7,
        tol=1e-9,
        polish=False,
        callback=search.stop,
        rng=moves,
    )
    menu = _refined(menu_at(found.x, rules), search)
    asked = tuple(sorted({threshold for one in menu.rewards for threshold in _thresholds(one)}))
    judge = Prospects(curve, contexts, rules, _JUDGE_DRAWS, judged, asked)
    outlook = judge.outlook(menu)
    if outlook.cautious(caution) <= 0.0:
        menu, outlook = Menu((), 0), judge.outlook(Menu((), 0))
    return _design(menu, outlook, len(search.known), caution, seed)


def menu_at(genes: Floats, rules: DesignRules) -> Menu:
    """The menu a point of the unit cube describes: offers in a settled order, each once."""
    parts = genes[:-1].reshape(rules.most_offers, GENES)
    rewards = {reward for part in parts if (reward := reward_at(part.tolist(), rules))}
    weeks = 1 + min(rules.most_weeks - 1, int(genes[-1] * rules.most_weeks))
    return Menu(tuple(sorted(rewards, key=repr)), weeks if rewards else 0)


def _refined(menu: Menu, search: _Search) -> Menu:
    """Take away what a menu does as well without: fewer offers are easier to run."""
    improved = True
    while improved and menu.rewards:
        fewer = [Menu(_without(menu.rewards, one), menu.weeks) for one in menu.rewards]
        best = max(fewer, key=search.worth)
        improved = bool(best.rewards) and search.worth(best) >= search.worth(menu) * (1 - 1e-6)
        menu = best if improved else menu
    return menu


def _without(rewards: tuple[Reward, ...], one: Reward) -> tuple[Reward, ...]:
    return tuple(reward for reward in rewards if reward != one)


def _thresholds(reward: Reward) -> tuple[int, ...]:
    return tuple(t for t, _ in reward.tiers) if isinstance(reward, TieredAmountOff) else ()


def _design(
    menu: Menu, outlook: Outlook, considered: int, caution: float, seed: int
) -> OfferDesign:
    low, high = np.quantile(outlook.draws, [0.05, 0.95]).tolist()
    return OfferDesign(
        menu=menu,
        margin_minor=float(outlook.draws.mean()),
        low_minor=low,
        high_minor=high,
        cautious_minor=outlook.cautious(caution),
        spend_minor=outlook.spend_minor,
        shares=outlook.shares,
        lift_minor=outlook.lift_minor,
        sd_minor=outlook.sd_minor,
        considered=considered,
        caution=caution,
        seed=seed,
    )
