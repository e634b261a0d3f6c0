"""``promoloop tune``: the small model taught to write the shop's lines."""

from __future__ import annotations

from pathlib import Path

import click

from promoloop.cli.console import errors_as_exit_codes, show

__all__ = ["tune"]


@click.command(
    epilog="""\b
Examples:
  promoloop tune --out out/adapter
  promoloop tune --out out/adapter --epochs 6 --minutes-limit 20
  promoloop tune --dry-run
  promoloop tune --preferences feedback.jsonl --out out/candidate
"""
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="out/adapter",
    show_default=True,
    help="Folder for adapter, checkpoint and training record.",
)
@click.option("--epochs", default=3, show_default=True, help="How often each line is read.")
@click.option("--rank", default=16, show_default=True, help="Rank of the adapter.")
@click.option("--seed", default=0, show_default=True, help="Seed of orders and first weights.")
@click.option(
    "--minutes-limit", default=0.0, help="CPU minutes after which no new epoch begins; 0 is none."
)
@click.option(
    "--preferences",
    type=click.Path(path_type=Path, dir_okay=False),
    help="JSON lines of feedback: start from the shipped adapter and learn what earned more.",
)
@click.option("--dry-run", is_flag=True, help="Say what it would take, and train nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def tune(
    out: Path,
    epochs: int,
    rank: int,
    seed: int,
    minutes_limit: float,
    preferences: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Tune the packaged language model on the lines that ship.

    Needs the extra `learn`. The run may be killed at any time: the same command goes on from the
    last whole epoch.
    """
    with errors_as_exit_codes(as_json=as_json):
        from promoloop.bootstrap import tuning

        def told(epoch: dict[str, float]) -> None:
            if not as_json:
                click.echo(", ".join(f"{name.replace('_', ' ')} {epoch[name]:g}" for name in epoch))

        plan = tuning.SupervisedPlan(epochs=epochs, rank=rank, seed=seed, minutes=minutes_limit)
        if dry_run:
            found = tuning.tuning_forecast(plan)
        elif preferences is None:
            found = tuning.tune_hooks(out, plan, told)
        else:
            wishes = tuning.PreferencePlan(epochs=epochs, seed=seed)
            found = tuning.prefer_hooks(out, preferences, wishes, told)
        show(found, as_json=as_json)
