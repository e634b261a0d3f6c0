"""Who is moved by which mail? Uplift learners on Hillstrom's e-mail experiment.

    python bench/uplift.py --data hillstrom.csv.gz --json          # seeds 0..9
    python bench/uplift.py --data hillstrom.csv.gz --seeds 0 --bags 2

The data (64,000 customers randomised in equal parts to men's mail, women's mail and no mail;
Kevin Hillstrom's MineThatData challenge, 2008) are not part of the package. Each seed deals all
rows into two halves: learners and peers are fitted on one and scored on the other, by the
normalised Qini of visit, conversion and spend for each mail. "ours, default" is what the product
takes: the blend of ``respond.default_learners()``, weighed inside the training half.

The decision between men's mail, women's mail and nothing is made for spend at an assumed margin
and contact cost, both in ``MARGIN`` and ``CONTACT``; inside the training half it is settled
whether to personalise at all, and the result is held against the static arm that does best on the
test half. The last line is one JSON object.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from harness import cpu_seconds, finish, machine, parser_for
from promoloop.core import InvalidError, PromoloopError
from promoloop.evaluate import (
    Estimate,
    Target,
    auuc,
    judge_targeting,
    paired_difference,
    pooled_payments,
    qini,
    uplift_curve,
)
from promoloop.respond import (
    DRLearner,
    Economics,
    Learner,
    LinearBase,
    SLearner,
    SparseBase,
    TLearner,
    TreeBase,
    Trial,
    UpliftModel,
    XLearner,
    calibrate,
    default_learners,
    foretold_effects,
    outcomes_by_arm,
    target,
    trial_of,
)

Floats = NDArray[np.float64]

MARGIN = 0.30  # of spend; assumed
CONTACT = 0.05  # dollars a mail; assumed
MAILS = {"mens": 1, "womens": 2}
OUTCOMES = ("visit", "conversion", "spend")
SEGMENTS = {"No E-Mail": 0, "Mens E-Mail": 1, "Womens E-Mail": 2}
_NUMBERS = ("recency", "history", "mens", "womens", "newbie")
_KINDS = ("zip_code", "channel", "history_segment")
_TREES = TreeBase(leaves=6)
_FINAL = TreeBase(rounds=20, leaves=6, least_rows=300)

LEARNERS: Mapping[str, Learner] = {
    "ours, S on lines": SLearner(LinearBase(300.0)),
    "ours, T on lines": TLearner(LinearBase(100.0)),
    "ours, X on lines": XLearner(LinearBase(100.0), LinearBase(1000.0)),
    "ours, DR on lines": DRLearner(LinearBase(100.0), LinearBase(1000.0)),
    "ours, DR sparse": DRLearner(LinearBase(100.0), SparseBase()),
    "ours, S on trees": SLearner(_TREES),
    "ours, T on trees": TLearner(_TREES),
    "ours, X on trees": XLearner(_TREES, _FINAL),
    "ours, DR on trees": DRLearner(_TREES, _FINAL),
}


@dataclass(frozen=True, slots=True)
class Experiment:
    """Hillstrom's customers: contexts (n, d), mail (n,), outcomes by name (n,)."""

    contexts: Floats
    arm: NDArray[np.int64]
    outcome: Mapping[str, Floats]

    def trial(self, rows: NDArray[np.int64], outcome: Floats) -> Trial:
        """The rows as an experiment with known odds of a third each."""
        odds = np.full(len(rows), 1 / 3)
        return trial_of(self.contexts[rows], self.arm[rows], outcome[rows], odds)


