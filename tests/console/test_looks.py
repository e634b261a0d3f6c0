"""Colours that can be read, words in both languages, assets that are what the lock says."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from promoloop.console.registry import PAGES
from promoloop.console.rendering import STATIC
from promoloop.console.words import LANGUAGES, Words
from promoloop.core import tongues_in

CSS = (STATIC / "console.css").read_text("utf-8")
ROOT = Path(__file__).parents[2]


def palette(dark: bool) -> Mapping[str, str]:
    """The colours of one scheme."""
    light, _, rest = CSS.partition("@media (prefers-color-scheme: dark)")
    block = rest.partition("/*")[0] if dark else light
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio, WCAG 2.2."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_has_the_contrast_of_wcag_aa(dark: bool) -> None:
    found = palette(dark)
    texts = [
        (text, ground)
        for text in ("ink", "ink-2", "ink-3", "accent", "warn", "bad")
        for ground in ("paper", "sheet", "soft")
    ]
    texts += [
        ("on-accent", "accent"),
        ("ink", "accent-soft"),
        ("warn", "warn-soft"),
        ("bad", "bad-soft"),
        ("ink", "warn-soft"),
        ("ink", "bad-soft"),
    ]
    low = {pair: contrast(found[pair[0]], found[pair[1]]) for pair in texts}
    assert {pair: round(ratio, 2) for pair, ratio in low.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("dark", [False, True])
def test_edges_of_controls_and_focus_stand_out(dark: bool) -> None:
    found = palette(dark)
    for edge in ("edge", "accent", "bad"):
        for ground in ("paper", "sheet"):
            assert contrast(found[edge], found[ground]) >= 3.0, (edge, ground)


def leaves(table: Mapping[str, object], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", str(value)


def stems() -> list[str]:
    folder = files("promoloop.console").joinpath("data")
    return sorted({one.name.rpartition("-")[0] for one in folder.iterdir()})


@pytest.mark.parametrize("stem", stems())
def test_every_text_is_there_in_both_languages_with_the_same_slots(stem: str) -> None:
    assert tongues_in("promoloop.console", stem) == ("en", "zh")
    folder = files("promoloop.console").joinpath("data")
    said = {
        tag: dict(leaves(tomllib.loads(folder.joinpath(f"{stem}-{tag}.toml").read_text("utf-8"))))
        for tag in ("en", "zh")
    }
    assert set(said["en"]) == set(said["zh"])
    for key, text in said["en"].items():
        slots = set(re.findall(r"\{(\w+)\}", text))
        assert slots == set(re.findall(r"\{(\w+)\}", said["zh"][key])), key


def test_every_text_that_templates_ask_for_is_there() -> None:
    words = Words("en-US", "USD", "America/New_York")
    missing = []
    for template in sorted((STATIC.parent / "templates").rglob("*.j2")):
        keys = re.findall(r"""say\(["']([\w.]+)["'][,)]""", template.read_text("utf-8"))
        missing += [(template.name, key) for key in keys if not words.maybe(key)]
    assert missing == []


def test_every_page_has_a_name_in_every_language() -> None:
    for locale in LANGUAGES:
        words = Words(locale, "USD", "America/New_York")
        assert all(words.say(f"{page.words}.title") for page in PAGES)


@pytest.mark.parametrize(
    ("first", "end", "english", "chinese"),
    [
        ((2026, 11, 23), (2026, 12, 21), "Nov 23 – Dec 20, 2026", "2026年11月23日至12月20日"),
        (
            (2026, 11, 21),
            (2027, 11, 21),
            "Nov 21, 2026 – Nov 20, 2027",
            "2026年11月21日至2027年11月20日",
        ),
        ((2026, 11, 21), (2026, 11, 22), "Nov 21, 2026", "2026年11月21日"),
    ],
)
def test_a_span_ends_with_its_last_day_and_says_the_year(
    first: tuple[int, int, int], end: tuple[int, int, int], english: str, chinese: str
) -> None:
    zone = ZoneInfo("America/New_York")
    days = datetime(*first, tzinfo=zone), datetime(*end, tzinfo=zone)
    for locale, said in (("en-US", english), ("zh-CN", chinese)):
        span = Words(locale, "USD", "America/New_York").span(*days)
        assert span.replace("\u2009", " ") == said


def test_no_template_carries_a_script_a_style_or_a_handler() -> None:
    for template in sorted((STATIC.parent / "templates").rglob("*.j2")):
        text = template.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|hx-on|javascript:|\|\s*safe", text), (
            template
        )
        for tag in re.findall(r"<script[^>]*>", text):
            assert "src=" in tag, template


def test_the_assets_are_the_ones_that_are_locked() -> None:
    lock = tomllib.loads((ROOT / "tools" / "assets" / "assets.toml").read_text("utf-8"))
    for asset in lock["asset"]:
        raw = (STATIC / "vendor" / asset["file"]).read_bytes()
        assert hashlib.sha512(raw).hexdigest() == asset["sha512"], asset["name"]
