"""What a run of decisions planned with, kept so that each of its decisions can be made again.

Three tables per run, told apart by campaign, week, moment and a fingerprint of what is in them:
``run-`` holds one row of what is common to all, ``runrows-`` one row per shopper, ``portions-`` the
money and units there were when each portion was committed. What the shoppers looked like is in
``contexts-`` (see ``contexts.py``); together they are all that a decision depends on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop import __version__
from promoloop.decide import BudgetLeft, PartnerBudgetLeft, StockLeft
from promoloop.flows.books.purses import Purse
from promoloop.flows.deciding.arms import ArmPlan, PolicyPlan, RandomPlan, UsualPlan
from promoloop.flows.deciding.contexts import moment_name
from promoloop.flows.deciding.planning import Ints, WeekInputs
from promoloop.flows.deciding.situation import FATIGUE_MINOR, Situation
from promoloop.flows.history.habits import trees_key
from promoloop.flows.ports import Tables
from promoloop.flows.schedule import cycle_start

__all__ = ["RUN_TABLES", "RunLog", "model_digest", "row_digests", "run_names", "short_of"]

#: What the names of the tables of a run begin with.
RUN_TABLES = ("run", "runrows", "portions")

_PORTIONS = pl.Schema(
    {
        "begin": pl.Int64(),
        "money": pl.Int64(),
        "left": pl.List(pl.Int64()),
        "purses": pl.List(pl.Int64()),
    },
)
#: What the run's one row holds of partners; lists may be empty, so their types are said.
_PURSES = {
    "kept": pl.List(pl.Float64()),
    "purses": pl.List(pl.String()),
    "purse_money": pl.List(pl.Int64()),
    "purse_promise": pl.List(pl.List(pl.Float64())),
}
#: Columns of ``contexts-`` that a decision depends on, beside its features.
_NUMBERS = ("without", "margin", "reward", "contact", "promise", "fatigue")


@dataclass(slots=True)
class RunLog:
    """Writes the tables of one run as it goes on."""

    tables: Tables
    _name: str = ""
    _portions: list[tuple[int, int, list[int], list[int]]] | None = None

    def open(
        self,
        now_is: Situation,
        inputs: WeekInputs,
        ids: Sequence[str],
        plans: Mapping[str, ArmPlan],
        seed: int,
    ) -> None:
        """Keep what the run plans with, before anything of it is committed."""
        if not len(inputs.todo):
            return
        campaign = now_is.campaign
        moment = moment_name(campaign.campaign_id, now_is.week, now_is.now)
        rows = _rows(self.tables.get(f"contexts-{moment}"), inputs, ids, plans)
        common = _common(now_is, inputs, plans, seed).with_columns(
            trees=pl.lit(trees_key(self.tables))
        )
        self._name = f"{moment}-{_fingerprint(common, rows)}"
        self._portions = []
        self.tables.put(f"runrows-{self._name}", rows)
        self.tables.put(f"run-{self._name}", common)

    def portion(self, begin: int, money: int, left: Ints, purses: Sequence[Purse]) -> None:
        """Keep the money and units there are, from row ``begin`` of the run on."""
        if self._portions is None:
            return
        theirs = [int(purse.money) for purse in purses]
        self._portions.append((begin, money, left.tolist(), theirs))
        frame = pl.DataFrame(self._portions, schema=_PORTIONS, orient="row")
        self.tables.put(f"portions-{self._name}", frame)


def short_of(
    promise: NDArray[np.float64],
    money: int,
    left: Ints,
    offer_of: Ints,
    purses: Sequence[Purse] = (),
) -> NDArray[np.str_]:
    """Why each of k actions cannot be promised once more, (k,); empty where it can."""
    short = np.where(left[offer_of] < 1, StockLeft.code, "")
    for purse in purses:
        short = np.where(purse.promise > purse.money, PartnerBudgetLeft.code, short)
    return np.where(promise > money, BudgetLeft.code, short)


def run_names(tables: Tables, moment: str) -> tuple[str, ...]:
    """The names, less what they begin with, of the runs of one moment; see ``moment_name``."""
    begin = f"run-{moment}-"
    return tuple(n.removeprefix("run-") for n in tables.names() if n.startswith(begin))


def model_digest(parameters: Mapping[str, object]) -> str:
    """A fingerprint of a model's parameters: another one means another model."""
    return _digest(json.dumps(parameters, sort_keys=True).encode())


