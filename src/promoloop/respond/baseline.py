"""What each shopper does without any offer: probability, basket and margin per group and week.

The own weekly rate is shrunk towards the group's (gamma prior, Poisson purchases) at three
memories, and a small LightGBM on an earlier window turns that into a calibrated probability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.metrics import log_loss, roc_auc_score

from promoloop.core import InvalidError
from promoloop.respond.quality import calibration_error
from promoloop.respond.records import Baseline
from promoloop.respond.trees import TreeModel

__all__ = [
    "BASELINE_FEATURES",
    "BaselineReport",
    "FittedBaseline",
    "MarginAssumptions",
    "evaluate_baseline",
    "fit_baseline",
    "fit_baseline_with_trees",
]

#: What the trees see of a shopper and a group; see ``_features``.
BASELINE_FEATURES = (
    "rate_4w",
    "rate_13w",
    "rate_52w",
    "active_4w",
    "active_52w",
    "weeks_since",
    "prevalence",
    "group",
)

_WEEKS = 52
_HORIZON = 4  # weeks of outcomes the calibrator is fitted on
_MEMORIES = (4.0, 13.0, 52.0)  # half-lives in weeks
_TREES: dict[str, Any] = {
    "objective": "cross_entropy",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 100,
    "lambda_l2": 5.0,
    "verbosity": -1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "seed": 0,
}


@dataclass(frozen=True, slots=True)
class MarginAssumptions:
    """Gross margin per department in per cent of revenue. An assumption, not data.

    The defaults are round figures typical of a grocer, for shops that do not say theirs; the
    report states them next to every amount that depends on them.
    """

    percent: Mapping[str, float] = field(
        default_factory=lambda: {
            "GROCERY": 27.0,
            "DRUG GM": 33.0,
            "PRODUCE": 35.0,
            "MEAT": 24.0,
            "MEAT-PCKGD": 26.0,
            "DELI": 40.0,
            "PASTRY": 45.0,
            "FLORAL": 45.0,
            "COSMETICS": 38.0,
            "NUTRITION": 33.0,
            "SEAFOOD": 25.0,
            "SEAFOOD-PCKGD": 27.0,
            "SALAD BAR": 45.0,
            "SPIRITS": 25.0,
            "FUEL": 6.0,
        }
    )
    default_percent: float = 28.0

    @classmethod
    def with_own(cls, percent: Mapping[str, float]) -> MarginAssumptions:
        """The assumptions, with the shop's own figures where it gives them.

        >>> MarginAssumptions.with_own({"DELI": 37.5}).of("DELI")
        37.5
        """
        return cls(percent={**cls().percent, **percent})

    def of(self, department: str) -> float:
        """Margin per cent of ``department``; ``default_percent`` where it is not listed.

        >>> MarginAssumptions().of("DELI"), MarginAssumptions().of("TOYS")
        (40.0, 28.0)
        """
        return self.percent.get(department, self.default_percent)


@dataclass(frozen=True, slots=True)
class BaselineReport:
    """How well the next four weeks were foretold, over ``n`` shopper × group cells.

    ``said`` and ``seen`` are the mean weekly probability and frequency; ``log_loss`` is per
    week, ``own_rate_log_loss`` that of the shrunken own rate without the calibrator.
    """

    calibration_error: float
    auc: float
    log_loss: float
    own_rate_log_loss: float
    said: float
    seen: float
    n: int


@dataclass(frozen=True, slots=True)
class FittedBaseline:
    """A baseline with the trees it came from and what they saw: ``features`` (n, g, 8)."""

    baseline: Baseline
    trees: TreeModel
    features: NDArray[np.float64]


def fit_baseline(
    lines: pl.LazyFrame,
    products: pl.DataFrame,
    groups: Sequence[str],
    margins: MarginAssumptions,
    now: datetime,
    shopper_ids: Sequence[str],
) -> Baseline:
    """Weekly purchase probability, basket and margin per shopper and product category.

    Parameters
    ----------
    lines : LazyFrame of EVENT_LINES
        Only ``Order Completed`` strictly before ``now`` is read, at most 52 weeks back.
    products : DataFrame [product_id, category, department]
    groups : sequence of str
        Categories, in the order of the result's columns.
    margins : MarginAssumptions
    now : datetime, UTC
    shopper_ids : sequence of str
        Rows of the result; a shopper without purchases gets the groups' averages.

    Raises
    ------
    InvalidError
        If a group is no category of ``products``.
    """
    return fit_baseline_with_trees(lines, products, groups, margins, now, shopper_ids).baseline


def fit_baseline_with_trees(
    lines: pl.LazyFrame,
    products: pl.DataFrame,
    groups: Sequence[str],
    margins: MarginAssumptions,
    now: datetime,
    shopper_ids: Sequence[str],
) -> FittedBaseline:
    """``fit_baseline``, with what is needed to explain its probabilities."""
    cells = _read(lines, products, groups, now, shopper_ids)
    trees, features = _grown(cells.bought), _features(cells.bought)
    probability = trees.predict(features).reshape(cells.bought.shape[:2])
    spent, times = cells.revenue.sum(axis=2), cells.bought.sum(axis=2)
    typical = (spent.sum(axis=0) + 500.0) / (times.sum(axis=0) + 1.0)  # (g,) minor units
    basket = (spent + 3.0 * typical) / (times + 3.0)
    percent = np.array([margins.of(name) for name in _departments(products, groups)])
    baseline = Baseline(
        shopper_ids=np.asarray(shopper_ids, dtype=np.str_),
        groups=tuple(groups),
        probability=probability,
        basket_minor=basket,
        margin_minor=basket * percent / 100.0,
    )
    return FittedBaseline(baseline, trees, features.reshape(*probability.shape, -1))


def evaluate_baseline(
    lines: pl.LazyFrame,
    products: pl.DataFrame,
    groups: Sequence[str],
    now: datetime,
    shopper_ids: Sequence[str],
) -> BaselineReport:
    """Fit as of four weeks before ``now`` and compare with the four weeks that followed."""
    cells = _read(lines, products, groups, now, shopper_ids)
    said = _calibrated(cells.bought[:, :, _HORIZON:])
    seen = cells.bought[:, :, :_HORIZON].mean(axis=2)
    own = _features(cells.bought[:, :, _HORIZON:])[:, 1].reshape(said.shape)
    weekly = cells.bought[:, :, :_HORIZON].reshape(-1, _HORIZON)
    return BaselineReport(
        calibration_error=calibration_error(said.ravel(), seen.ravel()),
        auc=float(roc_auc_score(weekly.ravel(), np.repeat(said.ravel(), _HORIZON))),
        log_loss=float(log_loss(weekly.ravel(), np.repeat(said.ravel(), _HORIZON))),
        own_rate_log_loss=float(log_loss(weekly.ravel(), np.repeat(own.ravel(), _HORIZON))),
        said=float(said.mean()),
        seen=float(seen.mean()),
        n=said.size,
    )


@dataclass(frozen=True, slots=True)
class _Cells:
    """Per shopper, group and week back from now (0 = the last seven days)."""

    bought: NDArray[np.float64]
    revenue: NDArray[np.float64]


def _read(
    lines: pl.LazyFrame,
    products: pl.DataFrame,
    groups: Sequence[str],
    now: datetime,
    shopper_ids: Sequence[str],
) -> _Cells:
    missing = sorted(set(groups) - set(products["category"].unique().to_list()))
    if missing:
        raise InvalidError(
            f"the product group {missing[0]!r}",
            "no product of the catalogue is in that category",
            "Name a category of the catalogue in the offer's group.",
        )
    wanted = products.filter(pl.col("category").is_in(list(groups)))
    seconds = (pl.lit(now) - pl.col("timestamp")).dt.total_seconds()
    table = (
        lines.filter(
            (pl.col("event") == "Order Completed")
            & (pl.col("timestamp") < now)
            & (pl.col("timestamp") >= now - timedelta(weeks=_WEEKS))
        )
        .join(wanted.lazy().select("product_id", "category"), on="product_id")
        .join(_index(shopper_ids, "shopper_id", "row"), on="shopper_id")
        .join(_index(groups, "category", "column"), on="category")
        .with_columns(week=((seconds / (7 * 86_400)).floor()).cast(pl.Int64).clip(0, _WEEKS - 1))
        .group_by("row", "column", "week")
        .agg(pl.col("revenue_minor").sum())
        .filter(pl.col("revenue_minor") > 0)
        .collect()
    )
    shape = (len(shopper_ids), len(groups), _WEEKS)
    place = tuple(table[name].to_numpy() for name in ("row", "column", "week"))
    bought, revenue = np.zeros(shape), np.zeros(shape)
    bought[place] = 1.0
    revenue[place] = table["revenue_minor"].to_numpy()
    return _Cells(bought, revenue)


def _index(names: Sequence[str], key: str, index: str) -> pl.LazyFrame:
    return pl.LazyFrame({key: list(names), index: np.arange(len(names))})


def _calibrated(bought: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit on the last weeks given those before them, then foretell the week after now."""
    return _grown(bought).predict(_features(bought)).reshape(bought.shape[:2])


