"""Every command: one function each, thin over ``promoloop.bootstrap.Shop``.

The engine is loaded by the command that needs it, so that ``--help`` answers at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from promoloop import __version__
from promoloop.cli.ads import ads
from promoloop.cli.compose import compose
from promoloop.cli.console import Told, as_figures, errors_as_exit_codes, show
from promoloop.cli.deliveries import deliveries
from promoloop.cli.demo import demo
from promoloop.cli.design import design
from promoloop.cli.measuring import attribution, prices
from promoloop.cli.options import common_options, moment, now_option, run
from promoloop.cli.people import erase, export_person
from promoloop.cli.pictures import pictures
from promoloop.cli.progress import Bars
from promoloop.cli.renew import renew
from promoloop.cli.review import review
from promoloop.cli.serve import keys, serve
from promoloop.cli.staff import console
from promoloop.cli.tune import tune
from promoloop.core import InvalidError, UnavailableError

if TYPE_CHECKING:
    from promoloop.bootstrap import Shop

__all__ = ["main"]

_FILE = click.Path(path_type=Path, dir_okay=False)

EXAMPLE = """
\b
Example:
  promoloop init
  promoloop ingest events.jsonl --catalog products.csv --offers offers.yaml \\
                   --campaign campaign.yaml
  promoloop learn
  promoloop compose
  promoloop decide spring-2026
  promoloop deliver
  promoloop report spring-2026
"""

EXIT_CODES = """
\b
Exit codes: 0 done, 2 the input is wrong, 3 a rule refuses, 4 something is unavailable
(retry later), 130 stopped by Ctrl-C. Every command can be run again at any time.
"""


class _InOrder(click.Group):
    """A group that lists its commands in the order in which they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)


@click.group(cls=_InOrder, epilog=EXAMPLE + EXIT_CODES, context_settings={"max_content_width": 100})
@click.version_option(__version__, prog_name="promoloop")
def main() -> None:
    """Personalised promotions that earn more than they cost."""


@main.command(epilog="\b\nExample:\n  promoloop init my-shop")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def init(folder: Path, as_json: bool) -> None:
    """Write a starter promoloop.toml into FOLDER."""
    with errors_as_exit_codes(as_json=as_json):
        from promoloop.bootstrap import init_shop

        show({"configuration": str(init_shop(folder))}, as_json=as_json)


@main.command(
    epilog="""\b
Examples:
  promoloop ingest events.jsonl --catalog products.csv --offers offers.yaml
  promoloop ingest orders.csv --campaign campaign.yaml
  promoloop ingest --source completejourney
"""
)
@click.argument("events", type=_FILE, required=False)
@click.option("--catalog", type=_FILE, help="CSV of products.")
@click.option("--offers", type=_FILE, help="YAML of offers.")
@click.option("--campaign", type=_FILE, help="YAML of one campaign; its offers must be known.")
@click.option("--source", "source_name", help="A source plug-in instead of a file.")
@common_options
def ingest(
    events: Path | None,
    catalog: Path | None,
    offers: Path | None,
    campaign: Path | None,
    source_name: str | None,
    config: Path,
    as_json: bool,
) -> None:
    """Read EVENTS, products, offers and a campaign.

    EVENTS is a file of Segment shapes: .jsonl, .csv (each also .gz) or .parquet. Rows that are
    malformed go to quarantine.jsonl with the reason and the line number. Reading the same file
    again changes nothing.
    """
    given = {"EVENTS": events, "--source": source_name, "--campaign": campaign}
    beside = {"--catalog": catalog, "--offers": offers}

    def work(shop: Shop, bars: Bars) -> object:
        from promoloop.bootstrap import campaign_in, source_named

        _check_inputs(given, beside)
        if campaign is not None:
            # A campaign file that is wrong by itself stops before anything is read.
            campaign_in(campaign)
        report: object = {}
        if events is not None:
            report = shop.ingest(events, catalog, offers, bars)
        elif source_name is not None:
            report = shop.ingest_source(source_named(source_name), bars)
        if campaign is not None:
            return {**as_figures(report), "campaign": shop.add_campaign(campaign)}
        return report

    run(config, work, as_json=as_json)


