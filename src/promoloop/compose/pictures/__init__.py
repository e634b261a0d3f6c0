"""Ad pictures: verified text set on brand colours or product images."""

from promoloop.compose.pictures.briefs import PictureLook, picture_brief, svg_texts, verify_picture
from promoloop.compose.pictures.copying import picture_copy
from promoloop.compose.pictures.drawing import Legibility, draw_picture, legibility
from promoloop.compose.pictures.ports import Canvas, TextMeasure
from promoloop.compose.pictures.records import (
    BrandColours,
    Colour,
    ImageBox,
    Picture,
    PictureBrief,
    PictureSize,
    PictureText,
    Rect,
    TextBox,
)
from promoloop.compose.pictures.sizes import AiLabel, ai_label, picture_sizes
from promoloop.compose.pictures.svg import picture_svg

__all__ = [
    "AiLabel",
    "BrandColours",
    "Canvas",
    "Colour",
    "ImageBox",
    "Legibility",
    "Picture",
    "PictureBrief",
    "PictureLook",
    "PictureSize",
    "PictureText",
    "Rect",
    "TextBox",
    "TextMeasure",
    "ai_label",
    "draw_picture",
    "legibility",
    "picture_brief",
    "picture_copy",
    "picture_sizes",
    "picture_svg",
    "svg_texts",
    "verify_picture",
]
