"""``promoloop demo``: the whole loop on real shoppers, with simulated answers."""

from __future__ import annotations

from pathlib import Path

import click

from promoloop.cli.console import errors_as_exit_codes, show
from promoloop.cli.progress import Bars

__all__ = ["demo"]


@click.command(
    epilog="""\b
Examples:
  promoloop demo
  promoloop demo --simulated --out out/simulated
"""
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="out/demo",
    show_default=True,
    help="Folder for the report, the figures and sample mails.",
)
@click.option(
    "--simulated",
    is_flag=True,
    help="Start from simulated shoppers' history instead of the Complete Journey data.",
)
@click.option("--seed", default=7, show_default=True, help="Seed of everything drawn.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
def demo(out: Path, simulated: bool, seed: int, as_json: bool) -> None:
    """Run the whole loop on an example shop.

    History, copy, decisions, mail, answers, learning and a report. Shoppers' answers are simulated;
    what is simulated is marked in the report.
    """
    with errors_as_exit_codes(as_json=as_json):
        from promoloop.bootstrap import run_demo

        with Bars(quiet=as_json) as bars:
            paths, summary = run_demo(out, simulated=simulated, seed=seed, progress=bars)
        if as_json:
            show(summary, as_json=True)
            return
        click.echo(f"report    {paths.report}")
        click.echo(f"          {paths.report_zh}")
        click.echo(f"figures   {paths.summary}")
        click.echo(f"mails     {paths.mails}")