def _check_inputs(given: Mapping[str, object], beside: Mapping[str, object]) -> None:
    """Refuse combinations in which something that was given would not be read."""
    if all(value is None for value in given.values()):
        raise InvalidError(
            "promoloop ingest",
            "neither EVENTS nor --source nor --campaign was given",
            "Name what to read; see promoloop ingest --help.",
        )
    if given["EVENTS"] is not None and given["--source"] is not None:
        raise InvalidError(
            "promoloop ingest", "EVENTS and --source are both given", "Give one of them."
        )
    for name, value in beside.items():
        if value is not None and given["EVENTS"] is None:
            raise InvalidError(
                f"promoloop ingest {name} {value}",
                f"{name} is read beside EVENTS, and EVENTS is not given",
                "Name the file of events too; what was read before is not read twice.",
            )


@main.command(epilog="\b\nExample:\n  promoloop learn --now 2026-11-30T00:00:00Z")
@now_option
@common_options
def learn(now_text: str, config: Path, as_json: bool) -> None:
    """Fold history into profiles, baselines and models."""
    run(config, lambda shop, bars: shop.learn(moment(now_text), bars), as_json=as_json)


main.add_command(compose)


@main.command(epilog="\b\nExample:\n  promoloop decide spring-2026 --seed 7")
@click.argument("campaign")
@click.option("--seed", default=0, show_default=True, help="Seed of the exploration's draws.")
@now_option
@common_options
def decide(campaign: str, seed: int, now_text: str, config: Path, as_json: bool) -> None:
    """Decide who gets what in CAMPAIGN's current week.

    For everybody: which offer, through which channel, when and in which words, or nothing.
    """

    def work(shop: Shop, bars: Bars) -> object:
        return shop.decide(campaign, moment(now_text), seed, bars)

    run(config, work, as_json=as_json)


@main.command(epilog="\b\nExample:\n  PROMOLOOP_SIGNING_KEY=... promoloop deliver")
@now_option
@common_options
def deliver(now_text: str, config: Path, as_json: bool) -> None:
    """Send every message that is due.

    When a channel such as the mail server is away, its messages stay queued and go out with a later
    run; if nothing at all could be sent for that reason, the exit code is 4.
    """

    def work(shop: Shop, bars: Bars) -> object:
        report = shop.deliver(moment(now_text), bars)
        for channel, said in report.away.items():
            away = _away(channel, said, report.retry)
            if not report.sent:
                raise away
            click.echo(f"promoloop: {away}", err=True)
        return report

    run(config, work, as_json=as_json)


def _away(channel: str, said: str, waiting: int) -> UnavailableError:
    remedy = "Wait until it is back"
    if channel == "email":
        remedy = "Start the mail server or correct [mail] in promoloop.toml"
    return UnavailableError(
        f"sending by {channel}",
        f"the channel took nothing ({said}); {waiting} messages stay queued",
        f"{remedy}, then run `promoloop deliver` again; waiting grows from 5 minutes to 8 hours.",
    )


@main.command(
    epilog="""\b
Examples:
  promoloop explain 0191f0c5c4000b3c... --locale zh-CN
  promoloop explain 0191f0c5c4000b3c... --replay
"""
)
@click.argument("decision_id")
@click.option("--locale", default="en-US", show_default=True, help="Language of the reasons.")
@click.option(
    "--replay", "again", is_flag=True, help="Make the decision again and compare it to the bit."
)
@common_options
def explain(decision_id: str, locale: str, again: bool, config: Path, as_json: bool) -> None:
    """Say in plain words why DECISION_ID was decided so.

    What speaks for and against it and against the next best, with the money each reason is worth,
    the prices in force, what was not possible and why, and how it was drawn. --json adds every
    feature's exact part of the log odds.
    """

    def work(shop: Shop, _: Bars) -> object:
        why = shop.explain(decision_id, locale)
        replayed = shop.replay(decision_id) if again else None
        if not as_json:
            return Told(why.text() + (f"\n\n{replayed.text(locale)}" if replayed else ""))
        figures = {"why": why.text(), **as_figures(why)}
        return {**figures, "replay": as_figures(replayed)} if replayed else figures

    run(config, work, as_json=as_json)


