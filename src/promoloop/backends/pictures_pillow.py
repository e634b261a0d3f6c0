"""Pictures by Pillow, in the Noto Sans CJK fonts (extra ``pictures``).

The packaged fonts are the traditional Chinese build. It holds the letters of all regions: where
Pillow comes with Raqm, the shapes of the locale are asked for by language; without it, simplified
text is complete too, with a few characters in the shapes used in Taiwan.
"""

from __future__ import annotations

import base64
import io
import warnings
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from promoloop.compose import ImageBox, Picture, Rect, TextBox
from promoloop.core import InvalidError, RefusedError, UnavailableError, language_of

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

__all__ = ["PillowCanvas", "PillowMeasure", "ProductImage", "read_image"]

_REMEDY = "Install the extra: pip install 'promoloop[pictures]'."
_FONTS = {False: "cvttf-notosanscjk-regular", True: "cvttf-notosanscjk-bold"}
_NOWHERE = "\U0010fffe"
_FORMATS = ("PNG", "JPEG", "WEBP")
_MOST_PIXELS = 25_000_000
_MOST_BYTES = 50_000_000
_LEAST_SIDE = 64
_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"}
_EVEN_EDGE = 10.0
_FAINT = 24
_COLOURS = (256, 128, 64)


class PillowMeasure:
    """Widths and coverage of the packaged fonts; a ``TextMeasure``."""

    def __init__(self) -> None:
        for bold in (False, True):
            _font(bold, 16)
        self._blank = {bold: _shape(_NOWHERE, bold) for bold in (False, True)}

    def width(self, text: str, size: int, locale: str, *, bold: bool) -> float:
        """How far one line of ``text`` runs at ``size`` pixels."""
        return _font(bold, size).getlength(text, language=_language(locale))

    def missing(self, text: str) -> str:
        """The characters of ``text`` that either font lacks."""
        return "".join(
            character
            for character in dict.fromkeys(text)
            if not character.isspace() and any(self._lacks(character, bold) for bold in _FONTS)
        )

    def _lacks(self, character: str, bold: bool) -> bool:
        return _shape(character, bold) == self._blank[bold]


