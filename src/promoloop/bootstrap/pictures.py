"""Pictures as files: PNG and SVG in a folder, with a page that shows them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from promoloop.backends.files import read_data
from promoloop.backends.pictures_pillow import PillowCanvas, PillowMeasure, read_image
from promoloop.bootstrap.files import make_folder, write_bytes, write_page
from promoloop.compose import (
    BrandColours,
    PictureLook,
    picture_sizes,
    picture_svg,
    requests_from_data,
)
from promoloop.core import InvalidError, RefusedError
from promoloop.flows.pictures import DrawnPicture, draw_pictures, picture_tasks
from promoloop.flows.ports import Progress, silent
from promoloop.settings import CONFIG_NAME, ShopSettings, load_settings

__all__ = ["FORMATS", "PictureOrder", "write_pictures"]

FORMATS = ("png", "svg")
"""The kinds of files that are written."""


@dataclass(frozen=True, slots=True)
class PictureOrder:
    """What is to be drawn, and where to.

    ``sizes`` by name, all known ones when empty. ``brand`` "" takes the shop's name where there
    is a configuration; ``image`` is a product image for all of them.
    """

    briefs: Path
    out: Path
    sizes: tuple[str, ...] = ()
    formats: tuple[str, ...] = FORMATS
    image: Path | None = None
    style: str = "auto"
    colours: BrandColours = field(default_factory=BrandColours)
    brand: str = ""
    config: Path = Path(CONFIG_NAME)


def write_pictures(order: PictureOrder, progress: Progress = silent) -> Mapping[str, object]:
    """Draw ``order`` into its folder; what the command line shows of it is returned.

    Everything that can be wrong with the input is found before the first file is written.

    Raises
    ------
    InvalidError
        A wrong briefs file, size, format, colour or image.
    RefusedError
        Nothing could be drawn.
    UnavailableError
        The extra ``pictures`` is not installed, or the folder cannot be written.
    """
    _check_formats(order.formats)
    sizes = picture_sizes(order.sizes)
    shop = _shop(order.config)
    locales = () if shop is None else shop.locales
    requests = requests_from_data(read_data(order.briefs), str(order.briefs), locales)
    measure, image = PillowMeasure(), read_image(order.image) if order.image else None
    canvas = PillowCanvas(image)
    look = PictureLook(
        colours=order.colours,
        brand=order.brand or (shop.name if shop else ""),
        image=image.size if image else None,
        style=order.style,
    )
    zone = shop.time_zone if shop else "UTC"
    tasks = picture_tasks(requests, look, zone, datetime.now(UTC).date())
    make_folder(order.out)
    found = []
    for drawn in draw_pictures(tasks, sizes, measure, canvas, progress):
        found.append(drawn)
        _write(drawn, order, canvas)
    if all(drawn.picture is None for drawn in found):
        raise RefusedError(
            f"the pictures for {order.briefs}", found[0].refused.rstrip("."), "No file was kept."
        )
    page = order.out / "index.html"
    write_page(page, _sheet(found, order.formats))
    return _figures(found, page)


def _shop(config: Path) -> ShopSettings | None:
    """The shop, where there is a configuration; one that was named must be there."""
    if str(config) == CONFIG_NAME and not config.is_file():
        return None
    return load_settings(config).shop


def _check_formats(formats: Sequence[str]) -> None:
    unknown = [one for one in formats if one not in FORMATS]
    if unknown or not formats:
        case = f"there is no {unknown[0]!r}" if unknown else "none is named"
        raise InvalidError("the picture formats", case, f"Use {', '.join(FORMATS)}.")


def _write(drawn: DrawnPicture, order: PictureOrder, canvas: PillowCanvas) -> None:
    if drawn.picture is None:
        return
    if "png" in order.formats:
        write_bytes(order.out / f"{drawn.name}.png", canvas.png(drawn.picture))
    if "svg" in order.formats:
        link = canvas.image_link(drawn.picture)
        write_page(order.out / f"{drawn.name}.svg", picture_svg(drawn.picture, link))


def _figures(found: Sequence[DrawnPicture], page: Path) -> Mapping[str, object]:
    kept = [drawn for drawn in found if drawn.picture is not None]
    refused = {drawn.name: drawn.refused for drawn in found if drawn.picture is None}
    left = {
        drawn.name: list(drawn.picture.left_out)
        for drawn in kept
        if drawn.picture is not None and drawn.picture.left_out
    }
    least = min(one.contrast for drawn in kept for one in drawn.legible)
    return {
        "pictures": len(kept),
        "page": str(page),
        "least_contrast": round(least, 2),
        "left_out": left,
        "refused": refused,
    }


def _sheet(found: Sequence[DrawnPicture], formats: Sequence[str]) -> str:
    """One page with every picture, its figures, and what could not be drawn."""
    cards = "\n".join(_card(drawn, formats) for drawn in found)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Pictures</title><style>
body {{ font: 14px/1.5 sans-serif; margin: 24px; background: #eee; color: #222; }}
main {{ display: flex; flex-wrap: wrap; gap: 24px; align-items: flex-start; }}
figure {{ margin: 0; max-width: 360px; }}
img {{ display: block; max-width: 100%; max-height: 480px; box-shadow: 0 1px 4px #0004; }}
figcaption {{ margin-top: 6px; overflow-wrap: anywhere; }}
.refused {{ border-left: 4px solid #b3402a; padding-left: 8px; }}
</style></head><body><h1>Pictures</h1><main>
{cards}
</main></body></html>
"""


def _card(drawn: DrawnPicture, formats: Sequence[str]) -> str:
    name = escape(drawn.name)
    if drawn.picture is None:
        return (
            f'<figure class="refused"><figcaption>{name}: not drawn. '
            f"{escape(drawn.refused)}</figcaption></figure>"
        )
    files = ", ".join(f'<a href="{name}.{one}">{one}</a>' for one in formats)
    least = min(one.contrast for one in drawn.legible)
    left = drawn.picture.left_out
    said = f"; without {escape(', '.join(left))}" if left else ""
    alt = escape(" ".join(box.text for box in drawn.picture.texts))
    return (
        f'<figure><img src="{name}.{formats[0]}" alt="{alt}"><figcaption>{name} ({files}): '
        f"{drawn.picture.layout}, least contrast {least:.1f}:1{said}</figcaption></figure>"
    )
