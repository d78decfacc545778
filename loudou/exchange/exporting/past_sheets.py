"""Exports of what is history only: judgements of deals, former numbers of targets, closed books with what was frozen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, tzinfo
from typing import Any

from django.utils.translation import gettext_lazy

from loudou.catalog.models import Product
from loudou.exchange.exporting.cells import Cell, instant
from loudou.exchange.exporting.sheet import Filters, Rows, Sheet
from loudou.forecasts.models import Judgement
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.targets.models import Closing, Edition, Fact, Target
from loudou.targets.queries.closing import employment_at


def _judgements(user: User | None, filters: Filters) -> Rows:
    rows = Judgement.objects.visible_to(user).select_related("user", "deal", "unit")
    return rows.defer("deal__search", "deal__extra", "deal__note").order_by("at", "id")


def _judgement(row: Judgement, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    unit = row.unit.code if row.unit else None
    about = (organisation().fiscal.name(row.period), row.user.username, row.deal.code)
    return (*about, row.verdict, instant(row.at, zone), row.amount, row.reason, row.level, unit)


def _editions(user: User | None, filters: Filters) -> Rows:
    """Of targets that were ever adjusted, all of them; others have the number they were set with."""
    seen = Target.objects.visible_to(user)
    rows = Edition.objects.filter(target__in=seen).order_by("target_id", "number")
    return rows.select_related("target__unit", "target__person", "target__stage__funnel", "set_by")


def _edition(row: Edition, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    target = row.target
    return (
        target.unit.code if target.unit else None,
        target.person.username if target.person else None,
        target.metric,
        organisation().fiscal.name(target.period),
        target.family or None,
        target.segment or None,
        target.stage.funnel.code if target.stage is not None else None,
        target.stage.code if target.stage is not None else None,
        str(row.number),
        row.amount,
        row.currency or None,
        row.cause or None,
        row.reason or None,
        row.effective_on,
        instant(row.set_at, zone),
        row.set_by.username if row.set_by else None,
    )


def _closings(user: User | None, filters: Filters) -> Rows:
    rows = Closing.objects.visible_to(user).select_related("closed_by", "reopened_by")
    return rows.defer("employed", "families").order_by("starts_on", "closed_at")


def _closing(row: Closing, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    closed_by = row.closed_by.username if row.closed_by else None
    reopened_by = row.reopened_by.username if row.reopened_by else None
    closed = (row.starts_on, row.last_day, instant(row.closed_at, zone), closed_by, row.note)
    return (*closed, instant(row.reopened_at, zone), reopened_by, row.reason)


def _facts(user: User | None, filters: Filters) -> Rows:
    closings = Closing.objects.visible_to(user)
    rows = Fact.objects.filter(closing__in=closings).select_related("closing", "person", "unit")
    return rows.defer("closing__employed", "closing__families").order_by("closing_id", "id")


def _with_the_frozen(facts: list[Fact]) -> list[Any]:
    """What was achieved, and before it who had joined or left and what stood in which family at each closing."""
    return [*(told for closing in Closing.objects.order_by("pk") for told in _frozen(closing)), *facts]


def _frozen(closing: Closing) -> Iterator[tuple[Closing, str, date | None, str, str, str]]:
    names = dict(User.objects.values_list("pk", "username"))
    employed = {names[key]: days for key, days in employment_at(closing).items() if key in names}
    for name, days in sorted(employed.items()):
        for what, day in zip(("joined", "left"), days, strict=True):
            if day is not None:
                yield closing, what, day, name, "", ""
    codes = dict(Product.objects.values_list("pk", "code"))
    families = {codes[int(key)]: family for key, family in closing.families.items() if int(key) in codes}
    for code, family in sorted(families.items()):
        yield closing, "family", None, "", code, family


def _fact(row: Any, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    if isinstance(row, tuple):
        closing, what, day, username, product, family = row
        return instant(closing.closed_at, zone), what, day, username, None, product, family, None
    who, unit = row.person.username if row.person else None, row.unit.code if row.unit else None
    about = (instant(row.closing.closed_at, zone), row.metric, row.day, who, unit, None, row.family)
    return (*about, row.amount.normalize())


PAST_SHEETS = (
    Sheet(
        "judgements",
        gettext_lazy("Judgements of deals in forecasts"),
        (
            *("period", "username", "deal_code", "verdict", "at"),
            *("amount", "reason", "level", "unit_code"),
        ),
        "forecasts.see",
        _judgements,
        _judgement,
    ),
    Sheet(
        "target-editions",
        gettext_lazy("Former numbers of targets"),
        (
            *("unit_code", "username", "metric", "period", "family", "segment", "funnel", "stage"),
            *("number", "amount", "currency", "cause", "reason", "effective_on", "set_at", "set_by"),
        ),
        "targets.see",
        _editions,
        _edition,
    ),
    Sheet(
        "closings",
        gettext_lazy("Closed books"),
        ("from", "through", "closed_at", "closed_by", "note", "reopened_at", "reopened_by", "reason"),
        "targets.see",
        _closings,
        _closing,
    ),
    Sheet(
        "closing-facts",
        gettext_lazy("What was frozen in closed books"),
        ("closed_at", "what", "day", "username", "unit_code", "product_code", "family", "amount"),
        "exchange.import_history",
        _facts,
        _fact,
        arrange=_with_the_frozen,
    ),
)
