"""``promoloop pictures``: verified text as ad pictures."""

from __future__ import annotations

from pathlib import Path

import click

from promoloop.cli.console import errors_as_exit_codes, show
from promoloop.cli.options import common_options
from promoloop.cli.progress import Bars

__all__ = ["pictures"]

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(
    epilog="""\b
Examples:
  promoloop pictures --briefs briefs.yaml --out pictures
  promoloop pictures --briefs briefs.yaml --out pictures --size 1200x628 --image mug.jpg
"""
)
@click.option("--briefs", type=_FILE, required=True, help="YAML of offers and briefs.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="pictures",
    show_default=True,
    help="Folder for the files and index.html, which shows them all.",
)
@click.option(
    "--size",
    "sizes",
    multiple=True,
    help="Such as 1200x628; repeat it. Default: all that are known.",
)
@click.option("--image", type=_FILE, help="A product image: PNG, JPEG or WebP.")
@click.option(
    "--style",
    default="auto",
    show_default=True,
    help="auto or panel: image beside the text; overlay: behind it.",
)
@click.option("--format", "formats", default="png,svg", show_default=True, help="Kinds of files.")
@click.option("--background", default="#f5efe4", show_default=True, help="Brand colour behind.")
@click.option("--accent", default="#b3402a", show_default=True, help="Brand colour of the button.")
@click.option("--ink", default="", help="Colour of the text. Default: black or white.")
@click.option("--brand", default="", help="Name to draw. Default: the configured shop's, if any.")
@common_options
def pictures(
    briefs: Path,
    out: Path,
    sizes: tuple[str, ...],
    formats: str,
    config: Path,
    as_json: bool,
    **look: str | Path | None,
) -> None:
    """Draw ad pictures for the offers in a briefs file.

    Only proven texts are drawn, and only where they can be read: the contrast with the pixels
    behind each line is measured. Needs the extra `pictures`; works without a configuration.
    """
    with errors_as_exit_codes(as_json=as_json):
        from promoloop.bootstrap.pictures import PictureOrder, write_pictures
        from promoloop.compose import BrandColours

        image = look["image"]
        order = PictureOrder(
            briefs=briefs,
            out=out,
            sizes=sizes,
            formats=tuple(filter(None, (one.strip().lower() for one in formats.split(",")))),
            image=Path(image) if image else None,
            style=str(look["style"]),
            colours=BrandColours(*(str(look[name]) for name in ("background", "accent", "ink"))),
            brand=str(look["brand"]),
            config=config,
        )
        with Bars(quiet=as_json) as bars:
            figures = write_pictures(order, bars)
        show(figures, as_json=as_json)
