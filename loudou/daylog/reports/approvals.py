"""How managers sign (M46, P13): in time, with an opinion of substance, after reading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Q

from loudou.daylog.reports._asking import whose
from loudou.insight.lens import InsightLens
from loudou.insight.reports._plain import of_people, ratio
from loudou.kernel.numbers import CENT
from loudou.kernel.periods import midnight
from loudou.people.models import User
from loudou.signoff.figures import Approvals, substantial
from loudou.signoff.models import Request


@dataclass(frozen=True)
class ApprovalsReport:
    """Everybody for whose signature something waited, by name."""

    lens: InsightLens
    rows: Sequence[tuple[User, Approvals]]

    @cached_property
    def total(self) -> Approvals:
        """All together."""
        return sum((one for _user, one in self.rows), Approvals())

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return of_people(self.lens, _told(self.total), ((user, _told(one)) for user, one in self.rows))


@dataclass
class _Counted:
    """What is counted of one signer on the way."""

    in_time: int = 0
    late: int = 0
    pending: int = 0
    inside: int = 0
    opinions: int = 0
    with_substance: int = 0
    reading: list[Decimal] = field(default_factory=list)

    def told(self) -> Approvals:
        return Approvals(
            self.in_time,
            self.late,
            self.pending,
            self.inside,
            self.opinions,
            self.with_substance,
            tuple(self.reading),
        )


def approvals(lens: InsightLens) -> ApprovalsReport:
    """What was asked for in the period: who had to sign answers for the time, who signed for the opinion."""
    people = _people(lens)
    period, zone = lens.or_this_quarter(), lens.company.zone
    since, until = midnight(period.start, zone), min(midnight(period.end, zone), lens.instant)
    found: dict[int, _Counted] = defaultdict(_Counted)
    asked = Request.objects.filter(asked_at__gte=since, asked_at__lt=until).exclude(
        state=Request.State.WITHDRAWN
    )
    mine = Q(signer__in=people) | Q(answered_by__in=people)
    rows = asked.filter(mine).values_list(*_COLUMNS).order_by("pk")
    answered: set[int] = set()
    for key, signer, answered_by, at, due_at, opened_at in rows:
        known = at if at is not None and at < lens.instant else None
        one = found[signer or answered_by]
        _time(one, known, due_at, lens.instant)
        if known is not None:
            answered.add(key)
            author = found[answered_by]
            if opened_at is not None:
                author.reading.append(Decimal((known - opened_at).total_seconds()))
    _substance(found, answered, people)
    return ApprovalsReport(lens, [(people[key], found[key].told()) for key in people if key in found])


_COLUMNS = ("pk", "signer", "answered_by", "answered_at", "due_at", "opened_at")


def _people(lens: InsightLens) -> dict[int, User]:
    """Who may be in the report: people of the lens, by name."""
    bound = whose(lens, "daylog.see_approvals")
    people = User.objects.select_related("unit").order_by("name_key", "pk")
    if bound.units is not None:
        people = people.filter(unit__in=list(bound.units))
    if bound.owner is not None:
        people = people.filter(pk=bound.owner)
    return {user.pk: user for user in people}


def _time(one: _Counted, answered_at: datetime | None, due_at: datetime, instant: datetime) -> None:
    if answered_at is None:
        one.pending += 1
        one.inside += instant <= due_at
    elif answered_at <= due_at:
        one.in_time += 1
    else:
        one.late += 1


def _substance(found: dict[int, _Counted], answered: set[int], people: Iterable[int]) -> None:
    """Judge opinions in the order they were given, each beside its author's twenty before, whatever the period."""
    signers = [key for key in people if key in found]
    told = Request.objects.filter(answered_by__in=signers, state__in=("signed", "returned"))
    by_author: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for key, author, opinion in told.order_by("answered_at", "pk").values_list(
        "pk", "answered_by", "opinion"
    ):
        by_author[author].append((key, opinion))
    for author, opinions in by_author.items():
        judged = substantial([opinion for _key, opinion in opinions])
        for (key, _opinion), has in zip(opinions, judged, strict=True):
            if key in answered:
                found[author].opinions += 1
                found[author].with_substance += has


def _told(one: Approvals) -> dict[str, Any]:
    return {
        "received": one.received,
        "in_time": one.in_time,
        "late": one.late,
        "pending": one.pending,
        "pending_inside": one.inside,
        **ratio("timeliness", one.timeliness),
        "opinions": one.opinions,
        "substantial": one.substantial,
        **ratio("substance", one.substance),
        **ratio("score", one.score, CENT),
        **ratio("median_reading_seconds", one.median_reading, CENT),
        "rubber_stamp": one.is_rubber_stamp,
    }