class ProductImage:
    """A product image that was read and checked: upright, RGBA.

    Attributes
    ----------
    size : tuple of int
        Width and height in pixels.
    """

    def __init__(self, image: Image.Image) -> None:
        self._image = image
        self.size = image.size

    def filling(self, box: ImageBox, ground: tuple[int, int, int]) -> Image.Image:
        """The box's pixels: cropped about the middle, or whole where its edge is one colour.

        A cut-out with transparent surroundings stands on ``ground``.
        """
        from PIL import Image, ImageOps

        area, edge = (box.width, box.height), self._edge()
        if edge is None:
            # A photograph fills the box; what is cut off comes evenly from both sides.
            return ImageOps.fit(self._image, area, Image.Resampling.LANCZOS).convert("RGB")
        colour = ground if self._clear() else edge
        left, top, width, height = box.focus or (0, 0, *area)
        room = (max(1, round(0.9 * width)), max(1, round(0.9 * height)))
        whole = ImageOps.contain(self._subject(edge), room, Image.Resampling.LANCZOS)
        filled = Image.new("RGB", area, colour)
        at = (left + (width - whole.width) // 2, top + (height - whole.height) // 2)
        filled.paste(whole, at, whole)
        return filled

    def _subject(self, edge: tuple[int, int, int]) -> Image.Image:
        """The image without the empty margin around what it shows."""
        pixels = np.asarray(self._image)
        solid = pixels[..., 3] > 127
        if not self._clear():
            solid = np.abs(pixels[..., :3].astype(np.int16) - edge).max(axis=2) > _FAINT
        rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
        if rows.size == 0:
            return self._image
        room = round(0.04 * max(self.size))
        left, right = max(0, columns[0] - room), min(self.size[0], columns[-1] + 1 + room)
        top, bottom = max(0, rows[0] - room), min(self.size[1], rows[-1] + 1 + room)
        return self._image.crop((int(left), int(top), int(right), int(bottom)))

    def _clear(self) -> bool:
        """Whether any of it can be seen through."""
        low, _ = self._image.getchannel("A").getextrema()
        return isinstance(low, int) and low < 250

    def _edge(self) -> tuple[int, int, int] | None:
        """The colour of its edge when that is even or transparent, else ``None``."""
        pixels = np.asarray(self._image.resize((64, 64)), dtype=np.float64)
        edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        if self._clear() and edge[:, 3].mean() < 128:
            return 255, 255, 255
        even = edge[:, :3].std(axis=0).max() < _EVEN_EDGE
        red, green, blue = (round(float(one)) for one in np.median(edge[:, :3], axis=0))
        return (red, green, blue) if even else None


class PillowCanvas:
    """Draws pictures; a ``Canvas``.

    Parameters
    ----------
    image : ProductImage, optional
        The product image of all pictures it draws.
    """

    def __init__(self, image: ProductImage | None = None) -> None:
        _pillow()
        self._image = image
        self._kept: tuple[object, Image.Image] | None = None

    def backdrop(self, picture: Picture) -> NDArray[np.uint8]:
        """All of the picture but its texts, shape (height, width, 3)."""
        return np.asarray(self._drawn(picture), dtype=np.uint8)

    def png(self, picture: Picture) -> bytes:
        """The whole picture as PNG; with fewer colours where the size's limit asks for it."""
        from PIL import Image
        from PIL.ImageDraw import Draw

        image = self._drawn(picture).copy()
        draw = Draw(image)
        for box in picture.texts:
            _write(draw, box, picture.locale)
        data = _png(image, picture)
        for colours in _COLOURS:
            if not picture.size.most_bytes or len(data) <= picture.size.most_bytes:
                return data
            data = _png(image.quantize(colours, dither=Image.Dither.FLOYDSTEINBERG), picture)
        raise RefusedError(
            f"the picture {picture.brief_id} in {picture.size.name}",
            f"its file has {len(data)} bytes, more than the {picture.size.most_bytes} allowed",
            "Take a calmer image.",
        )

    def image_link(self, picture: Picture) -> str:
        """The product image as cropped for the picture, as a ``data:`` address."""
        if self._image is None or picture.image is None:
            return ""
        out = io.BytesIO()
        self._image.filling(picture.image, picture.background).save(out, "PNG")
        return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode("ascii")

    def _drawn(self, picture: Picture) -> Image.Image:
        key = (picture.size, picture.background, picture.image, picture.rects)
        if self._kept is None or self._kept[0] != key:
            self._kept = key, self._drawing(picture)
        return self._kept[1]

    def _drawing(self, picture: Picture) -> Image.Image:
        from PIL import Image

        area = (picture.size.width, picture.size.height)
        image = Image.new("RGB", area, picture.background)
        if self._image is not None and picture.image is not None:
            box = picture.image
            image.paste(self._image.filling(box, picture.background), (box.x, box.y))
        for rect in picture.rects:
            _fill(image, rect)
        return image


def read_image(path: Path) -> ProductImage:
    """The product image in ``path``: PNG, JPEG or WebP of at most 25 megapixels.

    It is turned upright as its EXIF entry says, and brought to sRGB where it names a profile.

    Raises
    ------
    InvalidError
        Naming the file: not there, no regular file, too large, no image of these kinds, damaged,
        moving, too small.
    UnavailableError
        The extra is not installed, or the file cannot be read.
    """
    image_kind = _pillow()
    data = _bytes_of(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", image_kind.DecompressionBombWarning)
            with image_kind.open(io.BytesIO(data), formats=_FORMATS) as found:
                _check(found, path)
                found.load()
                return ProductImage(_upright(found))
    except (image_kind.DecompressionBombError, image_kind.DecompressionBombWarning) as error:
        raise _wrong(path, "it has more than 25 megapixels", "Scale it down.") from error
    except image_kind.UnidentifiedImageError as error:
        raise _wrong(path, "it is no PNG, JPEG or WebP image", "Convert it.") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _wrong(path, f"it is damaged ({error})", "Save it again.") from error


def _bytes_of(path: Path) -> bytes:
    """The file's bytes; pipes, devices and folders are refused before they are opened."""
    try:
        if not path.is_file():
            raise _wrong(path, "there is no such file", "Name an image file.")
        if path.stat().st_size > _MOST_BYTES:
            raise _wrong(path, "the file has more than 50 MB", "Scale it down.")
        return path.read_bytes()
    except ValueError as error:
        raise _wrong(path, "that is no path", "Name an image file.") from error
    except OSError as error:
        raise UnavailableError(
            f"the image {path}", error.strerror or str(error), "Mend the permissions."
        ) from error


def _check(image: Image.Image, path: Path) -> None:
    """What is known before any pixel is decoded."""
    width, height = image.size
    if width * height > _MOST_PIXELS:
        raise _wrong(path, f"it has {width}x{height} pixels, more than 25 million", "Scale it.")
    if min(width, height) < _LEAST_SIDE:
        raise _wrong(path, f"it has {width}x{height} pixels", "Give 64 pixels a side or more.")
    if getattr(image, "is_animated", False):
        raise _wrong(path, "it is a moving image", "Save one frame of it.")
    if image.mode not in _MODES:
        raise _wrong(path, f"its pixels are {image.mode}", "Save it with 8 bits per channel.")


def _upright(image: Image.Image) -> Image.Image:
    from PIL import ImageOps

    turned = ImageOps.exif_transpose(image)
    return _in_srgb(turned).convert("RGBA")


def _in_srgb(image: Image.Image) -> Image.Image:
    """Colours of another profile brought to sRGB; an unusable profile changes nothing."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "CMYK", "L"}:
        return image
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        turned = ImageCms.profileToProfile(image, own, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, TypeError):
        return image
    return turned or image


def _wrong(path: Path, case: str, remedy: str) -> InvalidError:
    return InvalidError(f"the image {str(path)!r}", case, remedy)


def _fill(image: Image.Image, rect: Rect) -> None:
    """Blend one rectangle in, corners smooth."""
    from PIL import Image

    left, top = int(np.floor(rect.x)), int(np.floor(rect.y))
    right = int(np.ceil(rect.x + rect.width))
    bottom = int(np.ceil(rect.y + rect.height))
    if right <= left or bottom <= top or rect.alpha <= 0:
        return
    mask = Image.fromarray(_opacity(rect, (left, top, right, bottom)))
    image.paste(rect.fill, (left, top, right, bottom), mask)


def _opacity(rect: Rect, box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Share of each pixel that the rectangle covers, times its opacity, 0 to 255."""
    left, top, right, bottom = box
    x = np.arange(left, right) + 0.5 - (rect.x + rect.width / 2)
    y = np.arange(top, bottom) + 0.5 - (rect.y + rect.height / 2)
    # Distance to a rounded box (I. Quilez): below -0.5 inside, above 0.5 outside.
    across = np.abs(x)[None, :] - (rect.width / 2 - rect.radius)
    down = np.abs(y)[:, None] - (rect.height / 2 - rect.radius)
    outside = np.hypot(np.maximum(across, 0.0), np.maximum(down, 0.0))
    distance = outside + np.minimum(np.maximum(across, down), 0.0) - rect.radius
    share = np.clip(0.5 - distance, 0.0, 1.0) * rect.alpha
    if rect.fade == "right":
        share = share * np.linspace(1.0, 0.0, right - left)[None, :]
    elif rect.fade == "up":
        share = share * np.linspace(0.0, 1.0, bottom - top)[:, None]
    opacity: NDArray[np.uint8] = np.round(255 * share).astype(np.uint8)
    return opacity


def _write(draw: ImageDraw, box: TextBox, locale: str) -> None:
    font = _font(box.bold, box.size)
    for line, left, baseline in zip(box.lines, box.lefts, box.baselines, strict=True):
        draw.text(
            (left, baseline), line.rstrip(), box.ink, font, anchor="ls", language=_language(locale)
        )


def _png(image: Image.Image, picture: Picture) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    for key, value in picture.marks.items():
        info.add_itxt(key, value)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=9, pnginfo=info)
    return out.getvalue()


@cache
def _font(bold: bool, size: int) -> FreeTypeFont:
    _pillow()
    from PIL import ImageFont

    return ImageFont.truetype(str(_font_file(bold)), size)


@cache
def _font_file(bold: bool) -> Path:
    """The font file of the package; it brings no function that says where it is."""
    try:
        listed = distribution(_FONTS[bold]).files or []
        found = [Path(str(one.locate())) for one in listed if one.suffix == ".otf"]
    except PackageNotFoundError as error:
        raise UnavailableError(
            "drawing pictures", f"the package {_FONTS[bold]} is not installed", _REMEDY
        ) from error
    there = [path for path in found if path.is_file()]
    if not there:
        raise UnavailableError("drawing pictures", f"{_FONTS[bold]} holds no font", _REMEDY)
    return there[0]


@cache
def _shape(character: str, bold: bool) -> bytes:
    return bytes(_font(bold, 16).getmask(character))


@cache
def _language(locale: str) -> str | None:
    """The tag under which the fonts know a locale's shapes, where Pillow can ask for them."""
    from PIL import features

    if not features.check("raqm"):
        return None
    language = language_of(locale)
    if language != "zh":
        return language
    traditional = any(part in locale for part in ("Hant", "TW", "HK", "MO"))
    return "zh-Hant" if traditional else "zh-Hans"


def _pillow() -> ModuleType:
    try:
        from PIL import Image
    except ImportError as error:
        raise UnavailableError("drawing pictures", "Pillow is not installed", _REMEDY) from error
    module: ModuleType = Image
    return module