def read(path: Path | None) -> Experiment:
    """The experiment from a CSV file, gzipped or not."""
    advice = (
        "Give --data FILE with the CSV of Kevin Hillstrom's MineThatData e-mail analytics challenge"
        " (2008); scikit-uplift's fetch_hillstrom, for one, downloads it."
    )
    if path is None or not path.exists():
        raise InvalidError(f"the data {path or ''}".strip(), "there is no such file", advice)
    try:
        table = pl.read_csv(path, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise InvalidError(f"the data {path}", f"not a CSV: {problem}", advice) from problem
    missing = {*_NUMBERS, *_KINDS, *OUTCOMES, "segment"} - set(table.columns)
    if missing or table.height == 0:
        raise InvalidError(f"the data {path}", f"no columns {sorted(missing)}", advice)
    strange = set(table["segment"].to_list()) - set(SEGMENTS)
    if strange:
        raise InvalidError(f"the data {path}", f"unknown segments {sorted(strange)}", advice)
    kinds = [
        (table[name] == kind).cast(pl.Float64).to_numpy()
        for name in _KINDS
        for kind in sorted(table[name].unique().to_list())[1:]
    ]
    history = table["history"].cast(pl.Float64).to_numpy()
    numbers = [table[name].cast(pl.Float64).to_numpy() for name in _NUMBERS]
    return Experiment(
        np.column_stack([*numbers, np.log1p(history), *kinds]),
        np.array([SEGMENTS[name] for name in table["segment"].to_list()]),
        {name: table[name].cast(pl.Float64).to_numpy() for name in OUTCOMES},
    )


def halves(n: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows to fit on and rows to be tried on."""
    dealt = np.random.default_rng(seed).permutation(n)
    return dealt[: n // 2], dealt[n // 2 :]


class Tables:
    """Figures by name, one per seed."""

    def __init__(self) -> None:
        self.figures: dict[str, dict[str, list[float]]] = {}

    def add(self, table: str, row: str, figure: float) -> None:
        """Keep one more figure of a row of a table."""
        self.figures.setdefault(table, {}).setdefault(row, []).append(figure)

    def summary(self) -> dict[str, dict[str, dict[str, float]]]:
        """Mean and standard deviation over the seeds, best mean first."""
        return {
            table: {
                row: {"mean": round(float(np.mean(found)), 5), "sd": round(_sd(found), 5)}
                for row, found in sorted(rows.items(), key=lambda one: -float(np.mean(one[1])))
            }
            for table, rows in self.figures.items()
        }


def _sd(found: Sequence[float]) -> float:
    return float(np.std(found, ddof=1)) if len(found) > 1 else 0.0


def scored(experiment: Experiment, seed: int, bags: int, tables: Tables) -> None:
    """Every learner and peer on every outcome of one split."""
    train, test = halves(len(experiment.arm), seed)
    for name in OUTCOMES:
        outcome = experiment.outcome[name]
        trial = experiment.trial(train, outcome)
        models = {row: UpliftModel([learner], bags, seed) for row, learner in LEARNERS.items()}
        models["ours, default"] = UpliftModel(None, bags, seed)
        for row, model in models.items():
            fitted, took = cpu_seconds(partial(model.fit_trial, trial))
            effect = fitted.effect(experiment.contexts[test]).value
            tables.add("cpu_s_fit", row, took)
            for mail, arm in MAILS.items():
                _note(tables, experiment, test, (name, mail, row), effect[:, arm - 1])
            if row == "ours, default" and name == "visit":
                tables.add("doubt", "blend weight of the sparse learner", fitted.weights_[2])
                _calibration(tables, experiment, test, effect)
        for mail, arm in MAILS.items():
            chance = np.random.default_rng(seed).random(len(test))
            _note(tables, experiment, test, (name, mail, "random order"), chance)
            _peers(tables, experiment, (train, test), (name, mail, arm))


def _peers(
    tables: Tables,
    experiment: Experiment,
    split: tuple[NDArray[np.int64], NDArray[np.int64]],
    task: tuple[str, str, int],
) -> None:
    from uplift_peers import PEERS, peer_scores

    name, mail, arm = task
    rows = split[0][np.isin(experiment.arm[split[0]], (0, arm))]
    outcome = experiment.outcome[name][rows]
    given = experiment.contexts[rows], (experiment.arm[rows] == arm).astype(np.float64), outcome
    new = experiment.contexts[split[1]]
    binary = name != "spend"
    for row in PEERS:
        score, took = cpu_seconds(lambda row=row: peer_scores(row, given, new, binary=binary))
        tables.add("cpu_s_fit", row, took)
        _note(tables, experiment, split[1], (name, mail, row), score)


def _note(
    tables: Tables,
    experiment: Experiment,
    test: NDArray[np.int64],
    task: tuple[str, str, str],
    score: Floats,
) -> None:
    """The Qini of one score, and how far ours is from scikit-uplift's on the same rows."""
    from sklift.metrics import qini_auc_score
    from sklift.metrics import uplift_curve as peers_curve

    name, mail, row = task
    mine = np.isin(experiment.arm[test], (0, MAILS[mail]))
    outcome, treated = experiment.outcome[name][test][mine], experiment.arm[test][mine] > 0
    found = _qini(outcome, score[mine], treated)
    tables.add(f"qini {name} {mail}", row, found)
    if name == "visit":
        whole = outcome.astype(int), score[mine], treated.astype(int)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the peer's own deprecations, once per call
            peer, (passed, gained) = qini_auc_score(*whole), peers_curve(*whole)
        tables.add("agreement", "qini", abs(found - float(peer)))
        area = uplift_curve(outcome, score[mine], treated).area
        gap = abs(area / float(np.trapezoid(gained, passed)) - 1.0)
        tables.add("agreement", "uplift area, relative", gap)
    if (name, mail, row) == ("visit", "womens", "ours, default"):
        rng = np.random.default_rng(0)
        sure = qini(outcome, score[mine], treated, rng)
        tables.add("doubt", "half width of one split's Qini interval", (sure.high - sure.low) / 2)
        tables.add("doubt", "AUUC", auuc(outcome, score[mine], treated, rng).value)
        tables.add("doubt", "AUUC of a random order", _effect(outcome, treated) / 2)


def _qini(outcome: Floats, score: Floats, treated: NDArray[np.bool_]) -> float:
    from promoloop.evaluate import qini_curve

    own = qini_curve(outcome, score, treated)
    best = qini_curve(outcome, np.where(treated, outcome, -outcome), treated)
    return (own.area - own.random_area) / (best.area - best.random_area)


def _effect(outcome: Floats, treated: NDArray[np.bool_]) -> float:
    return float(outcome[treated].mean() - outcome[~treated].mean())


def _calibration(
    tables: Tables, experiment: Experiment, test: NDArray[np.int64], effect: Floats
) -> None:
    held_out = experiment.trial(test, experiment.outcome["visit"])
    for mail, arm in MAILS.items():
        found = calibrate(effect[:, arm - 1], held_out, arm)
        tables.add("calibration", f"slope {mail}", found.slope)
        tables.add("calibration", f"error {mail}", found.error)


def decided(experiment: Experiment, seed: int, tables: Tables) -> dict[str, Any]:
    """The three-way decision of one split, against the best static arm of the test half."""
    train, test = halves(len(experiment.arm), seed)
    net = MARGIN * experiment.outcome["spend"] - CONTACT * (experiment.arm > 0)
    trial = experiment.trial(train, experiment.outcome["spend"])
    prices = Economics(margin=MARGIN, contact=CONTACT)
    foretold = foretold_effects(trial, bags=2, seed=seed)
    rng = np.random.default_rng(seed)
    expected = outcomes_by_arm(experiment.trial(train, net), LinearBase(100.0), 3, rng)
    inside = target(foretold, np.zeros_like(foretold), prices).choice
    odds = np.full(len(train), 1 / 3)
    arms = experiment.arm[train]
    paid = pooled_payments(experiment.outcome["spend"][train], arms, odds, 3)
    worth = MARGIN * paid - CONTACT * (np.arange(3) > 0)
    verdict = judge_targeting(net[train], arms, odds, inside, expected, worth=worth)
    effect = UpliftModel(None, 2, seed).fit_trial(trial).effect(experiment.contexts[test])
    plan = target(effect.value, effect.sd, prices).choice
    wanted = {"decision": verdict.choice(plan), "always personalise": plan}
    worth = _Worth(experiment, train, test, net)
    statics = {f"static {arm}": np.full(len(test), arm) for arm in range(3)}
    for row, choice in {**wanted, **statics}.items():
        tables.add("net value per shopper above nothing", row, worth.above(choice, 0).value)
    best = max(range(3), key=lambda arm: worth.above(statics[f"static {arm}"], 0).value)
    margins = {row: worth.above(choice, best) for row, choice in wanted.items()}
    for row, found in margins.items():
        tables.add("net value above the best static arm", row, found.value)
    return {
        "seed": seed,
        "verdict": verdict.verdict,
        "arm": verdict.arm,
        "best_static_on_test": best,
        **{
            f"{row} minus best static": [round(x, 4) for x in (e.value, e.low, e.high)]
            for row, e in margins.items()
        },
    }


class _Worth:
    """Doubly robust net value of choices on the test half."""

    def __init__(
        self,
        experiment: Experiment,
        train: NDArray[np.int64],
        test: NDArray[np.int64],
        net: Floats,
    ) -> None:
        self.arm, self.net = experiment.arm[test], net[test]
        base = LinearBase(100.0)
        fits = [
            base.fit(experiment.contexts[rows], net[rows], np.ones(len(rows)), binary=False)
            for rows in (train[experiment.arm[train] == arm] for arm in range(3))
        ]
        self.expected = np.stack([fit.predict(experiment.contexts[test]) for fit in fits], axis=1)

    def above(self, choice: NDArray[np.int64], static: int) -> Estimate:
        """Per shopper, in dollars."""
        odds = np.full(len(self.arm), 1 / 3)
        logged = self.expected[np.arange(len(self.arm)), self.arm]
        other = np.full(len(self.arm), static)
        return paired_difference(self.net, odds, logged, self._target(choice), self._target(other))

    def _target(self, choice: NDArray[np.int64]) -> Target:
        rows = np.arange(len(self.arm))
        return Target((choice == self.arm).astype(np.float64), self.expected[rows, choice])


def main() -> int:
    """Run every split and print the tables."""
    parser = parser_for(__doc__, "0..9")
    parser.add_argument("--data", type=Path, help="CSV of the experiment")
    parser.add_argument("--bags", type=int, default=4, help="fits per learner")
    given = parser.parse_args()
    missing = [name for name in ("econml", "sklift") if find_spec(name) is None]
    if missing:
        print(f"Peers are missing: {missing}. Run make bench-setup and .venv-bench/bin/python.")
        return 4
    try:
        experiment = read(given.data)
    except PromoloopError as problem:
        print(problem, file=sys.stderr)
        return problem.exit_code
    tables, decisions = Tables(), []
    for seed in given.seeds:
        scored(experiment, seed, given.bags, tables)
        decisions.append(decided(experiment, seed, tables))
        if not given.json:
            print(f"seed {seed}: {decisions[-1]}", flush=True)
    report(tables, decisions, given.seeds, given.bags, quiet=given.json)
    return 0


def report(
    tables: Tables,
    decisions: Sequence[Mapping[str, Any]],
    seeds: Sequence[int],
    bags: int,
    *,
    quiet: bool,
) -> None:
    """Print the tables, then the last line."""
    found = tables.summary()
    if not quiet:
        for table, rows in found.items():
            print(f"\n{table}")
            for row, figure in rows.items():
                print(f"  {row:40s} {figure['mean']:9.4f}  sd {figure['sd']:.4f}")
    below = [one for one in decisions if one["decision minus best static"][2] < 0]
    finish(
        {
            "bench": "uplift",
            "womens_visit_qini": found["qini visit womens"]["ours, default"]["mean"],
            "policy_below_static": int(bool(below)),
            "splits_below_static": len(below),
            "verdicts": [one["verdict"] for one in decisions],
            "decisions": list(decisions),
            "margin_assumed": MARGIN,
            "contact_assumed": CONTACT,
            "bags": bags,
            "default_learners": len(default_learners()),
            "tables": found,
            "seeds": list(seeds),
            "machine": machine("lightgbm", "scikit-learn", "econml", "scikit-uplift"),
        }
    )


if __name__ == "__main__":
    sys.exit(main())
