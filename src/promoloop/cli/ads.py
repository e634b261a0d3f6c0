"""``promoloop ads``: audiences and creatives for ad platforms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from promoloop.cli.options import common_options, moment, now_option, run
from promoloop.cli.progress import Bars

if TYPE_CHECKING:
    from promoloop.bootstrap import Shop

__all__ = ["ads"]


@click.group()
def ads() -> None:
    """Audiences and creatives for ad platforms, as files."""


@ads.command(
    "export",
    epilog="""\b
Examples:
  promoloop ads export spring-2026 --platform google --out ads-google
  promoloop ads export spring-2026 --platform meta --out meta.zip --size 1080x1080
""",
)
@click.argument("campaign")
@click.option("--platform", required=True, help="google or meta.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="A new folder, or a name that ends in .zip.",
)
@click.option("--size", "sizes", multiple=True, help="Such as 1200x628; repeat it. Default: all.")
@click.option("--no-pictures", is_flag=True, help="Texts only; needs no extra.")
@now_option
@common_options
def export(
    campaign: str,
    platform: str,
    out: Path,
    sizes: tuple[str, ...],
    no_pictures: bool,
    now_text: str,
    config: Path,
    as_json: bool,
) -> None:
    """Write audience.csv, creatives.csv and pictures for CAMPAIGN.

    The audience holds SHA-256 hashes of addresses and telephone numbers, of shoppers who agreed to
    the channel `ads`, without those in a holdout. The files appear whole or not at all.
    """

    def work(shop: Shop, bars: Bars) -> object:
        from promoloop.bootstrap.ads import AdsOrder

        order = AdsOrder(campaign, platform, out, not no_pictures, sizes)
        return shop.export_ads(order, moment(now_text), bars)

    run(config, work, as_json=as_json)
