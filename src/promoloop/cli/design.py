"""``promoloop design``: offers searched, staged as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from promoloop.cli.options import amount, common_options, moment, now_option, run
from promoloop.cli.progress import Bars

if TYPE_CHECKING:
    from promoloop.bootstrap import Shop

__all__ = ["design"]

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(
    epilog="\b\nExample:\n  promoloop design COFFEE --budget 2000 --weeks 6 --out staged.yaml"
)
@click.argument("group")
@click.option("--budget", required=True, help="What it may cost in all, e.g. 2000 or 1999.50.")
@click.option("--weeks", default=8, show_default=True, help="The longest it may run.")
@click.option("--offers", default=2, show_default=True, help="The most offers side by side.")
@click.option(
    "--caution", default=1.0, show_default=True, help="Standard deviations of doubt taken off."
)
@click.option("--seed", default=0, show_default=True, help="Seed of the search.")
@click.option(
    "--out", type=_FILE, default="staged.yaml", show_default=True, help="Where offers are staged."
)
@now_option
@common_options
def design(
    group: str,
    budget: str,
    weeks: int,
    offers: int,
    caution: float,
    seed: int,
    out: Path,
    now_text: str,
    config: Path,
    as_json: bool,
) -> None:
    """Design offers on the product GROUP, ready for an A/B test.

    Searches depth, thresholds, duration and mix for the most margin above no offer under the
    budget, and writes offers and a test campaign that `promoloop ingest` reads. It may conclude
    that no offer earns more than nothing; then nothing is written.
    """

    def work(shop: Shop, _: Bars) -> object:
        from promoloop.bootstrap import Wishes

        money = amount(budget, "--budget", shop.house.currency)
        wishes = Wishes(group, money, weeks, offers, caution, seed)
        return shop.design(wishes, out, moment(now_text))

    run(config, work, as_json=as_json)
