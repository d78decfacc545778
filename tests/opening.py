"""Numbers of a page, and whether each opens to records and says how it comes about: what a test of pages asks of them.

A number is what stands in a cell for numbers, in the value of a box, in a drawing's text. It opens where it is a link,
or stands in the line of one record that is. It says how it comes about where a "?" stands beside it: in its box, over
its column, in the head of its panel or of the page. What somebody set (a limit, a place) is marked `data-set`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "circle",
        "col",
        "hr",
        "img",
        "input",
        "line",
        "link",
        "meta",
        "path",
        "polygon",
        "rect",
        "source",
        "use",
        "wbr",
    ]
)
_RECORD = re.compile(r"^/(deals|activities|visits|customers|warnings|forecasts|tasks)/\d+/")
_IN_DRAWINGS = frozenset(("side", "under", "value"))


@dataclass(eq=False)
class Node:
    """A tag with what stands in it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    parent: Node | None = None
    inside: list[Node | str] = field(default_factory=list)

    @property
    def kinds(self) -> set[str]:
        """Its classes."""
        return set(self.attributes.get("class", "").split())

    @property
    def text(self) -> str:
        """What it says, without its "?"."""
        said = (
            one if isinstance(one, str) else "" if "help" in one.kinds else one.text for one in self.inside
        )
        return " ".join(" ".join(said).split())

    @property
    def value(self) -> str:
        """What it says, without what its number stands after: 7 of n=7, where that is tapped with it."""
        first, *rest = self.inside or [""]
        after = isinstance(first, Node) and first.tag == "span" and any(isinstance(one, str) for one in rest)
        return Node(self.tag, inside=rest).text if after else self.text

    def every(self) -> Iterator[Node]:
        """Itself and all below it."""
        yield self
        for one in self.inside:
            if isinstance(one, Node):
                yield from one.every()

    def above(self) -> Iterator[Node]:
        """Itself and all above it."""
        here: Node | None = self
        while here is not None:
            yield here
            here = here.parent


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.here = Node("page")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Node(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.inside.append(made)
        if tag not in _VOID:
            self.here = made

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.here.inside.append(Node(tag, {name: value or "" for name, value in attrs}, self.here))

    def handle_endtag(self, tag: str) -> None:
        same = next((one for one in self.here.above() if one.tag == tag), None)
        if same is not None and same.parent is not None:
            self.here = same.parent

    def handle_data(self, data: str) -> None:
        self.here.inside.append(data)


def read(page: str) -> Node:
    """A page as a tree."""
    reader = _Reader()
    reader.feed(page)
    return reader.root


def numbers(page: Node) -> Iterator[Node]:
    """The places of a page where numbers other than nought stand."""
    for one in page.every():
        cell = one.tag == "td" and "num" in one.kinds
        box = "value" in one.kinds and any("stat" in above.kinds for above in one.above())
        drawn = one.tag == "text" and one.kinds & _IN_DRAWINGS
        if (cell or box or drawn) and "data-set" not in one.attributes and re.search("[1-9]", one.text):
            yield one


def opens(number: Node) -> bool:
    """Whether it leads to records, or stands in the line of one."""
    links = [
        one for one in (*number.every(), *number.above()) if one.tag == "a" and one.attributes.get("href")
    ]
    line = next((one for one in number.above() if one.tag == "tr"), None)
    return bool(links) or (line is not None and any(_RECORD.match(to) for to in _links(line)))


def is_explained(number: Node) -> bool:
    """Whether a "?" stands beside it."""
    for above in number.above():
        beside = above.tag in ("td", "table") or "stat" in above.kinds
        if beside and any("help" in one.kinds for one in above.every()):
            return True
        heads = [one for one in above.inside if isinstance(one, Node) and one.kinds & {"head", "page-head"}]
        if any("help" in one.kinds for head in heads for one in head.every()):
            return True
    return _is_of_a_record(number)


def closed(page: str) -> list[str]:
    """The numbers of a page that open nothing or do not say how they come about, each with where it stands."""
    return [
        f"{'' if opens(one) else 'opens nothing '}{'' if is_explained(one) else 'no formula '}{_place(one)}: {one.text}"
        for one in numbers(read(page))
        if not (opens(one) and is_explained(one))
    ]


def _is_of_a_record(number: Node) -> bool:
    line = next((one for one in number.above() if one.tag == "tr"), None)
    return line is not None and any(_RECORD.match(to) for to in _links(line))


def _links(node: Node) -> list[str]:
    return [one.attributes.get("href", "") for one in node.every() if one.tag == "a"]


def _place(number: Node) -> str:
    line = next((one for one in number.above() if one.tag == "tr" or "stat" in one.kinds), number)
    return number.attributes.get("data-label") or line.text[:60]
