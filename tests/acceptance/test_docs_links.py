"""The documents agree with one another and with what they describe."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from promoloop.cli import main

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh-CN.md")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def code_of(text: str) -> list[str]:
    return re.findall(r"^```.*?^```$", text, re.DOTALL | re.MULTILINE)


def prose_of(text: str) -> str:
    fenced = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "", fenced)


def links_of(text: str) -> list[str]:
    targets = re.findall(r"\]\(([^)\s]+)\)", prose_of(text))
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def shape_of(text: str) -> list[str]:
    """Headings by level, tables by rows and columns, and list items, in order."""
    kinds = {"#": "heading", "|": "row", "-": "item", "1": "item", "!": "picture"}
    shape = []
    for line in prose_of(text).splitlines():
        mark = re.match(r"#+ |\||- |\d+\. |!\[", line)
        if mark:
            start = mark[0].strip()
            first = "1" if start[0].isdigit() else start[0]
            size = len(start) if first == "#" else line.count("|") if first == "|" else 0
            shape.append(f"{kinds[first]} {size}")
    return shape


def anchors_of(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", prose_of(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_resolves(page: Path):
    for link in links_of(page.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {link}"
        if anchor:
            assert anchor in anchors_of(target.read_text("utf-8")), f"{page.name}: {link}"


def test_every_page_can_be_reached_from_the_readme():
    seen: set[Path] = set()
    todo = [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        seen.add(page)
        near = [(page.parent / link.partition("#")[0]).resolve() for link in links_of(read(page))]
        todo += [found for found in near if found.suffix == ".md" and found not in seen]
    assert set(PAGES) <= seen


def test_both_readmes_have_the_same_shape():
    english, chinese = (shape_of(read(name)) for name in READMES)
    assert english == chinese
    assert len([part for part in english if part.startswith("heading")]) > 10


def test_both_readmes_show_the_same_code():
    english, chinese = (code_of(read(name)) for name in READMES)
    assert english == chinese


def test_both_readmes_name_the_same_things_and_link_to_the_same_pages():
    english, chinese = (read(name) for name in READMES)
    inline = [set(re.findall(r"`([^`\n]+)`", text)) for text in (english, chinese)]
    assert inline[0] == inline[1]
    links = [sorted(set(links_of(text)) - set(READMES)) for text in (english, chinese)]
    assert links[0] == links[1]


@pytest.mark.parametrize("name", READMES)
def test_every_command_is_in_the_readme(name: str):
    text = read(name)
    assert len(main.commands) > 5
    for command in main.commands:
        assert f"| `promoloop {command}` |" in text


@pytest.mark.parametrize("name", READMES)
def test_every_room_is_in_the_readme(name: str):
    rooms = {path.name.removesuffix(".py") for path in (ROOT / "src/promoloop").iterdir()}
    for room in rooms - {"__init__", "__pycache__", "py.typed"}:
        assert f"`{room}`" in read(name)


def test_every_direct_dependency_has_its_licence_listed():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    extras = [needed for extra in project["optional-dependencies"].values() for needed in extra]
    named = {re.split(r"[<>=\[]", needed)[0] for needed in [*project["dependencies"], *extras]}
    text = read("docs/licences.md")
    assert len(named) > 20
    assert [name for name in sorted(named) if not re.search(rf"\b{name}\b", text)] == []


def test_every_record_of_a_decision_says_what_was_measured():
    for page in (ROOT / "docs/adr").glob("0*.md"):
        text = page.read_text("utf-8")
        for part in ("**Context.**", "**Decision.**", "**Consequences.**", "**Measured"):
            assert part in text, f"{page.name} lacks {part}"


def test_every_name_in_the_glossary_is_in_the_code():
    rows = re.findall(r"^\| ([^|]*) \|", read("docs/glossary.md"), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([A-Z]\w+)`", row)}
    source = "".join(path.read_text("utf-8") for path in (ROOT / "src/promoloop").rglob("*.py"))
    assert len(named) > 15
    assert [name for name in sorted(named) if f"\nclass {name}" not in source] == []
