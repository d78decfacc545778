"""What others wrote, and what their deals are worth, stands on no page and in no answer of the API (AC-13, API3)."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from urllib.parse import parse_qsl, urlencode

import pytest
from django.db.models import F, Model, Value
from django.db.models.functions import Concat
from django.test import Client

from loudou.customers.models import Contact, Customer, CustomerFile
from loudou.daylog.models import DayLog, Item, Line, Query, Support
from loudou.fieldwork.models import Activity, PhoneCall, VisitPlan
from loudou.market.models import Stop
from loudou.pipeline.models import Competitor, Deal, Evidence, File
from loudou.problems.models import Problem
from loudou.reviews.models import Pack
from loudou.signoff.models import Request
from loudou.steering.models import Measure
from loudou.tasks.models import Task
from loudou.warnings.models import EarlyWarning
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.api_doors import ROWS
from tests.exchange.calling import PREFIX
from tests.security.crawl import pages
from tests.world import World

CANARY = "鸹"
AMOUNT = Decimal("7654321.98")
WRITTEN: dict[type[Model], tuple[str, ...]] = {
    **{Deal: ("title", "customer_name"), Customer: ("name",), Contact: ("name",), CustomerFile: ("name",)},
    **{Competitor: ("name",), Evidence: ("note",), File: ("name",), Request: ("reason", "opinion")},
    **{Task: ("title", "note"), Activity: ("contact", "result"), PhoneCall: ("name", "matter")},
    **{VisitPlan: ("background", "strategy"), DayLog: ("help_needed", "plan"), Query: ("heard",)},
    **{Line: ("place", "customer_name", "persons", "result"), Item: ("text",), Support: ("matter",)},
    **{Measure: ("text",), EarlyWarning: ("reason",), Problem: ("title", "what"), Pack: ("causes", "plan")},
    **{Stop: ("customer_name", "heard")},
}
# Whoever holds these links is meant to read what stands there.
SECRET = ("broadcasts:unsubscribe", "broadcasts:show", "fieldwork:calendar")
ASKING_FOR_THEM = {"owner": "chenan", "unit": "D1", "from": "2020-01-01", "to": "2030-01-01"}


@pytest.fixture
def addresses(db: None) -> list[str]:
    """All pages of a world in which every record of chenan's and their manager's sings."""
    world = World()
    for name, made in vars(World).items():
        if isinstance(made, cached_property):
            getattr(world, name)
    for model, names in WRITTEN.items():
        sung = {name: Concat(Value(CANARY), F(name)) for name in names}
        assert model._default_manager.update(**sung), model
    Deal.objects.update(amount=AMOUNT, base_amount=AMOUNT)
    found = [path for door, path in pages(world) if door.name not in SECRET]
    lists = [name.removeprefix("GET ") for name in ROWS if name.startswith("GET ") and "{" not in name]
    return found + [PREFIX + path for path in lists]


@pytest.mark.slow
def test_they_sing_for_nobody_else(addresses: list[str]) -> None:
    theirs = [asking for path in addresses for asking in _asking_for_them(path)]
    assert len(_heard("chenan", addresses)) > 40
    assert _heard("maxiao", addresses) == []
    assert _heard("liuyang", theirs) == []


def _asking_for_them(path: str) -> list[str]:
    """The address asked about chenan and their branch: bare, and beside what it is asked by otherwise."""
    page, _, asked = path.partition("?")
    own = dict(parse_qsl(asked, keep_blank_values=True))
    forced = [{**kept, **ASKING_FOR_THEM} for kept in ([{}, own] if own else [{}])]
    return [f"{page}?{urlencode(each)}" for each in forced]


def _heard(who: str, addresses: list[str]) -> list[str]:
    client, read, heard = enter(Client(), getattr(Cast(), who)), 0, []
    for path in addresses:
        answer = client.get(path)
        if answer.status_code == 200 and not answer.streaming:
            read += 1
            heard += [path] if _sings(answer.content.decode()) else []
    assert read > 100
    return heard


def _sings(text: str) -> bool:
    marks = (CANARY, CANARY.encode("unicode_escape").decode(), "7,654,321", "765.43", str(AMOUNT))
    return any(mark in text for mark in marks)
