"""``promoloop review``: what waits to be read, and what a person decides about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from promoloop.cli.console import Told, as_figures
from promoloop.cli.options import common_options, moment, now_option, run
from promoloop.cli.progress import Bars
from promoloop.core import InvalidError

if TYPE_CHECKING:
    from promoloop.bootstrap import Shop
    from promoloop.flows.reviewing import ReviewPage, ReviewText, Wanted

__all__ = ["review"]

_F = TypeVar("_F", bound=Callable[..., Any])

_FILTERS = (
    ("--mark", "Only with this mark, e.g. near_limit."),
    ("--source", "Only by model or template."),
    ("--moment", "Only for this moment, e.g. cart."),
    ("--channel", "Only for this channel."),
    ("--locale", "Only in this locale."),
    ("--offer", "Only about this offer."),
)

_words = click.option(
    "--words", default="en-US", show_default=True, help="Language of the reasons, en or zh."
)
_state = click.option(
    "--state",
    default="in_review",
    show_default=True,
    help="draft, in_review, approved, retired or all.",
)


def _filters(command: _F) -> _F:
    for name, said in _FILTERS:
        command = click.option(name, default="", help=said)(command)
    return _state(command)


def _decided(command: _F) -> _F:
    """Who decides and why, which every change has."""
    command = click.option("--reason", default="", help="Why, kept with the decision.")(command)
    return click.option("--by", required=True, help="Your name, kept with the decision.")(command)


@click.group(
    invoke_without_command=True,
    epilog="""\b
Examples:
  promoloop review
  promoloop review show copy-0123456789abcdef
  promoloop review approve copy-0123456789abcdef --by Ana
  promoloop review edit copy-0123456789abcdef --part subject="{{reward}}" --by Ana
  promoloop review bulk approve --channel sms --mark near_limit --by Ana
