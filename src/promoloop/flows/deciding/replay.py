"""A logged decision made once more from what was kept, and compared to the bit.

Arm, values, prices, the whole distribution and the draw are computed again; nothing that is
compared is read from the decision itself. Bits are promised on one machine with one build of
numpy and this version of promoloop; on another machine the last bits may differ, which is said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError, language_of, time_ordered_id, unit_interval
from promoloop.decide import NOTHING, Decision, assign_arm, drawn
from promoloop.flows.deciding.arms import PolicyPlan
from promoloop.flows.deciding.contexts import moment_name
from promoloop.flows.deciding.rebuilt import RebuiltRun
from promoloop.flows.deciding.runs import run_names
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK
from promoloop.learn import ModelVersion
from promoloop.offers import Campaign

__all__ = ["Difference", "Logged", "Replay", "Replayer", "replay", "replay_of"]

Logged = float | int | str

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "same": "Made again: action, probabilities, values and prices are the same to the bit"
        " ({count} figures).",
        "same_live": "Made again: arm, probabilities and draw are as they were logged ({count}"
        " figures); values are the log's own.",
        "other": "Made again: it did not come out as it was logged ({count} figures compared).",
        "model": "The parameters of the model version were changed since.",
        "contexts": "What is kept of the shopper was changed since.",
        "others": "What is kept of {count} other shoppers of the same run was changed or purged"
        " since, so the plan they share was read from the log.",
        "difference": "  {field}: logged {logged}, now {replayed}",
        "last_bits": " (in the last bits only: other hardware or another build of numpy)",
    },
    "zh": {
        "same": "重放一致：动作、概率、价值和价格逐位相同（共 {count} 个数）。",
        "same_live": "重放一致：分组、概率和抽取结果与日志相同（共 {count} 个数）；价值取自日志。",
        "other": "重放不一致：结果与日志不符（共比较 {count} 个数）。",
        "model": "该模型版本的参数在决定之后被改动过。",
        "contexts": "该顾客的留存数据在决定之后被改动过。",
        "others": "同一批次中另有 {count} 位顾客的留存数据被改动或清除，共用的计划因此取自日志。",
        "difference": "  {field}：日志为 {logged}，现在为 {replayed}",
        "last_bits": "（仅末位不同：换了硬件或 numpy 版本）",
    },
}

#: Relative difference below which two figures may be the same sum added up by other hardware.
_LAST_BITS = 1e-9


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that came out otherwise. ``last_bits``: by no more than other hardware may."""

    field: str
    logged: Logged
    replayed: Logged
    last_bits: bool


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision made once more.

    ``changed`` names what is not as it was when it was decided (``model``, ``contexts``);
    ``compared`` counts figures, and ``same`` says that all are equal to the bit and nothing was
    changed. ``others_changed`` counts shoppers of the same run whose contexts were changed or
    purged since: where there are any, the plan that all of them share (the prices, the favoured
    action) was read from the log instead of made again. ``live``: it was made in real time, and
    ``same`` leaves the last bits of probabilities open, which depend on options that were closed.
    """

    decision_id: str
    same: bool
    action: str
    propensity: float
    compared: int
    differences: tuple[Difference, ...]
    changed: tuple[str, ...]
    others_changed: int
    live: bool = False

    def text(self, locale: str) -> str:
        """What came out, in English or Chinese: the verdict, what was changed, what differs."""
        words = _WORDS["zh" if language_of(locale) == "zh" else "en"]
        same = "same_live" if self.live else "same"
        lines = [words[same if self.same else "other"].format(count=self.compared)]
        lines += [words[name] for name in self.changed]
        if self.others_changed:
            lines.append(words["others"].format(count=self.others_changed))
        for one in self.differences:
            tail = words["last_bits"] if one.last_bits else ""
            figures = {"field": one.field, "logged": one.logged, "replayed": one.replayed}
            lines.append(words["difference"].format(**figures) + tail)
        return "\n".join(lines)


def replay(house: House, decision_id: str) -> Replay:
    """Make one logged decision again; see ``Replayer``.

    Raises
    ------
    InvalidError
        For an unknown decision, and where what it was decided on is not kept any more.
    """
    decision = house.decisions.get(decision_id)
    return Replayer(house, house.campaigns.get(decision.campaign_id)).replay(decision)


class Replayer:
    """Makes decisions of one campaign again; each run is rebuilt once."""

    def __init__(self, house: House, campaign: Campaign) -> None:
        self._house, self._campaign = house, campaign
        self._runs: dict[str, RebuiltRun] = {}

    def replay(self, decision: Decision) -> Replay:
        """The decision made once more, and how it differs from the log.

        Where a run was cut off and another one began at the same moment, both may have planned
        the decision; the one that fits the log counts.

        Raises
        ------
        InvalidError
            Where what it was decided on is not kept any more.
        """
        found = [_compared(run, decision) for run in self.runs(decision)]
        return min(found, key=lambda one: (not one.same, len(one.differences)))

    def runs(self, decision: Decision) -> list[RebuiltRun]:
        """The runs that planned this decision, at least one; see ``replay`` for errors."""
        week = (decision.decided_at - self._campaign.starts_at) // WEEK + 1
        moment = moment_name(self._campaign.campaign_id, week, decision.decided_at)
        names = run_names(self._house.tables, moment)
        runs = [self._run(name, moment) for name in names]
        mine = [run for run in runs if decision.decision_id in run.place]
        if not mine:
            raise InvalidError(
                f"what decision {decision.decision_id} was decided on",
                f"no run of {decision.decided_at.isoformat()} with it is kept",
                "Bring the tables run-, runrows- and portions- of that moment back from a backup;"
                " decisions older than these tables cannot be replayed.",
            )
        return mine

    def _run(self, name: str, moment: str) -> RebuiltRun:
        if name not in self._runs:
            tables = self._house.tables
            wanted = (f"contexts-{moment}", f"runrows-{name}", f"portions-{name}")
            gone = [table for table in wanted if table not in tables.names()]
            if gone:
                raise InvalidError(
                    f"what run {name} decided on",
                    f"the table {gone[0]} is not kept any more",
                    "Bring it back from a backup; what was purged for privacy stays unexplained.",
                )
            version = self._model(tables.get(f"run-{name}").row(0, named=True))
            self._runs[name] = RebuiltRun(tables, name, tables.get(wanted[0]), version)
        return self._runs[name]

    def _model(self, common: Mapping[str, str]) -> ModelVersion:
        wanted, kind = common["model_version"], common["model_kind"]
        for version in self._house.models.all(kind):
            if version.version_id == wanted:
                return version
        raise InvalidError(
            f"the model version {wanted}",
            f"the registry holds no such version of {kind}",
            "Bring it back from a backup.",
        )


def _compared(run: RebuiltRun, decision: Decision) -> Replay:
    key = decision.decision_id
    _require_context(run, decision)
    changed: tuple[str, ...] = () if run.same_model else ("model",)
    changed += ("contexts",) if key in run.changed else ()
    made = replay_of(decision, _as_logged(decision), _again(run, decision))
    return replace(
        made,
        same=made.same and not changed,
        changed=changed,
        others_changed=_others_changed(run, key),
    )


def replay_of(
    decision: Decision,
    logged: Mapping[str, Logged],
    again: Mapping[str, Logged],
    *,
    live: bool = False,
) -> Replay:
    """The two sets of figures compared; of a ``live`` decision to all but the last bits."""
    found = [
        Difference(name, logged.get(name, "-"), again.get(name, "-"), _close(logged, again, name))
        for name in sorted({*again, *logged})
        if again.get(name) != logged.get(name)
    ]
    differences = tuple(one for one in found if not (live and one.last_bits))
    return Replay(
        decision_id=decision.decision_id,
        same=not differences,
        action=str(again["action"]),
        propensity=float(again["propensity"]),
        compared=len({*again, *logged}),
        differences=differences,
        changed=(),
        others_changed=0,
        live=live,
    )


def _others_changed(run: RebuiltRun, decision_id: str) -> int:
    return sum(key != decision_id for key in run.changed)


def _require_context(run: RebuiltRun, decision: Decision) -> None:
    row = run.place[decision.decision_id]
    if run.rows["digest"][row] and decision.decision_id not in run.digests:
        raise InvalidError(
            f"what decision {decision.decision_id} was decided on",
            "its rows are not in the contexts any more",
            "They were purged or lost; the decision itself stays in the log.",
        )


def _again(run: RebuiltRun, decision: Decision) -> dict[str, Logged]:
    """Every figure of the decision, computed from what was kept."""
    common, row = run.common, run.place[decision.decision_id]
    arm = assign_arm(
        decision.shopper_id,
        common["salt"],
        dict(zip(common["share_of"], common["shares"], strict=True)),
    )
    whole = not _others_changed(run, decision.decision_id)
    plan = run.plans[arm] if whole else run.logged_plan(arm, decision.prices)
    short = run.short(row)
    rows = np.array([row])
    shares = plan.probabilities(rows, run.weight.eligible[rows] & (short == ""))
    key = time_ordered_id(common["begins"], common["campaign_id"], decision.shopper_id)
    at = np.array([unit_interval(str(common["seed"]), key)])
    column = int(drawn(shares, at).index[0])
    done = column if column >= 0 else None
    value, spend = run.weight.value[row], run.weight.spend[row]
    priced = plan.priced[row] if isinstance(plan, PolicyPlan) else value
    return {
        "decision_id": key,
        "arm": arm,
        "policy": plan.policy,
        "model_version": run.model.version_id,
        "seed": int(common["seed"]),
        "action": NOTHING if done is None else run.actions[done],
        "propensity": float(shares[0, column]),
        "value": 0.0 if done is None else float(value[done]),
        "spend": 0.0 if done is None else float(spend[done]),
        "liability": 0 if done is None else int(run.inputs.promise[done]),
        **{f"price {name}": price for name, price in run.prices(plan).items()},
        **_options(run, shares[0], value, spend, priced),
    }


def _options(
    run: RebuiltRun,
    shares: NDArray[np.float64],
    value: NDArray[np.float64],
    spend: NDArray[np.float64],
    priced: NDArray[np.float64],
) -> dict[str, Logged]:
    """Propensity, value, spend and priced value of everything that could have been drawn."""
    found: dict[str, Logged] = {f"propensity of {NOTHING}": float(shares[-1])}
    for spot in np.flatnonzero(shares[:-1] > 0.0).tolist():
        name = run.actions[spot]
        found[f"propensity of {name}"] = float(shares[spot])
        found[f"value of {name}"] = float(value[spot])
        found[f"spend of {name}"] = float(spend[spot])
        found[f"priced value of {name}"] = float(priced[spot])
    return found


def _as_logged(decision: Decision) -> dict[str, Logged]:
    """The same fields as the log has them."""
    found: dict[str, Logged] = {
        "decision_id": decision.decision_id,
        "arm": decision.arm,
        "policy": decision.policy,
        "model_version": decision.model_version,
        "seed": decision.seed,
        "action": decision.action,
        "propensity": decision.propensity,
        "value": decision.value_minor,
        "spend": decision.spend_minor,
        "liability": decision.liability_minor,
        **{f"price {name}": price for name, price in decision.prices.items()},
    }
    for one in decision.weighed:
        found[f"propensity of {one.action}"] = one.propensity
        if one.action != NOTHING:
            found[f"value of {one.action}"] = one.value_minor
            found[f"spend of {one.action}"] = one.spend_minor
            found[f"priced value of {one.action}"] = one.priced_minor
    return found


def _close(logged: Mapping[str, Logged], again: Mapping[str, Logged], name: str) -> bool:
    one, other = logged.get(name), again.get(name)
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_LAST_BITS)
    return False
