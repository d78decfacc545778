"""No page offers a way that is shut to who reads it, or that leads nowhere."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest

from tests.security.crawl import client_of, pages
from tests.world import World

_LINK = re.compile(r'(?:href|hx-get)="([^"#]+)"')
_ELSEWHERE = ("/static/", "/api/", "/tv/")


def _shape(address: str) -> tuple[str, ...]:
    """Addresses that differ only in the rows and values they name are one way."""
    parts = urlsplit(address)
    return (re.sub(r"\d+", "#", parts.path), *sorted({name for name, _value in parse_qsl(parts.query)}))


@pytest.mark.slow
@pytest.mark.parametrize("who", ["owner", "finance", "admin"])
def test_every_link_leads_somewhere(who: str, db: None) -> None:
    """A link of every shape on every page the door table lets them read; one step, as pages are all in the table."""
    client, ways = client_of(who), {}
    for door, path in pages(World()):
        if door.row()[who] != 200 or door.name == "people:views":  # a part of a page they would stand on
            continue
        answer = client.get(path)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            for link in _LINK.findall(answer.content.decode()):
                way = urljoin(path, unescape(link))
                if way.startswith("/") and not way.startswith(_ELSEWHERE):
                    ways.setdefault(_shape(way), (way, path))
    assert len(ways) > 40
    shut = {way: page for way, page in ways.values() if client.get(way).status_code >= 400}
    assert shut == {}