def row_digests(contexts: pl.DataFrame) -> Mapping[str, str]:
    """A fingerprint per decision of all that its rows of ``contexts-`` hold."""
    if contexts.is_empty():
        return {}
    ordered = contexts.sort("decision_id", "action")
    numbers = np.column_stack([ordered[name].to_numpy() for name in _NUMBERS])
    whole = np.ascontiguousarray(np.column_stack([numbers, ordered["features"].to_numpy()]))
    keys = ordered["action"].to_list()
    ids = ordered["decision_id"]
    starts = np.flatnonzero(np.diff(ids.rle_id().to_numpy().astype(np.int64), prepend=-1))
    ends = [*starts[1:].tolist(), len(ordered)]
    return {
        ids[begin]: _digest("\n".join(keys[begin:end]).encode() + whole[begin:end].tobytes())
        for begin, end in zip(starts.tolist(), ends, strict=True)
    }


def _common(
    now_is: Situation, inputs: WeekInputs, plans: Mapping[str, ArmPlan], seed: int
) -> pl.DataFrame:
    campaign, random = now_is.campaign, plans.get("random")
    return pl.DataFrame(
        {
            "campaign_id": [campaign.campaign_id],
            "begins": [cycle_start(campaign, now_is.week)],
            "salt": [campaign.salt],
            "share_of": [list(campaign.arms)],
            "shares": [[float(share) for share in campaign.arms.values()]],
            "model_version": [now_is.model.version_id],
            "model_kind": [now_is.model.kind],
            "model_digest": [model_digest(now_is.model.parameters)],
            "seed": [seed],
            "thinned_to": [random.share if isinstance(random, RandomPlan) else 1.0],
            "kept": [list(random.kept) if isinstance(random, RandomPlan) else []],
            "written_by": [__version__],
            "fatigue_minor": [FATIGUE_MINOR],
            "actions": [[action.key for action in now_is.actions]],
            "offers": [[offer.offer_id for offer in now_is.offers]],
            "offer_of": [inputs.offer_of.tolist()],
            "promise": [inputs.promise.tolist()],
            "units": [inputs.units.tolist()],
            "money": [inputs.money],
            "floor": [inputs.floor],
            "usual": [inputs.usual[0]],
            "everybody": [inputs.everybody],
            "purses": [[purse.account for purse in inputs.purses]],
            "purse_money": [[int(purse.money) for purse in inputs.purses]],
            "purse_promise": [[purse.promise.tolist() for purse in inputs.purses]],
        },
        schema_overrides=_PURSES,
    )


def _rows(
    contexts: pl.DataFrame, inputs: WeekInputs, ids: Sequence[str], plans: Mapping[str, ArmPlan]
) -> pl.DataFrame:
    """One row per shopper to decide, in order: id, arm, favoured column, fingerprint."""
    favoured = np.full(len(ids), -1, dtype=np.int64)
    for arm, plan in plans.items():
        own = inputs.rows(arm)
        if isinstance(plan, PolicyPlan):
            favoured[own] = plan.choice[own]
        elif isinstance(plan, UsualPlan):
            favoured[own] = np.where(plan.sent[own], plan.column[own], -1)
    mine = [ids[row] for row in inputs.todo]
    digests = row_digests(contexts)
    return pl.DataFrame(
        {
            "decision_id": mine,
            "arm": inputs.arms[inputs.todo].tolist(),
            "favoured": favoured[inputs.todo],
            "digest": [digests.get(name, "") for name in mine],
        }
    )


def _fingerprint(common: pl.DataFrame, rows: pl.DataFrame) -> str:
    first = json.dumps(common.to_dicts(), sort_keys=True, default=str)
    seen = "".join(rows["decision_id"]) + "".join(rows["digest"])
    return _digest(first.encode() + seen.encode() + rows["favoured"].to_numpy().tobytes())[:8]


def _digest(raw: bytes) -> str:
    return hashlib.blake2b(raw, digest_size=16).hexdigest()
