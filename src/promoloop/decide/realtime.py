"""One shopper now: the best action at today's prices that the ledger lets us promise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike

from promoloop.core import RefusedError
from promoloop.decide.pacing import PacingController
from promoloop.decide.ports import BudgetLedger, Reservation

__all__ = ["Promise", "decide_now"]


@dataclass(frozen=True, slots=True)
class Promise:
    """The column one shopper was promised, -1 for nothing, and those the ledger refused."""

    column: int
    refused: tuple[int, ...] = ()


def decide_now(
    controller: PacingController,
    ledger: BudgetLedger,
    account: str,
    shopper: tuple[ArrayLike, ArrayLike],
    promised: Callable[[int], Reservation],
    elapsed: float,
) -> Promise:
    """Reserve the best action the prices and the ledger allow; the next best if it refuses.

    The prices steer, the ledger's atomic reservation decides: however many threads or processes
    ask at once, and whatever the prices say, no budget and no stock is overspent.

    Parameters
    ----------
    controller, ledger, account
        Whose prices, and where the money and the stock are kept.
    shopper : values (k,) and costs (k,) or (d, k)
        An action that this shopper may not get has the value 0.
    promised : callable
        The reservation that an action takes, by its column.
    elapsed : float
        Share of the day gone, in [0, 1].
    """
    value, costs = shopper
    refused: list[int] = []
    chosen = -1
    for column in controller.rank(value, costs):
        if _reserved(ledger, account, [promised(column)]):
            controller.took(column, costs)
            chosen = column
            break
        refused.append(column)
    controller.arrived(elapsed, value, costs)
    return Promise(chosen, tuple(refused))


def _reserved(ledger: BudgetLedger, account: str, wanted: Sequence[Reservation]) -> bool:
    try:
        ledger.reserve(account, wanted)
    except RefusedError:
        return False
    return True
