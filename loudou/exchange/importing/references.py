"""Finding what rows refer to, in sets: once a run where there are few, once a chunk where there are many."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing.alike import compared
from loudou.exchange.importing.spec import Row
from loudou.exchange.models import Origin
from loudou.journal.bulk import copy_in
from loudou.kernel.refusals import Refused
from loudou.people.models import Organisation, Unit, User
from loudou.people.queries import organisation
from loudou.people.usernames import as_kept
from loudou.ui.spelling import folded

if TYPE_CHECKING:
    from loudou.exchange.importing.engine import Run

T = TypeVar("T")
M = TypeVar("M", bound=Model)


def once(run: Run, name: str, look: Callable[[], T]) -> T:
    """What `look` finds, asked for once in the whole run."""
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
    return everybody.get(as_kept(name).lower()) or everybody.get(folded(name))


def somebody(run: Run, values: Mapping[str, Any], column: str) -> User:
    """Whom a column of a row's values names; Refused where it is nobody."""
    found = person(run, values[column])
    if found is None:
        raise Refused(_("There is nobody called “{name}”.").format(name=values[column]), field=column)
    return found


def person_in(row: Row, run: Run, column: str = "owner_username") -> User | None:
    """Whom a column names; a row is refused that names somebody unknown."""
    name = row.values.get(column)
    found = person(run, name) if name else None
    if name and found is None:
        row.refuse(_("There is nobody with the user name “{code}”.").format(code=name), column)
    return found


_UNKNOWN = {
    "customer_code": gettext_lazy("There is no customer with the code “{code}”."),
    "deal_code": gettext_lazy("There is no deal with the number “{code}”."),
    "unit_code": gettext_lazy("There is no unit with the code “{code}”."),
    "product_code": gettext_lazy("There is no product with the code “{code}”."),
}


def refuse_unknown(row: Row, column: str) -> None:
    """Refuse a row for what its column names, which is not there."""
    row.refuse(_UNKNOWN[column].format(code=row.values[column]), column)


def units(run: Run) -> Mapping[str, Unit]:
    """All units by code."""
    return once(run, "units", lambda: {unit.code: unit for unit in Unit.objects.all()})


def by_code(model: type[M], codes: Iterable[str], *related: str) -> dict[str, M]:
    """Rows of a model by their codes, in one query; what they are found by is left where it is."""
    wanted = set(codes)
    if not wanted:
        return {}
    rows: Any = model._default_manager.filter(code__in=wanted).defer("search")
    return {row.code: row for row in (rows.select_related(*related) if related else rows)}


Fallback = Callable[[Mapping[str, Any]], tuple[Any, ...]]
_MADE = "~"  # how ids begin that are made of what a row says


def source_of(values: Mapping[str, Any]) -> tuple[str, str] | None:
    """Where a row says it comes from: its system and the id it has there."""
    source_id = values.get("source_id")
    return (values.get("source_system", ""), source_id) if source_id else None


def known_before(run: Run, rows: Sequence[Row], *, fallback: Fallback) -> dict[int, int]:
    """What rows became when they came before, by the row: the key of the record."""
    asked = {id(row): origins for row in rows if (origins := _origins(row.values, fallback))}
    wanted: dict[str, set[str]] = {}
    for system, source_id in itertools.chain.from_iterable(asked.values()):
        wanted.setdefault(system, set()).add(source_id)
    known: dict[tuple[str, str], int] = {}
    for system, ids in wanted.items():
        kept = Origin.objects.filter(kind=run.kind.name, system=system, source_id__in=ids)
        known |= {(system, source_id): key for source_id, key in kept.values_list("source_id", "object_id")}
    return {
        row: key
        for row, origins in asked.items()
        if (key := next((known[origin] for origin in origins if origin in known), None)) is not None
    }


def remember(run: Run, pairs: Iterable[tuple[Row, int]], *, fallback: Fallback) -> None:
    """Remember what rows became that no code of ours tells apart, so that the same row is the same record again."""
    found = {origin: key for row, key in pairs for origin in _origins(row.values, fallback)}
    copy_in(
        Origin,
        (
            Origin(kind=run.kind.name, system=system, source_id=source_id, object_id=key)
            for (system, source_id), key in found.items()
        ),
    )


def _origins(values: Mapping[str, Any], fallback: Fallback) -> list[tuple[str, str]]:
    """The system and id a row is known by: its own, or, where it has no code either, one made of what it says.

    That is made of its words as they are written, and, where that is another, of what they say.
    """
    if source := source_of(values):
        return [source]
    if values.get("code"):
        return []
    parts = [str(part or "") for part in fallback(values)]
    return [
        ("", _made(said)) for said in dict.fromkeys(("\x1f".join(parts), "\x1f".join(map(compared, parts))))
    ]


def _made(said: str) -> str:
    return _MADE + hashlib.sha256(said.encode()).hexdigest()[:40]
