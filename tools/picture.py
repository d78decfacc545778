"""Draws docs/rooms.svg: the storeys of the import contract, and a line from each room to those it really imports."""

from __future__ import annotations

import configparser
import sys
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "rooms.svg"
WIDTH, STOREY, BOX_WIDTH, BOX_HEIGHT, MARGIN = 760, 74, 132, 38, 24
_STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #1f2933; text-anchor: middle; dominant-baseline: central }
  rect { fill: #f5f7fa; stroke: #7b8794 }
  path { fill: none; stroke: #2f6feb; stroke-opacity: .4; stroke-width: 1.4 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4e7eb } rect { fill: #1f2933; stroke: #9aa5b1 } path { stroke: #7aa7ff; stroke-opacity: .5 }
  }"""


def draw() -> str:
    """The picture as SVG; the same program gives the same bytes."""
    storeys = _storeys()
    places = _places(storeys)
    height = MARGIN * 2 + STOREY * (len(storeys) - 1) + BOX_HEIGHT
    lines = [_line(places[one], places[other]) for one, other in sorted(_imports(places))]
    boxes = [_box(room, *place) for room, place in places.items()]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
            "<title>Rooms in storeys; a line leads from a room to one it imports</title>",
            f"<style>{_STYLE}</style>",
            *lines,
            *boxes,
            "</svg>",
            "",
        ]
    )


def _storeys() -> list[list[str]]:
    """The layers of the contract, top first, rooms of one storey side by side."""
    contract = configparser.ConfigParser()
    contract.read(ROOT / ".importlinter", "utf-8")
    layers = contract["importlinter:contract:storeys"]["layers"].split("\n")
    rows = [[room.strip(" ()") for room in layer.split("|")] for layer in layers if layer.strip()]
    present = [[room for room in row if (ROOT / "loudou" / room).is_dir()] for row in rows]
    return [row for row in present if row]


def _places(storeys: list[list[str]]) -> dict[str, tuple[float, float]]:
    """The centre of each room's box; storeys are shifted in turn so that lines do not run through boxes."""
    places: dict[str, tuple[float, float]] = {}
    for number, row in enumerate(storeys):
        shift = 0 if len(row) > 1 else (-220, 130, -90, 220)[number % 4]
        for place, room in enumerate(row):
            x = WIDTH / 2 + shift + (place - (len(row) - 1) / 2) * (BOX_WIDTH + 150)
            places[room] = (x, MARGIN + BOX_HEIGHT / 2 + number * STOREY)
    return places


def _imports(places: dict[str, tuple[float, float]]) -> set[tuple[str, str]]:
    """Pairs of a room and another one that some module of it imports."""
    graph = grimp.build_graph("loudou")
    found: set[tuple[str, str]] = set()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            one, other = (f"{name}.".split(".")[1] for name in (module, imported))
            if one != other and {one, other} <= set(places):
                found.add((one, other))
    return found


def _line(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = (start[0], start[1] + BOX_HEIGHT / 2), (end[0], end[1] - BOX_HEIGHT / 2)
    bend = (y2 - y1) / 2
    return (
        f'<path d="M{x1:.0f} {y1:.0f} C{x1:.0f} {y1 + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2:.0f}"/>'
    )


def _box(room: str, x: float, y: float) -> str:
    left, top = x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2
    return (
        f'<rect x="{left:.0f}" y="{top:.0f}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6"/>'
        f'<text x="{x:.0f}" y="{y:.0f}">{escape(room)}</text>'
    )


if __name__ == "__main__":
    sys.exit(PICTURE.write_text(draw(), "utf-8") and 0)
