"""Reads a page back the way the tests need it, strictly."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "hr", "input", "wbr"}
BLOCKS = {"p", "div", "ul", "ol", "dl", "table", "figure", "section", "article", "details", "h2"}


@dataclass
class Node:
    name: str
    attributes: dict[str, str]
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()

    def words(self) -> str:
        return self.text + "".join(child.words() for child in self.children)

    def has(self, style: str) -> bool:
        return style in self.attributes.get("class", "").split()


class Reader(HTMLParser):
    """Builds the tree; an element that is not closed where it should be is an error."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("#root", {})
        self.open = self.root

    def handle_starttag(self, name, attributes):
        assert not (self.open.name == "p" and name in BLOCKS), f"<{name}> inside <p>"
        keys = [key for key, _ in attributes]
        assert len(keys) == len(set(keys)), f"<{name}> has an attribute twice"
        node = Node(name, {key: value or "" for key, value in attributes}, self.open)
        self.open.children.append(node)
        if name not in VOID:
            self.open = node

    def handle_endtag(self, name):
        assert name == self.open.name, f"</{name}> closes <{self.open.name}>"
        self.open = self.open.parent

    def handle_data(self, data):
        self.open.text += data


def read(page: str) -> Node:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open is reader.root, f"<{reader.open.name}> is never closed"
    return reader.root
