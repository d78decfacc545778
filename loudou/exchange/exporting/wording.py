"""What an export was narrowed to, said in words: the filters of its list as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import SOURCES
from loudou.exchange.exporting.sheet import Filters, Sheet
from loudou.fieldwork import words as fieldwork
from loudou.fieldwork.lens.activities import ActivityLens
from loudou.fieldwork.lens.calls import CallLens
from loudou.kernel.periods import Period
from loudou.people.lens import PeopleLens
from loudou.people.models import User
from loudou.pipeline import words as deals
from loudou.pipeline.lens import DealLens
from loudou.pipeline.models.funnel import Category
from loudou.problems import lens as problems
from loudou.problems.lens import ProblemLens, RuleLens
from loudou.tasks import words as tasks
from loudou.tasks.lens import TaskLens
from loudou.tasks.origins import ORIGINS
from loudou.ui import format as f
from loudou.warnings import words as warnings
from loudou.warnings.events import SIGNS
from loudou.warnings.lens import WarningLens

Words = Mapping[Any, Promise | str]

LABELS = {
    "unit": _("Unit"),
    "owner": _("Owner"),
    "period": _("Period"),
    "from": _("From"),
    "to": _("To"),
    "funnel": _("Funnel"),
    "stage": _("Stage"),
    "outcome": _("Outcome"),
    "due": _("Expected"),
    "created": _("Since"),
    "closed": _("Closed"),
    "category": _("Category"),
    "source": _("Source"),
    "flag": _("Flag"),
    "min": _("At least"),
    "max": _("At most"),
    "customer": _("Customer"),
    "deal": _("Deal"),
    "q": _("Text"),
    "industry": _("Industry"),
    "region": _("Region"),
    "grade": _("Grade"),
    "kind": _("Kind"),
    "tag": _("Tag"),
    "activity": _("Kind"),
    "state": _("State"),
    "when": _("Due"),
    "priority": _("Priority"),
    "caller": _("Who rang"),
    "follower": _("Followed up by"),
    "form": _("Form"),
    "area": _("Area"),
    "sign": _("Sign of trouble"),
}
# What a lens calls a parameter whose name is another.
_HELD = {"q": "text", "min": "low", "max": "high", "activity": "kind"}
# What a list may be asked for where that is no choice of a field of its rows.
_ASKED: dict[type[PeopleLens], dict[str, Words]] = {
    ActivityLens: {"state": fieldwork.STATES},
    CallLens: {"state": fieldwork.CALL_STATES},
    ProblemLens: {"state": dict(problems.STATES), "kind": dict(problems.KINDS)},
    RuleLens: {"state": dict(problems.RULE_STATES)},
    WarningLens: {"state": warnings.STATES, "sign": SIGNS},
}
_YES = {"tone": {"urgent": _("Over or overdue"), "watched": _("To watch")}, "set": {"me": _("Set by me")}}


def in_words(sheet: Sheet, user: User | None, filters: Filters) -> list[tuple[str, str]]:
    """Each filter that is understood as (what it is about, which); some say all by themselves and are about ""."""
    if sheet.lens is None or not filters:
        return []
    lens = sheet.lens.read(filters, user)
    return [(str(LABELS.get(name, "")), _value(sheet, lens, name, lens.asked)) for name in lens.asked]


def named(filters: Filters) -> list[str]:
    """What the filters are about, without asking which: for a list of exports."""
    return list(dict.fromkeys(str(LABELS[name]) for name in filters if name in LABELS))


def _value(sheet: Sheet, lens: PeopleLens, name: str, filters: Filters) -> str:
    raw, held = filters[name], getattr(lens, _HELD.get(name, name), None)
    if name == "stage" and isinstance(lens, DealLens) and held is not None:
        return deals.stage_name(lens)
    if isinstance(held, Model):
        return str(held)
    if isinstance(held, Period):
        return f.period(held, lens.company.fiscal)
    if isinstance(held, Decimal):
        return f.short(held)
    said = _words(sheet, lens, name, filters)
    return ", ".join(str(said.get(part, part)) for part in raw.split(","))


def _words(sheet: Sheet, lens: PeopleLens, name: str, filters: Filters) -> Words:
    if name in _YES:
        return _YES[name]
    own: dict[str, Words] = {}
    if isinstance(lens, DealLens):
        own = {"outcome": deals.OUTCOMES, "category": dict(Category.choices), "flag": deals.FLAGS}
        own["source"] = SOURCES
    elif isinstance(lens, TaskLens):
        own = {"when": tasks.WHEN, "state": tasks.STATES}
        own["origin"] = {code: origin.name for code, origin in ORIGINS.items()}
    else:
        own = _ASKED.get(type(lens), own)
    try:
        field = sheet.choose(lens.user, filters).model._meta.get_field(_HELD.get(name, name))
    except FieldDoesNotExist:
        return own.get(name, {})
    return own.get(name) or {str(value): text for value, text in getattr(field, "flatchoices", ())}
