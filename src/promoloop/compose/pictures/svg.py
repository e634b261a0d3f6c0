"""A picture as SVG: the texts stay texts, with every line held to its width."""

from __future__ import annotations

import json
from html import escape

from promoloop.compose.pictures.records import Colour, ImageBox, Picture, Rect, TextBox
from promoloop.compose.pictures.sizes import font_families

__all__ = ["picture_svg"]


def picture_svg(picture: Picture, image_link: str = "") -> str:
    """The SVG file of ``picture``; ``image_link`` is the product image as a ``data:`` address.

    Every text carries its role in ``data-role``; its ``tspan`` lines joined are the verified
    text. ``textLength`` holds each line to the width it was laid out with, so that a viewer with
    another font draws nothing outside its place.
    """
    width, height = picture.size.width, picture.size.height
    defs, shapes = [], [_rect(Rect("background", 0, 0, width, height, picture.background), "")]
    if picture.image is not None and image_link:
        shapes.append(_image(picture.image, image_link))
    for at, rect in enumerate(picture.rects):
        fill = f"fade{at}" if rect.fade else ""
        defs += [_fade(rect, fill)] if fill else []
        shapes.append(_rect(rect, fill))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" lang="{escape(picture.locale)}" '
            f'font-family="{escape(font_families(picture.locale))}">',
            *_metadata(picture),
            *(["<defs>", *defs, "</defs>"] if defs else []),
            *shapes,
            *(_text(box) for box in picture.texts),
            "</svg>",
            "",
        ]
    )


def _metadata(picture: Picture) -> list[str]:
    if not picture.marks:
        return []
    return [f"<metadata>{escape(json.dumps(dict(picture.marks), ensure_ascii=False))}</metadata>"]


def _rect(rect: Rect, fade: str) -> str:
    fill = f"url(#{fade})" if fade else _hex(rect.fill)
    alpha = f' fill-opacity="{rect.alpha:g}"' if rect.alpha < 1 and not fade else ""
    radius = f' rx="{rect.radius:.1f}"' if rect.radius else ""
    return (
        f'<rect x="{rect.x:.1f}" y="{rect.y:.1f}" width="{rect.width:.1f}" '
        f'height="{rect.height:.1f}"{radius} fill="{fill}"{alpha}/>'
    )


def _fade(rect: Rect, name: str) -> str:
    across = (
        'x1="0" y1="0" x2="1" y2="0"' if rect.fade == "right" else 'x1="0" y1="1" x2="0" y2="0"'
    )
    colour = _hex(rect.fill)
    return (
        f'<linearGradient id="{name}" {across}>'
        f'<stop offset="0" stop-color="{colour}" stop-opacity="{rect.alpha:g}"/>'
        f'<stop offset="1" stop-color="{colour}" stop-opacity="0"/></linearGradient>'
    )


def _image(box: ImageBox, link: str) -> str:
    return (
        f'<image x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" '
        f'preserveAspectRatio="xMidYMid slice" href="{escape(link)}"/>'
    )


def _text(box: TextBox) -> str:
    weight = ' font-weight="700"' if box.bold else ""
    lines = "".join(
        f'<tspan x="{left:.2f}" y="{baseline:.2f}" textLength="{width:.2f}" '
        f'lengthAdjust="spacingAndGlyphs">{escape(line.rstrip())}</tspan>'
        # The space at which the line was broken stays in the text, but takes no width.
        f"{line[len(line.rstrip()) :]}"
        for line, left, width, baseline in zip(
            box.lines, box.lefts, box.widths, box.baselines, strict=True
        )
    )
    return (
        f'<text data-role="{box.role}" font-size="{box.size}"{weight} fill="{_hex(box.ink)}" '
        f'xml:space="preserve">{lines}</text>'
    )


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
