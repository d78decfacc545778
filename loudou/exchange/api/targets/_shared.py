"""What the operations about targets have in common: words of the body, filters by owner, taking back."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from django.utils.translation import gettext as _
from pydantic import Field

from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import narrowed
from loudou.exchange.api.people import named_person, named_unit
from loudou.exchange.api.problems import invalid
from loudou.exchange.api.shapes import Asked, In, Key, Version
from loudou.journal.record import refuse_stale
from loudou.kernel.periods import Period
from loudou.people.access import company_of, fetch, require

Metric = Literal[
    "bookings",
    "invoiced",
    "cash",
    "gross_margin",
    "quantity",
    "new_customers",
    "deals",
    "conversion",
    "visits",
]
PeriodName = Annotated[
    str, Field(min_length=4, max_length=30, description="2026, 2026-Q2, 2026-04, 2026-W17, 2026-04-17.")
]
Words = Annotated[str, Field(max_length=300)]
M = TypeVar("M")


class OfSomebody(Asked):
    """A filter by whose and of what."""

    unit: Key | None = None
    person: Key | None = None


class ForSomebody(In):
    """A body that names whose it is."""

    unit: Key | None = None
    person: Key | None = None


class Withdrawal(In):
    version: Version | None = None


def seen(request: Call, model: Any, **wanted: object) -> Any:
    """The rows of a kind this person may see, narrowed to what is asked for."""
    require(request.user, model.access.see)
    return narrowed(model.objects.visible_to(request.user), **wanted)


def owner_of(request: Call, body: ForSomebody) -> dict[str, Any]:
    """The unit and the person a body names."""
    return {
        "unit": named_unit(body.unit, "unit"),
        "person": named_person(request.user, body.person, "person"),
    }


def to_withdraw(request: Call, model: type[M], key: int, body: Withdrawal) -> M:
    """The row that is to be taken back, as the caller saw it."""
    row: Any = fetch(request.user, model, key)  # type: ignore[type-var] # a model of ours
    refuse_stale(row, sent_version(request, body.version))
    return row  # type: ignore[no-any-return]


def period_named(request: Call, name: str, field: str = "period") -> Period:
    """The period a name means."""
    try:
        return company_of(request.user).fiscal.parse(name)
    except (ValueError, OverflowError):
        sentence = _("A period is written as 2026, 2026-Q2, 2026-04, 2026-W17 or 2026-04-17.")
        raise invalid({field: sentence}) from None
