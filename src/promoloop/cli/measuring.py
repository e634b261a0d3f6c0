"""``promoloop attribution`` and ``promoloop prices``: what messages brought, what may be said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from promoloop.cli.console import as_figures
from promoloop.cli.options import common_options, moment, now_option, run
from promoloop.cli.progress import Bars

if TYPE_CHECKING:
    from promoloop.bootstrap import Shop

__all__ = ["attribution", "prices"]


@click.command(epilog="\b\nExample:\n  promoloop attribution spring-2026")
@click.argument("campaign")
@now_option
@common_options
def attribution(campaign: str, now_text: str, config: Path, as_json: bool) -> None:
    """Say what CAMPAIGN brought by last touch and by its holdout, side by side.

    Last touch counts whoever would have bought anyway; the difference to the holdout does not.
    """

    def work(shop: Shop, _: Bars) -> object:
        found = shop.attribution(campaign, moment(now_text))
        arms = {one.arm: as_figures(one) for one in found.arms}
        return {"campaign": campaign, "weeks": found.weeks, "arms": arms}

    run(config, work, as_json=as_json)


@click.command(epilog="\b\nExample:\n  promoloop prices coffee-25")
@click.argument("offer")
@now_option
@common_options
def prices(offer: str, now_text: str, config: Path, as_json: bool) -> None:
    """Check whether the price history supports what OFFER announces, by the market's law.

    Lists the products whose prices do not; an empty list where all do, or no law asks.
    """

    def work(shop: Shop, _: Bars) -> object:
        claims = shop.price_claims(offer, moment(now_text))
        return {
            "offer": offer,
            "supported": not claims,
            "refused": [as_figures(one) for one in claims],
        }

    run(config, work, as_json=as_json)
