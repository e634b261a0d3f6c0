"""``promoloop deliveries``: messages in doubt, and what became of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from promoloop.cli.console import Told
from promoloop.cli.options import common_options, moment, now_option, run
from promoloop.cli.progress import Bars
from promoloop.core import InvalidError

if TYPE_CHECKING:
    from promoloop.bootstrap import Shop

__all__ = ["deliveries"]

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(epilog="\b\nExample:\n  promoloop deliveries list")
def deliveries() -> None:
    """Look after messages whose worker was killed while it sent them."""


@deliveries.command("list", epilog="\b\nExample:\n  promoloop deliveries list")
@now_option
@common_options
def list_(now_text: str, config: Path, as_json: bool) -> None:
    """List messages in doubt: they may have left or not."""

    def work(shop: Shop, _: Bars) -> object:
        rows = [
            {
                "key": one.message.dedupe_key,
                "message_id": one.message_id,
                "channel": one.message.channel,
                "campaign": one.message.campaign_id,
                "began": None if one.message.sent_at is None else one.message.sent_at.isoformat(),
                "reason": one.message.reason,
            }
            for one in shop.doubts(moment(now_text))
        ]
        if as_json:
            return {"unknown": rows, "count": len(rows), "states": dict(shop.house.outbox.counts())}
        lines = [
            f"{row['key']}  {row['channel']}  {row['began']}  {row['message_id']}" for row in rows
        ]
        return Told("\n".join(lines) or "No message is in doubt.")

    run(config, work, as_json=as_json)


@deliveries.command(
    "reconcile",
    epilog="\b\nExamples:\n  promoloop deliveries reconcile --log taken.txt"
    " --complete-until 2026-11-22T12:00:00Z\n"
    "  promoloop deliveries reconcile --sent KEY\n"
    "  promoloop deliveries reconcile --resend KEY",
)
@click.option(
    "--log", type=_FILE, help="The provider's log: a file with the Message-ID of all it took."
)
@click.option(
    "--complete-until",
    default="",
    help="The log names everything taken before this moment: what it does not name goes out now.",
)
@click.option("--sent", multiple=True, help="Key of a message that did leave.")
@click.option("--failed", multiple=True, help="Key of a message that will never arrive.")
@click.option("--resend", multiple=True, help="Key of a message that surely never left.")
@now_option
@common_options
def reconcile(
    log: Path | None,
    complete_until: str,
    sent: tuple[str, ...],
    failed: tuple[str, ...],
    resend: tuple[str, ...],
    now_text: str,
    config: Path,
    as_json: bool,
) -> None:
    """Say what became of messages in doubt, by the provider's log or by hand."""

    def work(shop: Shop, _: Bars) -> object:
        now = moment(now_text)
        if log is None and not (sent or failed or resend):
            raise InvalidError(
                "reconciling messages", "nothing is said of any", "Give --log, or keys by --sent."
            )
        for said, keys in (("sent", sent), ("failed", failed), ("resend", resend)):
            if keys:
                shop.resolve_doubts(keys, said, "command line", now)
        taken = _ids_in(log) if log is not None else frozenset()
        until = moment(complete_until) if complete_until else None
        return shop.reconcile(taken, complete_until=until, now=now)

    run(config, work, as_json=as_json)


def _ids_in(path: Path) -> frozenset[str]:
    """Every Message-ID that stands in a log, whatever else does."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InvalidError(
            f"the log {path}", f"it cannot be read: {error.strerror}", "Name the provider's log."
        ) from error
    return frozenset(re.findall(r"<[^<>\s]+@[^<>\s]+>", text))
