"""Images in, pictures out: what is wrong with a file is named, and letters are all there."""

from __future__ import annotations

import io
import json
import os
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from promoloop.backends.pictures_pillow import PillowCanvas, PillowMeasure, read_image
from promoloop.compose import (
    BrandColours,
    ImageBox,
    PictureBrief,
    PictureText,
    draw_picture,
    legibility,
    picture_sizes,
    picture_svg,
)
from promoloop.core import InvalidError, UnavailableError

TEXTS = (PictureText("reward", "20% off coffee"), PictureText("deadline", "Ends Nov 30"))
MEASURE = PillowMeasure()


def saved(path: Path, image: Image.Image, **more: object) -> Path:
    image.save(path, **more)
    return path


def busy(side: int = 600) -> Image.Image:
    """Coloured squares, dark beside light."""
    cells = np.random.default_rng(5).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    return Image.fromarray(cells).resize((side, side), Image.Resampling.NEAREST)


def product(ground: tuple[int, ...], mode: str = "RGB") -> Image.Image:
    """A red square in the middle of plain ground."""
    image = Image.new(mode, (400, 400), ground)
    image.paste((200, 30, 30), (150, 150, 250, 250))
    return image


def brief(image: tuple[int, int] | None, style: str = "auto", ink: str = "") -> PictureBrief:
    colours = BrandColours("#f5efe4", "#b3402a", ink)
    return PictureBrief("b", "en-US", TEXTS, colours, image=image, style=style)


@pytest.mark.parametrize("style", ["auto", "panel", "overlay"])
@pytest.mark.parametrize("kind", ["light", "dark", "busy", "cut-out"])
@pytest.mark.parametrize("name", ["300x250", "728x90", "160x600", "1200x628"])
def test_text_reads_beside_and_on_every_kind_of_image(tmp_path, kind, style, name):
    image = {
        "light": lambda: product((250, 250, 250)),
        "dark": lambda: product((15, 15, 20)),
        "busy": busy,
        "cut-out": lambda: product((0, 0, 0, 0), "RGBA"),
    }[kind]()
    found = read_image(saved(tmp_path / "a.png", image))
    canvas = PillowCanvas(found)
    size = picture_sizes([name])[0]
    picture = draw_picture(brief(found.size, style), size, MEASURE, canvas)
    assert picture.image is not None
    assert all(one.contrast >= 4.5 for one in legibility(picture, canvas))
    assert len(canvas.png(picture)) <= size.most_bytes
    assert "data:image/png;base64," in picture_svg(picture, canvas.image_link(picture))


def test_a_veil_is_no_stronger_than_a_calm_image_needs(tmp_path):
    found = read_image(saved(tmp_path / "a.png", product((250, 250, 250))))
    canvas = PillowCanvas(found)
    size = picture_sizes(["1200x628"])[0]
    picture = draw_picture(brief(found.size, "overlay"), size, MEASURE, canvas)
    assert picture.layout == "overlay"
    assert not [rect for rect in picture.rects if rect.role == "veil"]


def test_a_busy_image_gets_a_veil(tmp_path):
    found = read_image(saved(tmp_path / "a.png", busy()))
    size = picture_sizes(["1200x628"])[0]
    picture = draw_picture(brief(found.size, "overlay"), size, MEASURE, PillowCanvas(found))
    assert [rect.alpha for rect in picture.rects if rect.role == "veil"]


def test_where_the_brands_ink_cannot_be_read_on_the_image_another_layout_is_taken(tmp_path):
    found = read_image(saved(tmp_path / "a.png", product((15, 15, 20))))
    size = picture_sizes(["1200x628"])[0]
    canvas = PillowCanvas(found)
    asked = brief(found.size, "overlay", "#1a1a1a")
    picture = draw_picture(asked, size, MEASURE, canvas)
    assert all(one.passed for one in legibility(picture, canvas))
    assert picture.layout != "overlay" or [one for one in picture.rects if one.role == "veil"]


def test_a_photograph_is_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    path = saved(tmp_path / "a.jpg", busy().resize((300, 200)), exif=exif)
    assert read_image(path).size == (200, 300)


def test_a_cut_out_stands_on_the_brands_colour(tmp_path):
    found = read_image(saved(tmp_path / "a.png", product((0, 0, 0, 0), "RGBA")))
    filled = found.filling(ImageBox(0, 0, 200, 100), (10, 200, 30))
    assert filled.getpixel((0, 0)) == filled.getpixel((199, 99)) == (10, 200, 30)
    assert filled.getpixel((100, 50)) == (200, 30, 30)


def test_a_product_on_plain_ground_is_shown_whole(tmp_path):
    found = read_image(saved(tmp_path / "a.png", product((240, 240, 250))))
    filled = np.asarray(found.filling(ImageBox(0, 0, 400, 100), (0, 0, 0)))
    red = (np.abs(filled.astype(int) - (200, 30, 30)).max(axis=2) < 40).any(axis=0)
    assert tuple(filled[0, 0]) == (240, 240, 250)
    assert 40 < red.sum() < 100