""",
)
@_filters
@_words
@common_options
@click.pass_context
def review(ctx: click.Context, /, config: Path, as_json: bool, words: str, **asked: str) -> None:
    """Read texts before they are sent, and say which may go out.

    Without a command: what waits, with the reasons. Which texts wait is set under [review] in
    promoloop.toml; only approved texts are used in decisions and sent.
    """
    if ctx.invoked_subcommand is None:
        _list(config, words, asked, as_json=as_json)
        return
    given = [
        name
        for name in ctx.params
        if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(f"write the options after {ctx.invoked_subcommand!r}")


@review.command("list", epilog="\b\nExample:\n  promoloop review list --state approved --json")
@_filters
@_words
@common_options
def list_texts(config: Path, as_json: bool, words: str, **asked: str) -> None:
    """List texts: those that wait, or others by --state, and why somebody should look."""
    _list(config, words, asked, as_json=as_json)


def _list(config: Path, words: str, asked: Mapping[str, str], *, as_json: bool) -> None:
    def work(shop: Shop, _: Bars) -> object:
        from promoloop.flows.reviewing import in_review

        found = in_review(shop.house, _wanted(asked), words)
        if as_json:
            return {"texts": [as_figures(one) for one in found], "count": len(found)}
        return Told("\n".join(_line(one) for one in found) or "Nothing waits.")

    run(config, work, as_json=as_json)


def _wanted(asked: Mapping[str, str]) -> Wanted:
    from promoloop.flows.reviewing import Wanted

    return Wanted(**asked)


def _line(one: ReviewText) -> str:
    place = "/".join((one.offer_id, one.locale, one.channel, one.moment, one.variant))
    head = f"{one.copy_id}  {one.state.replace('_', ' ')}  {place}  {one.source}"
    return "\n".join([head, f"    {one.text}", *(f"    - {why}" for why in one.why)])


@review.command(epilog="\b\nExample:\n  promoloop review show copy-0123456789abcdef")
@click.argument("copy_id")
@_words
@common_options
def show(copy_id: str, words: str, config: Path, as_json: bool) -> None:
    """Show one text as a shopper reads it, what proves it, and who has decided what."""

    def work(shop: Shop, _: Bars) -> object:
        from promoloop.flows.reviewing import show_text

        page = show_text(shop.house, copy_id, words)
        return as_figures(page) if as_json else Told(_page(page))

    run(config, work, as_json=as_json)


def _page(page: ReviewPage) -> str:
    lines = [_line(page.text), ""]
    lines += [f"{name}: {text}" for name, text in page.reads.items()]
    lines += ["", *(f"{text!r} is proven by {proof}" for text, proof in page.proofs), ""]
    for step in page.steps:
        said = f" ({'; '.join(step.said)})" if step.said else ""
        state = step.state.replace("_", " ")
        lines.append(f"{step.at:%Y-%m-%d %H:%M} UTC  {state} by {step.by}{said}")
    return "\n".join(lines)


def _moving(verb: str, said: str) -> click.Command:
    """A command that moves the texts named: ``approve``, ``retire`` or ``recall``."""

    @click.command(
        verb, help=said, epilog=f"\b\nExample:\n  promoloop review {verb} copy-0123 --by Ana"
    )
    @click.argument("copy_ids", nargs=-1, required=True)
    @_decided
    @now_option
    @common_options
    def command(
        copy_ids: tuple[str, ...], by: str, reason: str, now_text: str, config: Path, as_json: bool
    ) -> None:
        def work(shop: Shop, _: Bars) -> object:
            return _move(shop, verb, copy_ids, by, now_text, reason)

        run(config, work, as_json=as_json)

    return command


def _move(
    shop: Shop, verb: str, copy_ids: Sequence[str], by: str, now_text: str, reason: str
) -> object:
    from promoloop.flows import reviewing

    moves = {
        "approve": reviewing.approve,
        "retire": reviewing.retire,
        "recall": reviewing.recall,
    }
    return moves[verb](shop.house, copy_ids, by, _at(now_text), reason)


def _at(now_text: str) -> datetime:
    return moment(now_text) or datetime.now(UTC)


review.add_command(_moving("approve", "Let the texts be sent; each is proven again before."))
review.add_command(_moving("retire", "Never use the texts again, queued messages included."))
review.add_command(_moving("recall", "Call approved texts back to be read again."))


@review.command(
    epilog='\b\nExample:\n  promoloop review edit copy-0123 --part subject="{{reward}}" --by Ana'
)
@click.argument("copy_id")
@click.option(
    "--part", "parts", multiple=True, required=True, help='A part and its new words: subject="…".'
)
@_decided
@now_option
@common_options
def edit(
    copy_id: str,
    parts: tuple[str, ...],
    by: str,
    reason: str,
    now_text: str,
    config: Path,
    as_json: bool,
) -> None:
    """Change words of a text. The changed text is a new one, proven anew, and waits in review.

    Figures, dates and codes stay slots such as {{reward}}. An edit that does not pass changes
    nothing, and the reasons are told.
    """

    def work(shop: Shop, _: Bars) -> object:
        from promoloop.flows import reviewing

        return reviewing.edit(shop.house, copy_id, _parts(parts), by, _at(now_text), reason)

    run(config, work, as_json=as_json)


def _parts(given: Sequence[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for one in given:
        name, equals, text = one.partition("=")
        if not equals or not name.strip() or not text.strip():
            raise InvalidError(
                f"--part {one}", "it is no part and text", 'Write it like subject="{{reward}}".'
            )
        if name.strip() in found:
            raise InvalidError(f"--part {one}", "this part is there twice", "Give it once.")
        found[name.strip()] = text
    return found


@review.command(
    epilog="\b\nExample:\n  promoloop review bulk approve --locale zh-CN --channel sms --by Ana"
)
@click.argument("verb", type=click.Choice(["approve", "retire", "recall"]))
@_filters
@click.option("--plan", is_flag=True, help="Only list what would be moved.")
@_decided
@now_option
@common_options
def bulk(
    verb: str,
    plan: bool,
    by: str,
    reason: str,
    now_text: str,
    config: Path,
    as_json: bool,
    **asked: str,
) -> None:
    """Approve, retire or recall all texts that fit: all of them, or none if one may not move."""

    def work(shop: Shop, _: Bars) -> object:
        from promoloop.flows.reviewing import in_review

        wanted = _wanted(asked)
        if not wanted.narrowed:
            raise InvalidError(
                f"promoloop review bulk {verb}",
                "no filter is given, so it would move everything",
                "Name an offer, locale, channel, moment, source or mark.",
            )
        if verb == "recall" and wanted.state == "in_review":
            wanted = replace(wanted, state="approved")
        ids = [one.copy_id for one in in_review(shop.house, wanted)]
        if plan or not ids:
            return {"would_move" if plan else "moved": ids, "count": len(ids)}
        return _move(shop, verb, ids, by, now_text, reason)

    run(config, work, as_json=as_json)
