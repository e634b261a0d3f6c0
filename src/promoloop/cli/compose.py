"""``promoloop compose``: the texts of all offers, or of a file of briefs."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from promoloop.cli.console import errors_as_exit_codes, show
from promoloop.cli.options import common_options, moment, now_option, run
from promoloop.cli.progress import Bars
from promoloop.core import InvalidError
from promoloop.settings import CONFIG_NAME, Settings, load_settings

if TYPE_CHECKING:
    from promoloop.bootstrap import Shop

__all__ = ["compose"]

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(
    epilog="\b\nExamples:\n  promoloop compose --plan\n  promoloop compose --seed 7\n"
    "  promoloop compose --briefs briefs.yaml --out copy.jsonl"
)
@click.option("--briefs", type=_FILE, help="Write about the briefs in this YAML file instead.")
@click.option("--out", type=_FILE, help="Where the texts of --briefs go, as JSON lines.")
@click.option("--plan", is_flag=True, help="Say how much there is to do, and do nothing.")
@click.option(
    "--fresh",
    is_flag=True,
    help="Ask the model too; a person reads first.",
)
@click.option("--seed", default=0, show_default=True, help="Another seed, other proposals.")
@now_option
@common_options
def compose(
    briefs: Path | None,
    out: Path | None,
    plan: bool,
    fresh: bool,
    seed: int,
    now_text: str,
    config: Path,
    as_json: bool,
) -> None:
    """Write the texts of all offers.

    Each text is proven against its offer before it is kept. Hooks come from the approved bank, and
    with --fresh from the model about what the bank does not know.
    """
    if briefs is None:

        def work(shop: Shop, bars: Bars) -> object:
            if plan:
                return shop.plan_compose(fresh=fresh)
            return shop.compose(seed, moment(now_text), bars, fresh=fresh)

        run(config, work, as_json=as_json)
        return
    with errors_as_exit_codes(as_json=as_json), Bars(quiet=as_json) as bars:
        from promoloop.bootstrap import plan_briefs, write_briefs

        settings = _settings(config)
        if plan:
            show(plan_briefs(settings, briefs, fresh=fresh), as_json=as_json)
            return
        if out is None:
            raise InvalidError(
                f"promoloop compose --briefs {briefs}",
                "--out is not given",
                "Say where the texts go, or use --plan.",
            )
        now = moment(now_text) or datetime.now(UTC)
        report = write_briefs(settings, briefs, out, seed, now, fresh, bars)
        show(report, as_json=as_json)
        for row in report.bad_rows:
            click.echo(f"promoloop: {row}", err=True)
        if report.bad_rows:
            sys.exit(InvalidError.exit_code)


def _settings(config: Path) -> Settings:
    """The project's settings; a file of briefs can be written without a project too."""
    if str(config) == CONFIG_NAME and not config.exists():
        return Settings(Path())
    return load_settings(config)