@main.command(epilog="\b\nExample:\n  promoloop resume spring-2026")
@click.argument("campaign")
@now_option
@common_options
def resume(campaign: str, now_text: str, config: Path, as_json: bool) -> None:
    """Let CAMPAIGN run on after one of its guardrails has paused it.

    Its messages are sent again, and its guardrails count anew from now on.
    """

    def work(shop: Shop, _: Bars) -> object:
        lifted = shop.resume(campaign, moment(now_text))
        return {"campaign": campaign, "resumed_at": lifted.at.isoformat(), "was": lifted.reason}

    run(config, work, as_json=as_json)


@main.command(epilog="\b\nExample:\n  promoloop size spring-2026 --lift 5%")
@click.argument("campaign")
@click.option(
    "--lift", required=True, help="Wished: 5%, or 12 for 12 minor units per shopper and week."
)
@click.option("--against", default="holdout", show_default=True, help="The arm to compare with.")
@click.option("--power", default=0.8, show_default=True, help="Chance to find it if it is there.")
@now_option
@common_options
def size(
    campaign: str,
    lift: str,
    against: str,
    power: float,
    now_text: str,
    config: Path,
    as_json: bool,
) -> None:
    """How many shoppers CAMPAIGN needs to show a wished lift, from the shop's own history.

    Run it before the campaign starts. It also says the smallest lift that the audience there is
    can show.
    """

    def work(shop: Shop, _: Bars) -> object:
        return shop.size(campaign, lift, moment(now_text), against, power)

    run(config, work, as_json=as_json)


@main.command(epilog="\b\nExample:\n  promoloop uplift spring-2026 --locale zh-CN")
@click.argument("campaign")
@click.option("--locale", default="en-US", show_default=True, help="Language of the text.")
@click.option("--seed", default=0, show_default=True, help="Of the folds and bootstrap draws.")
@now_option
@common_options
def uplift(
    campaign: str, locale: str, seed: int, now_text: str, config: Path, as_json: bool
) -> None:
    """Say whom CAMPAIGN moves, and whether to personalise.

    Each arm is held against the holdout over the closed weeks. The verdict is to personalise, to
    treat all alike, or to send nothing; personalising must be shown to earn more than that.
    """

    def work(shop: Shop, _: Bars) -> object:
        from promoloop.flows.measuring.uplift_text import uplift_text

        found = shop.uplift(campaign, moment(now_text), seed)
        return found if as_json else Told(uplift_text(found, locale))

    run(config, work, as_json=as_json)


@main.command(epilog="\b\nExample:\n  promoloop report spring-2026 --out report.html")
@click.argument("campaign")
@click.option(
    "--out",
    type=_FILE,
    default="report.html",
    show_default=True,
    help="The page in English; the Chinese one is written beside it.",
)
@now_option
@common_options
def report(campaign: str, out: Path, now_text: str, config: Path, as_json: bool) -> None:
    """Write CAMPAIGN's report, in English and Chinese.

    Each is one page that needs no other file.
    """

    def work(shop: Shop, bars: Bars) -> object:
        pages = shop.report(campaign, out, moment(now_text), bars)
        sides, limits = _sides(shop, campaign, now_text), _limits(shop, campaign, now_text)
        return {"report": [str(page) for page in pages], **sides, **limits}

    run(config, work, as_json=as_json)


def _limits(shop: Shop, campaign: str, now_text: str) -> Mapping[str, object]:
    """The campaign's guardrails, and what all campaigns bring; nothing where there are none."""
    found: dict[str, object] = {}
    checks = shop.guardrails(campaign, moment(now_text))
    if checks:
        found["guardrails"] = [check.reason for check in checks]
        found["paused"] = shop.paused(campaign)
    together = shop.overall(moment(now_text))
    if together is not None:
        found["overall"] = as_figures(together)
    return found


def _sides(shop: Shop, campaign: str, now_text: str) -> Mapping[str, object]:
    """Who pays, by name; nothing where the shop pays alone and keeps to its budget."""
    sides = shop.sides(campaign, moment(now_text))
    if len(sides) < 2 and not any(
        one.over_minor or one.late_minor or one.unpromised_minor for one in sides
    ):
        return {}
    return {"sides": [as_figures(one) for one in sides]}


main.add_command(review)
main.add_command(renew)
main.add_command(design)
main.add_command(pictures)
main.add_command(ads)
main.add_command(deliveries)
main.add_command(export_person)
main.add_command(erase)
main.add_command(console)
main.add_command(tune)
main.add_command(demo)
main.add_command(serve)
main.add_command(keys)
main.add_command(attribution)
main.add_command(prices)
