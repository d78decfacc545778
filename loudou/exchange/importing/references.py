"""Finding what rows refer to, in sets: once a run where there are few, once a chunk where there are many."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Model

from loudou.exchange.importing.engine import Run
from loudou.exchange.importing.spec import Row
from loudou.exchange.models import Origin
from loudou.kernel.money import Money
from loudou.people.models import Membership, Organisation, Rate, Unit, User
from loudou.people.queries import organisation
from loudou.ui.words import folded

T = TypeVar("T")
M = TypeVar("M", bound=Model)
_one_at_a_time = threading.Lock()


def once(run: Run, name: str, look: Callable[[], T]) -> T:
    """What `look` finds, asked for once in the whole run."""
    if name not in run.known:
        with _one_at_a_time:
            if name not in run.known:
                run.known[name] = look()
    found: T = run.known[name]
    return found


def company(run: Run) -> Organisation:
    """The organisation."""
    return once(run, "company", organisation)


def people(run: Run) -> Mapping[str, User]:
    """Everybody by user name in small letters, and, where only one has it, by name."""
    return once(run, "people", _people)


def _people() -> dict[str, User]:
    everybody = list(User.objects.select_related("unit").order_by("pk"))
    names: dict[str, list[User]] = {}
    for user in everybody:
        names.setdefault(folded(user.name), []).append(user)
    found = {name: alike[0] for name, alike in names.items() if len(alike) == 1}
    return found | {user.username.lower(): user for user in everybody}


def person(run: Run, name: str) -> User | None:
    """Somebody by user name or name."""
    everybody = people(run)
    return everybody.get(name.lower()) or everybody.get(folded(name))


def units(run: Run) -> Mapping[str, Unit]:
    """All units by code."""
    return once(run, "units", lambda: {unit.code: unit for unit in Unit.objects.all()})


def unit_at(run: Run, user: User, day: date) -> int | None:
    """The unit somebody belonged to on a day; before their first membership, the one they joined first (B0.8)."""
    stays = once(run, "memberships", _memberships).get(user.pk)
    if not stays:
        return user.unit_id
    place = bisect_right(stays[0], day) - 1
    return stays[1][max(place, 0)]


def _memberships() -> dict[int, tuple[list[date], list[int]]]:
    stays: dict[int, tuple[list[date], list[int]]] = {}
    rows = Membership.objects.order_by("user_id", "since").values_list("user_id", "since", "unit_id")
    for user, since, unit in rows:
        sinces, there = stays.setdefault(user, ([], []))
        sinces.append(since)
        there.append(unit)
    return stays


class NoRate(ValueError):
    """A currency has no rate at all."""


def in_base(run: Run, amount: Decimal, currency: str, at: datetime, *, kind: str = "plan") -> Decimal:
    """An amount in the base currency, at the rate in force at an instant; before the first one, at the first.

    `spot` falls back on the plan rate. Raises `NoRate`.
    """
    house = company(run)
    if currency == house.base_currency:
        return amount
    found = once(run, "rates", _rates)
    day = at.astimezone(house.zone).date()
    for wanted in (kind, "plan") if kind == "spot" else (kind,):
        days, values = found.get((currency, wanted), ([], []))
        place = bisect_right(days, day) - 1
        if place >= 0 or (days and wanted == "plan"):
            return Money(amount, currency).into(house.base_currency, values[max(place, 0)]).amount
    raise NoRate(currency)


def _rates() -> dict[tuple[str, str], tuple[list[date], list[Decimal]]]:
    found: dict[tuple[str, str], tuple[list[date], list[Decimal]]] = {}
    rows = Rate.objects.order_by("valid_from").values_list("currency", "kind", "valid_from", "rate")
    for currency, kind, day, rate in rows:
        days, values = found.setdefault((currency, kind), ([], []))
        days.append(day)
        values.append(rate)
    return found


def by_code(model: type[M], codes: Iterable[str], *related: str) -> dict[str, M]:
    """Rows of a model by their codes, in one query."""
    wanted = set(codes)
    if not wanted:
        return {}
    rows: Any = model._default_manager.filter(code__in=wanted)
    return {row.code: row for row in (rows.select_related(*related) if related else rows)}


def origins(run: Run, rows: Sequence[Row]) -> dict[tuple[str, str], int]:
    """What rows with a source of their own became when they came before: (system, id) → key of the record."""
    wanted: dict[str, set[str]] = {}
    for row in rows:
        if source := source_of(row):
            wanted.setdefault(source[0], set()).add(source[1])
    found: dict[tuple[str, str], int] = {}
    for system, ids in wanted.items():
        known = Origin.objects.filter(kind=run.kind.name, system=system, source_id__in=ids)
        found |= {(system, source_id): key for source_id, key in known.values_list("source_id", "object_id")}
    return found


def source_of(row: Row) -> tuple[str, str] | None:
    """Where a row says it comes from: its system and the id it has there."""
    source_id = row.values.get("source_id")
    return (row.values.get("source_system", ""), source_id) if source_id else None
