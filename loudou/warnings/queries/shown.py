"""Reading warnings for lists, for a person's day, for a leader's first look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, Count, F, Q, QuerySet, When, Window
from django.db.models.functions import RowNumber

from loudou.people.access import reach, unit_ids
from loudou.people.grants import Reach
from loudou.people.models import User
from loudou.ui.prepared import ANY, MANY, Shapes, among
from loudou.warnings.models import EarlyWarning

ON_THE_DAY = 6
URGENT = ("-level", "-amount", "-id")


@dataclass(frozen=True)
class Waiting:
    """Warnings that wait for an answer: the most urgent, how many in all, how many of them longer than they may."""

    rows: Sequence[EarlyWarning] = ()
    count: int = 0
    late: int = 0


def rows(keys: Sequence[int]) -> list[EarlyWarning]:
    """The rows of a list, with what it shows of them."""
    return list(_shown(EarlyWarning.objects.filter(pk__in=keys)))


def waiting_for(user: User, *, leads: bool) -> tuple[Waiting, Waiting]:
    """What a person's own deals are warned of, and, of who leads, those of the units they lead; two queries."""
    far = reach(user, "warnings.see") if leads else Reach.OWN
    units = sorted(unit_ids(user, far)) if Reach.OWN < far < Reach.ALL else []
    told = _FIRST.of(far if far in (Reach.OWN, Reach.ALL) else Reach.BRANCH).tuples(user.pk, units)
    by_key = {row.pk: row for row in rows([pk for pk, *_rest in told])} if told else {}
    mine, others = ([line for line in told if line[1] is which] for which in (True, False))
    return _waiting(mine, by_key), _waiting(others, by_key)


def _first(far: Reach, user: int, units: list[int]) -> Any:
    """The most urgent that wait within reach, one's own and others', each with how many there are."""
    whose = Q(deal__owner=user)
    if far is Reach.ALL:
        whose = Q()
    elif far > Reach.OWN:
        whose |= Q(among(units, "deal__unit"))
    own = Case(When(deal__owner=user, then=True), default=False, output_field=BooleanField())
    order = [F(name.lstrip("-")).desc() for name in URGENT]
    placed: Any = (
        EarlyWarning.objects.waiting()
        .filter(whose)
        .annotate(
            own=own,
            place=Window(RowNumber(), partition_by="own", order_by=order),
            in_all=Window(Count("pk"), partition_by="own"),
            late=Window(Count("pk", filter=Q(level__gt=0)), partition_by="own"),
        )
    )
    first = placed.filter(place__lte=ON_THE_DAY).order_by("place")
    return first.values_list("pk", "own", "in_all", "late")


_FIRST = Shapes(_first, ANY, MANY)


def _waiting(told: Sequence[Any], by_key: Mapping[int, EarlyWarning]) -> Waiting:
    if not told:
        return Waiting()
    _pk, _own, count, late = told[0]
    return Waiting([by_key[line[0]] for line in told], count, late)


def _shown(found: QuerySet[EarlyWarning]) -> QuerySet[EarlyWarning]:
    return found.select_related("deal__owner", "deal__spec", "answered_by").defer(
        "deal__search", "deal__extra", "deal__note", "deal__review"
    )