@pytest.mark.parametrize("mode", ["L", "P", "LA", "1", "CMYK"])
def test_other_ways_of_storing_pixels_are_read(tmp_path, mode):
    kind = "jpg" if mode == "CMYK" else "png"
    assert read_image(saved(tmp_path / f"a.{kind}", busy(200).convert(mode))).size == (200, 200)


def bomb(width: int, height: int) -> bytes:
    """A PNG whose head promises ``width`` x ``height`` pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + head + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (bomb(60000, 60000), "25 megapixels"),
        (bomb(9000, 9900), "25 million|25 megapixels"),
        (bomb(6000, 6000), "25 million"),
        (bomb(300, 300), "damaged"),
        (bomb(20, 300), "64 pixels"),
        (b"", "no PNG, JPEG or WebP"),
        (b"GIF89a" + b"\0" * 40, "no PNG, JPEG or WebP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no PNG, JPEG or WebP"),
        (b"\x89PNG\r\n\x1a\n", "no PNG|damaged"),
    ],
)
def test_a_file_that_is_no_usable_image_is_named(tmp_path, data, said):
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(InvalidError, match=said) as error:
        read_image(path)
    assert "a.png" in error.value.asked


def test_half_a_photograph_is_damaged(tmp_path):
    whole = saved(tmp_path / "a.jpg", busy()).read_bytes()
    half = tmp_path / "half.jpg"
    half.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidError, match="damaged"):
        read_image(half)


def test_a_moving_image_is_refused(tmp_path):
    frames = [busy(100), busy(100).transpose(Image.Transpose.ROTATE_90)]
    path = saved(tmp_path / "a.webp", frames[0], save_all=True, append_images=frames[1:])
    with pytest.raises(InvalidError, match="moving"):
        read_image(path)


def test_sixteen_bits_are_refused(tmp_path):
    path = saved(tmp_path / "a.png", Image.new("I;16", (100, 100)))
    with pytest.raises(InvalidError, match="8 bits"):
        read_image(path)


def test_paths_that_are_no_files_are_refused_without_being_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "none.png", tmp_path / "pipe", Path("a\0b.png")):
        with pytest.raises(InvalidError, match=r"no such file|no path"):
            read_image(path)


def standard(encoding: str, leads: range, trails: tuple[int, ...]) -> str:
    """The Hanzi among the two-byte characters of a national standard."""
    text = "".join(
        bytes((lead, trail)).decode(encoding, "ignore") for lead in leads for trail in trails
    )
    return "".join(letter for letter in text if "\u4e00" <= letter <= "\u9fff")


#: GB 2312 has 6,763 Hanzi, the first level of Big5 5,401.
SIMPLIFIED = standard("gb2312", range(0xB0, 0xF8), tuple(range(0xA1, 0xFF)))
TRADITIONAL = standard("big5", range(0xA4, 0xC7), (*range(0x40, 0x7F), *range(0xA1, 0xFF)))


@pytest.mark.slow
def test_the_fonts_have_every_simplified_and_traditional_standard_character():
    assert (len(SIMPLIFIED), len(TRADITIONAL)) == (6763, 5401)
    assert MEASURE.missing(SIMPLIFIED) == MEASURE.missing(TRADITIONAL) == ""


def test_the_fonts_have_a_sample_of_the_standard_characters_and_of_european_letters():
    assert MEASURE.missing(SIMPLIFIED[::40]) == MEASURE.missing(TRADITIONAL[::40]) == ""
    assert MEASURE.missing("äöüßÄÖÜéèêñçœáíóúåøÉ€£¥￥％“”‘’—…·") == ""
    assert MEASURE.missing("a\u0e01b\U0001f600") == "\u0e01\U0001f600"


@pytest.mark.skipif(not features.check("raqm"), reason="Pillow is without Raqm here")
def test_simplified_text_has_simplified_shapes():
    size = picture_sizes(["300x250"])[0]
    drawn = []
    for locale in ("zh-CN", "zh-TW"):
        asked = PictureBrief("b", locale, (PictureText("reward", "骨直角"),), BrandColours())
        drawn.append(PillowCanvas().png(draw_picture(asked, size, MEASURE, PillowCanvas())))
    assert drawn[0] != drawn[1]


def test_marks_are_kept_in_the_file():
    mark = json.dumps({"Label": "1"})
    asked = PictureBrief("b", "en-US", TEXTS, BrandColours(), marks={"AIGC": mark})
    picture = draw_picture(asked, picture_sizes(["300x250"])[0], MEASURE, PillowCanvas())
    assert Image.open(io.BytesIO(PillowCanvas().png(picture))).info["AIGC"] == mark
    assert "AIGC" in picture_svg(picture)


def test_without_pillow_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(UnavailableError, match=r"promoloop\[pictures\]"):
        PillowCanvas()
