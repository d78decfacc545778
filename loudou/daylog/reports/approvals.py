"""How managers sign (M46, P13): in time, with an opinion of substance, after reading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Q

from loudou.daylog.queries.stays import is_within, stays
from loudou.insight.figures.scope import Scope
from loudou.insight.lens import InsightLens
from loudou.insight.reports._plain import of_people, ratio
from loudou.kernel.numbers import CENT
from loudou.kernel.periods import midnight
from loudou.people.models import Membership, User
from loudou.signoff.figures import Approvals, substantial
from loudou.signoff.models import Request

SEE = "daylog.see_approvals"


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
    scope, period, zone = lens.seen_by(SEE), lens.or_this_quarter(), lens.company.zone
    since, until = midnight(period.start, zone), min(midnight(period.end, zone), lens.instant)
    asked = Request.objects.filter(asked_at__gte=since, asked_at__lt=until).exclude(
        state=Request.State.WITHDRAWN
    )
    rows = list(asked.filter(_theirs(scope)).values_list(*_COLUMNS).order_by("pk"))
    people = _people(scope, {key for row in rows for key in row[1:3]})
    stood = stays(people, scope, zone) if scope.units is not None else None

    def counts(person: int, at: datetime) -> bool:
        day = at.astimezone(zone).date()
        return person in people and (stood is None or is_within(day, stood.get(person, ())))

    found = _counted(rows, counts, lens.instant)
    return ApprovalsReport(lens, [(people[key], found[key].told()) for key in people if key in found])


def _counted(
    rows: Sequence[Any], counts: Callable[[int, datetime], bool], instant: datetime
) -> dict[int, _Counted]:
    """By signer what is known at an instant of requests for whose people `counts` answers, when they were asked for."""
    found: dict[int, _Counted] = defaultdict(_Counted)
    answered: set[int] = set()
    for key, signer, answered_by, asked_at, at, due_at, opened_at in rows:
        known = at if at is not None and at < instant else None
        if counts(signer or answered_by, asked_at):
            _time(found[signer or answered_by], known, due_at, instant)
        if known is not None and counts(answered_by, asked_at):
            answered.add(key)
            author = found[answered_by]
            if opened_at is not None:
                author.reading.append(Decimal((known - opened_at).total_seconds()))
    _substance(found, answered)
    return found


_COLUMNS = ("pk", "signer", "answered_by", "asked_at", "answered_at", "due_at", "opened_at")


def _theirs(scope: Scope) -> Q:
    """Requests that whoever may be in the report had to sign, or signed."""
    wanted = Q(signer__isnull=False) | Q(answered_by__isnull=False)
    if scope.units is not None:
        members = Membership.objects.filter(unit__in=sorted({one.unit for one in scope.units})).values("user")
        wanted &= Q(signer__in=members) | Q(answered_by__in=members)
    if scope.owner is not None:
        wanted &= Q(signer=scope.owner) | Q(answered_by=scope.owner)
    return wanted


def _people(scope: Scope, keys: Collection[int | None]) -> dict[int, User]:
    """Of these the people a scope may be about, by name."""
    people = User.objects.filter(pk__in={key for key in keys if key}).select_related("unit")
    if scope.owner is not None:
        people = people.filter(pk=scope.owner)
    return {user.pk: user for user in people.order_by("name_key", "pk")}


def _time(one: _Counted, answered_at: datetime | None, due_at: datetime, instant: datetime) -> None:
    if answered_at is None:
        one.pending += 1
        one.inside += instant <= due_at
    elif answered_at <= due_at:
        one.in_time += 1
    else:
        one.late += 1


def _substance(found: dict[int, _Counted], answered: set[int]) -> None:
    """Judge opinions in the order they were given, each beside its author's twenty before, whatever the period."""
    told = Request.objects.filter(answered_by__in=list(found), state__in=("signed", "returned"))
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
