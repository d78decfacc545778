"""Finding what rows refer to, in sets: once a run where there are few, once a chunk where there are many."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Model

from loudou.exchange.importing.engine import Run
from loudou.exchange.importing.spec import Row
from loudou.exchange.models import Origin
from loudou.people.models import Organisation, Unit, User
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
