"""``promoloop erase`` and ``promoloop export-person``: what people may ask of a shop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from promoloop.cli.console import Told
from promoloop.cli.options import common_options, moment, now_option, run
from promoloop.cli.progress import Bars
from promoloop.core import InvalidError

if TYPE_CHECKING:
    from promoloop.bootstrap import Shop

__all__ = ["erase", "export_person"]

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(
    epilog="\b\nExamples:\n  promoloop erase 42 --receipt receipt.json\n"
    "  promoloop erase --resume\n  promoloop erase --check receipt.json"
)
@click.argument("shopper", required=False)
@click.option("--receipt", type=_FILE, help="Write the signed receipt to this file.")
@click.option("--resume", is_flag=True, help="Take up erasures that were cut off.")
@click.option("--check", type=_FILE, help="Say whether a receipt is one of this shop, unchanged.")
@now_option
@common_options
def erase(
    shopper: str | None,
    receipt: Path | None,
    resume: bool,
    check: Path | None,
    now_text: str,
    config: Path,
    as_json: bool,
) -> None:
    """Erase everything held on SHOPPER, and sign for it.

    Orders stay as money that names nobody, the address as a digest that is never written to.
    Cut off at any moment, the same command takes it up.
    """

    def work(shop: Shop, _: Bars) -> object:
        from promoloop.flows.privacy.erasing import receipt_json

        if check is not None:
            return {"valid": shop.is_our_receipt(_read(check))}
        if resume:
            found = shop.resume_erasures(moment(now_text))
            return {"finished": len(found), "receipts": [receipt_json(one) for one in found]}
        if not shopper:
            raise InvalidError("erasing a shopper", "none is named", "Write promoloop erase ID.")
        made = receipt_json(shop.erase_person(shopper, moment(now_text)))
        if receipt is not None:
            receipt.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
        return made

    run(config, work, as_json=as_json)


@click.command(
    "export-person", epilog="\b\nExample:\n  promoloop export-person 42 --out shopper.json"
)
@click.argument("shopper")
@click.option("--out", type=_FILE, help="Write to this file instead of the screen.")
@now_option
@common_options
def export_person(
    shopper: str, out: Path | None, now_text: str, config: Path, as_json: bool
) -> None:
    """Write everything held on SHOPPER as JSON."""

    def work(shop: Shop, _: Bars) -> object:
        found = shop.export_person(shopper, moment(now_text))
        text = json.dumps(found, ensure_ascii=False, indent=2, default=str)
        if out is None:
            return found if as_json else Told(text)
        out.write_text(text + "\n", encoding="utf-8")
        return {"shopper": shopper, "file": str(out)}

    run(config, work, as_json=as_json)


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidError(
            f"the receipt {path}",
            f"it cannot be read: {error}",
            "Name the file that was handed out.",
        ) from error
