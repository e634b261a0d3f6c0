"""``promoloop renew``: losers retired, worn texts rested, children of the best put to review."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from promoloop.cli.console import as_figures
from promoloop.cli.options import common_options, moment, now_option, run
from promoloop.cli.progress import Bars

if TYPE_CHECKING:
    from promoloop.bootstrap import Shop

__all__ = ["renew"]

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(
    epilog="""\b
Examples:
  promoloop renew spring-2026 --plan
  promoloop renew spring-2026 --preferences preferences.jsonl
"""
)
@click.argument("campaign")
@click.option("--plan", "only_plan", is_flag=True, help="Say what it would do, and do nothing.")
@click.option(
    "--preferences", type=_FILE, help="Write what each text earned, for `promoloop tune`."
)
@click.option("--seed", default=0, show_default=True, help="Another seed, other children.")
@now_option
@common_options
def renew(
    campaign: str,
    only_plan: bool,
    preferences: Path | None,
    seed: int,
    now_text: str,
    config: Path,
    as_json: bool,
) -> None:
    """Renew the texts of CAMPAIGN with what its messages have earned.

    Texts that clearly earn less than another of their place are retired, worn ones rest, and the
    best get children, which are proven and put up for review. The last text of a place always
    stays. Run again for the same weeks it changes nothing.
    """

    def work(shop: Shop, bars: Bars) -> object:
        from promoloop.bootstrap import forecast_renewal, renew_texts, write_preferences

        if only_plan:
            return forecast_renewal(shop, campaign, moment(now_text))
        report = renew_texts(shop, campaign, moment(now_text), seed, bars)
        if preferences is None:
            return report
        written = write_preferences(shop, campaign, preferences, moment(now_text))
        return {**as_figures(report), **written}

    run(config, work, as_json=as_json)
