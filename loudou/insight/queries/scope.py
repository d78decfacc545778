"""A scope as conditions of the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, Case, Exists, Func, OuterRef, Q, Value, When

from loudou.insight.figures.scope import NO_SOURCE, Belonging, Scope, just_before
from loudou.pipeline.models import Line, Move
from loudou.ui.prepared import among

Keys = ArraySubquery | Func  # of deals, as an array


def whose(
    scope: Scope,
    *,
    owner: str = "owner",
    unit: str = "unit",
    at: datetime | str = "",
    zone: tzinfo | None = None,
) -> Q:
    """Rows of the scope's owner and units; `at` is the column at which a unit must have counted.

    Or it is the instant at which the rows stood: the unit must have counted just before it.

    With a `zone` the column holds days of it.
    """
    wanted = Q(**{owner: scope.owner}) if scope.owner is not None else Q()
    if scope.units is None:
        return wanted
    steady = [one.unit for one in scope.units if one.always]
    within = Q(**{f"{unit}__in": steady})
    for one in scope.units:
        if not one.always:
            within |= during(one, unit=unit, at=at, zone=zone)
    return wanted & within


def during(one: Belonging, *, unit: str, at: datetime | str, zone: tzinfo | None = None) -> Q:
    """Rows of a unit while it counted."""
    if isinstance(at, datetime):
        return Q(**{unit: one.unit}) if one.at(just_before(at)) else Q(pk__in=[])
    within = Q(**{unit: one.unit})
    since, until = one.days(zone) if zone is not None else (one.since, one.until)
    if one.since is not None:
        within &= Q(**{f"{at}__gte": since})
    if one.until is not None:
        within &= Q(**{f"{at}__lt": until})
    return within


def branch_of(units: Iterable[Belonging], *, unit: str, at: datetime | str) -> Any:
    """The branch in which a row's unit counted, as an expression."""
    steady: dict[int | None, list[int]] = defaultdict(list)
    passing = []
    for one in units:
        if one.always:
            steady[one.branch].append(one.unit)
        else:
            passing.append(When(during(one, unit=unit, at=at), then=Value(one.branch)))
    cases = [When(**{f"{unit}__in": some}, then=Value(branch)) for branch, some in steady.items()]
    return Case(*cases, *passing, output_field=BigIntegerField())


def ever(scope: Scope, *, deal: str) -> Q:
    """Rows of deals that the scope's owner, and one of its units, ever had: nothing else counts at any instant."""
    wanted, facts = Q(), Move.objects.filter(deal=OuterRef(deal))
    if scope.owner is not None:
        wanted &= Q(Exists(facts.filter(owner=scope.owner)))
    if scope.units is not None:
        wanted &= Q(Exists(facts.filter(among(sorted({one.unit for one in scope.units}), "unit"))))
    return wanted


def had_by(scope: Scope, keys: Keys) -> Keys:
    """Of deals, by keys that the statement itself finds, those that the scope's owner, and one of its units, ever had.

    The same as `ever`, without looking at a deal that nobody of the scope had.
    """
    facts = Move.objects.order_by()
    if scope.owner is not None:
        keys = ArraySubquery(facts.filter(among(keys, "deal"), owner=scope.owner).values("deal"))
    if scope.units is not None:
        units = sorted({one.unit for one in scope.units})
        keys = ArraySubquery(facts.filter(among(keys, "deal"), among(units, "unit")).values("deal"))
    return keys


def which(scope: Scope, *, deal: str = "deal__") -> Q:
    """Rows of deals that are what the scope asks for; `deal` is the path to them."""
    named = "" if scope.source == NO_SOURCE else scope.source
    wanted = Q(**{f"{deal}source": named}) if scope.source else Q()
    if scope.product is not None:
        key = f"{deal.removesuffix('__')}__in" if deal else "pk__in"
        wanted &= Q(**{key: Line.objects.filter(product=scope.product).values("deal")})
    return wanted


def whose_plain(scope: Scope) -> list[tuple[int, str, str, int]] | None:
    """The units of a scope with the times they count, in order; None for all."""
    if scope.units is None:
        return None
    return sorted({(one.unit, str(one.since), str(one.until), one.branch or 0) for one in scope.units})
