"""Walking through the house as a browser would: which pages there are, and which forms stand on them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

from django.test import Client
from django.urls import Resolver404, resolve, reverse

from tests.cast import Cast
from tests.doors import PEOPLE, Door, enter
from tests.world import World

ROOMS = sorted(path.parent.name for path in Path(__file__).resolve().parents[1].glob("*/doors.py"))
DOORS: list[Door] = [door for room in ROOMS for door in importlib.import_module(f"tests.{room}.doors").DOORS]
# One of them is let in wherever anybody is.
WALKERS = ("manager", "owner", "operations", "finance", "admin", "security")


@dataclass
class Form:
    """A form of a page: where it goes, how, and its fields with what they hold."""

    action: str
    method: str
    who: str
    fields: list[tuple[str, str, str]] = field(default_factory=list)  # name, kind, value

    @property
    def name(self) -> str:
        """The URL name it goes to."""
        try:
            return resolve(self.action.partition("?")[0]).view_name
        except Resolver404:
            return ""

    def values(self) -> dict[str, list[str]]:
        """What a browser would send without a change by the person."""
        found: dict[str, list[str]] = {}
        for name, kind, value in self.fields:
            if kind not in ("file", "off"):
                found.setdefault(name, []).append(value)
        return found


class _Forms(HTMLParser):
    def __init__(self, page: str, who: str) -> None:
        super().__init__(convert_charrefs=True)
        self.page, self.who = page, who
        self.found: list[Form] = []
        self.open: Form | None = None
        self.select = self.text = ""
        self.options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            post = given.get("hx-post") or (given.get("method", "get").lower() == "post" and "post")
            action = given.get("action") or given.get("hx-post") or given.get("hx-get") or self.page
            method = "POST" if post else "GET"
            self.open = Form(urljoin(self.page, action), method, self.who)
            self.found.append(self.open)
        elif self.open is not None and given.get("name"):
            self._field(tag, given)
        elif tag == "option" and self.select:
            self.options.append((given.get("value", ""), "selected" in given))

    def _field(self, tag: str, given: dict[str, str]) -> None:
        assert self.open is not None
        if tag == "select":
            self.select, self.options = given["name"], []
        elif tag == "textarea":
            self.open.fields.append((given["name"], "textarea", ""))
        elif tag in ("input", "button"):
            kind = given.get("type", "text")
            off = (kind in ("checkbox", "radio") and "checked" not in given) or tag == "button"
            self.open.fields.append((given["name"], "off" if off else kind, given.get("value", "on")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select" and self.select and self.open is not None:
            chosen = [value for value, selected in self.options if selected]
            chosen = chosen or [value for value, _selected in self.options if value][:1] or [""]
            self.open.fields.append((self.select, "select", chosen[0]))
            self.select = ""


def forms(page: str, html: str, who: str = "") -> list[Form]:
    """All forms of a page."""
    parser = _Forms(page, who)
    parser.feed(html)
    return parser.found


def client_of(who: str) -> Client:
    """A browser in which this kind of person is signed in; faults of ours come back as 500."""
    client = Client(raise_request_exception=False)
    username = PEOPLE[who]
    return enter(client, getattr(Cast(), username)) if username else client


def pages(world: World) -> Iterator[tuple[Door, str]]:
    """Every page that is read: its door and address."""
    for door in DOORS:
        if door.method == "GET":
            yield door, reverse(door.name, args=door.args(world)) + door.query


def all_forms(world: World) -> list[Form]:
    """Every form, once, as somebody who may read the page it stands on."""
    found: dict[tuple[str, str, tuple[str, ...]], Form] = {}
    clients = {who: client_of(who) for who in WALKERS}
    for door, path in pages(world):
        who = next((who for who in WALKERS if door.row()[who] == 200), None)
        if who is None:
            continue
        answer = clients[who].get(path)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            for form in forms(path, answer.content.decode(), who):
                names = tuple(sorted({name for name, _kind, _value in form.fields}))
                found.setdefault((form.name, form.method, names), form)
    return list(found.values())