def _grown(bought: NDArray[np.float64]) -> TreeModel:
    past = [bought[:, :, back + _HORIZON :] for back in (0, _HORIZON)]
    then = [bought[:, :, back : back + _HORIZON].mean(axis=2).ravel() for back in (0, _HORIZON)]
    model = lightgbm.train(
        _TREES,
        lightgbm.Dataset(np.concatenate([_features(part) for part in past]), np.concatenate(then)),
        num_boost_round=120,
    )
    return TreeModel(model.model_to_string(), BASELINE_FEATURES)


def _features(bought: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n·g, 8): shrunken rates, all-group rate, weeks since the last, prevalence, group."""
    n, g, weeks = bought.shape
    rates = [_shrunken_rate(bought, memory) for memory in _MEMORIES]
    active = np.asarray(bought.max(axis=1), dtype=np.float64)  # (n, weeks)
    activity = [np.asarray(part.mean(axis=1)) for part in (active[:, :4], active)]
    since = np.where(bought.any(axis=2), bought.argmax(axis=2), weeks)
    prevalence = np.asarray(bought.mean(axis=(0, 2)), dtype=np.float64)
    columns = [
        *rates,
        *(np.repeat(part[:, None], g, axis=1) for part in activity),
        since,
        np.broadcast_to(prevalence, (n, g)),
        np.broadcast_to(np.arange(g), (n, g)),
    ]
    return np.stack([np.asarray(part, dtype=np.float64).ravel() for part in columns], axis=1)


def _shrunken_rate(bought: NDArray[np.float64], memory: float) -> NDArray[np.float64]:
    """(n, g) posterior mean of a gamma-Poisson weekly rate; the prior weighs four weeks."""
    weight = 0.5 ** (np.arange(bought.shape[2]) / memory)
    share = bought @ weight / weight.sum()
    prior = share.mean(axis=0) + 1e-4
    return np.asarray((bought @ weight + 4.0 * prior) / (weight.sum() + 4.0), dtype=np.float64)


def _departments(products: pl.DataFrame, groups: Sequence[str]) -> list[str]:
    """The department most products of each group are in."""
    counted = products.group_by("category", "department").len().sort("len", "department")
    largest = dict(counted.select("category", "department").iter_rows())
    return [str(largest[group]) for group in groups]
