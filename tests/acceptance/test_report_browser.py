"""The report in a real browser: it fits every width, and its charts can be read there."""

from __future__ import annotations

import importlib.util
import re
import shutil
import struct
import subprocess
from html import escape
from pathlib import Path

import pytest

from promoloop.report import render_page

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None
)
MADE = Path(__file__).parents[1] / "unit" / "report" / "made.py"
WIDTHS = (360, 390, 768, 1280)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH"),
]

# Puts the page into frames of several widths and writes down what it measures there.
GAUGE = """
<body style="margin:0">{frames}<pre id="found"></pre><script>
onload = () => {{
  const found = [...document.querySelectorAll("iframe")].map(frame => {{
    const page = frame.contentDocument, root = page.documentElement;
    const shown = [...page.querySelectorAll("svg")].filter(s => s.getBoundingClientRect().width);
    const small = shown.filter(s => s.getBoundingClientRect().width / s.viewBox.baseVal.width < .8);
    return [root.clientWidth, root.scrollWidth, shown.length, small.length].join(" ");
  }});
  document.getElementById("found").textContent = found.join(";");
}};
</script></body>
"""


@pytest.fixture(scope="module")
def data():
    spec = importlib.util.spec_from_file_location("report_made", MADE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.page_data()


def chromium(profile: Path, *arguments: str) -> str:
    """What the browser prints; its own services are switched off."""
    switches = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars"
        " --disable-background-networking --disable-component-update --disable-sync"
    )
    done = subprocess.run(
        [CHROMIUM, *switches.split(), f"--user-data-dir={profile}", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_the_page_fits_phones_and_desks_and_charts_keep_their_size(locale, data, tmp_path):
    page = escape(render_page(data, locale, "other.html"))
    frames = "".join(
        f'<iframe style="border:0;width:{width}px;height:800px" srcdoc="{page}"></iframe>'
        for width in WIDTHS
    )
    gauge = tmp_path / "gauge.html"
    gauge.write_text(GAUGE.format(frames=frames), encoding="utf-8")
    dom = chromium(tmp_path / "profile", "--dump-dom", gauge.as_uri())
    found = re.search(r'<pre id="found">([^<]+)</pre>', dom)[1].split(";")
    for width, line in zip(WIDTHS, found, strict=True):
        inner, scrolled, shown, small = map(int, line.split())
        assert inner == width
        assert scrolled <= width, f"at {width} px the page is {scrolled} px wide"
        # Funnel, pacing, lift, arms, curve, off-policy, reasons, ranking, seconds.
        assert shown == 9
        assert small == 0, f"at {width} px the text of {small} charts is too small"


def test_the_page_is_drawn(data, tmp_path):
    page, picture = tmp_path / "report.html", tmp_path / "report.png"
    page.write_text(render_page(data, "en-US", None), encoding="utf-8")
    size = "--window-size=1280,4000"
    chromium(tmp_path / "profile", size, f"--screenshot={picture}", page.as_uri())
    raw = picture.read_bytes()
    assert struct.unpack(">II", raw[16:24]) == (1280, 4000)
    # A blank page of this size is compressed to some twenty kilobytes.
    assert len(raw) > 150_000
