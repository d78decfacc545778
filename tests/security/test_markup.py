"""Markup written into every text of the database stays text on every page (XS-02, XS-07, IN-04)."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.db import DatabaseError, models, transaction

from loudou.pipeline.queries import funnels
from tests.doors import Door
from tests.security.crawl import WALKERS, client_of, pages
from tests.world import World

ROOMS = ("people", "signoff", "catalog", "customers", "pipeline", "insight", "exchange")
# What the program itself writes and reads by its form.
KEPT = {"password", "username", "path", "language", "theme", "landing", "time_zone", "totp_secret", "sha256"}
KEPT |= {
    "stored_as",
    "needs",
    "url",
    "subject_type",
    "digest",
    "page",
    "query",
    "act",
    "currency",
    "base_currency",
}
SHORT = "'\"><b onclick=a>"
LONG = f"</script></title></textarea>{SHORT}<img src=x onerror=alert(1)><svg/onload=alert(2)>{{{{7*7}}}}%(x)s{{0}}"
LINKS = ("javascript:", "data:text", "vbscript:")


class Markup(HTMLParser):
    """Finds the elements that only the texts above can have brought, and links that are no addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        linked = [
            str(value).strip().lower() for name, value in attributes if name in ("href", "src", "action")
        ]
        if any(name.startswith("on") for name, _value in attributes) or any(
            link.startswith(LINKS) for link in linked
        ):
            self.found.append(self.get_starttag_text() or tag)


def texts() -> Iterator[tuple[type[models.Model], models.Field[str, str]]]:
    """Every column of the business's tables that somebody writes into freely."""
    for room in ROOMS:
        for model in apps.get_app_config(room).get_models():
            for field in model._meta.concrete_fields:
                free = isinstance(field, models.CharField | models.TextField) and not field.choices
                if free and field.name not in KEPT and not field.primary_key:
                    yield model, field


@pytest.fixture
def hostile(db: None) -> list[tuple[Door, str]]:
    """The pages of the small world after somebody wrote markup wherever the database lets them."""
    met, written = list(pages(World())), 0
    for model, field in texts():
        text = ("javascript:alert(1)//" + LONG) if field.name == "website" else LONG
        text = text if (field.max_length or 1000) >= len(text) else SHORT
        if (field.max_length or 1000) < len(text):
            continue
        try:
            with transaction.atomic():
                rows = model._default_manager.all() if not field.unique else model._default_manager.all()[:1]
                keys = list(rows.values_list("pk", flat=True))
                written += model._default_manager.filter(pk__in=keys).update(**{field.name: text})
        except DatabaseError:
            continue  # the database takes only what it knows there
    assert written > 100
    funnels.forget()
    return met


def test_nothing_written_becomes_markup(hostile: list[tuple[Door, str]]) -> None:
    clients = {who: client_of(who) for who in WALKERS}
    broken, shown = {}, 0
    for door, path in hostile:
        who = next((who for who in WALKERS if door.row()[who] == 200), None)
        answer = clients[who].get(path) if who else None
        if answer is None or not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        page = answer.content.decode()
        markup = Markup()
        markup.feed(page)
        shown += "onclick=a" in page
        if markup.found or answer.status_code >= 500 or ">49<" in page:
            broken[door.name] = (answer.status_code, markup.found[:2])
    assert broken == {}
    assert shown > 40
