"""What happens to walks: recorded, annulled, taken over from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.journal.record import lock, record, record_each, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.market import events
from loudou.market.models import Stop, Walk
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.people.tables import Tables
from loudou.ui.texts import kept

RIGHT = "exchange.import_history"
WITHIN = timedelta(days=7)
MOST_STOPS = 20
_LONGEST = {"area": 120, "customer_name": 120, "persons": 120, "reason": 300}
_PARAGRAPH = 2000


@dataclass(frozen=True)
class Met:
    """Whom a walk led to, as it is told; a customer may be one of the house or only a name."""

    customer: Customer | None = None
    customer_name: str = ""
    persons: str = ""
    heard: str = ""
    competitors: str = ""
    prices: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was told."""
        return not any(getattr(self, one.name) for one in fields(self))


@verb
def record_walk(
    owner: User,
    *,
    day: date,
    met: Sequence[Met],
    by: User | None,
    area: str = "",
    beside: User | None = None,
    learned: str = "",
    follows: str = "",
) -> Walk:
    """Record a manager's day in the field (F26) within a week of it, with a customer at least; one a day.

    Told again word for word it is the walk that stands: what was sent twice is there once.
    """
    walk = _walk(owner, day, area=area, beside=beside, learned=learned, follows=follows)
    require(by, "market.walk", walk)
    today = organisation().today
    if day > today:
        raise Refused(_("This lies in the future."), field="day")
    if day < today - WITHIN:
        raise Refused(_("A walk is recorded within a week."), field="day")
    stops = _stops(walk, met)
    if not stops:
        raise Refused(_("Say which customer you met."), field="met")
    lock(owner)
    former = Walk.objects.standing().filter(owner=owner, day=day).first()
    if former is not None and _words(former, former.stops.all()) == _words(walk, stops):
        return former
    if former is not None:
        raise Refused(_("This day has a walk already; annul it to write it anew."), field="day")
    _keep(walk, stops)
    record(events.RECORDED, walk, by=by, day=day, notify=filter(None, [beside]))
    return walk


@verb
def annul_walk(walk: Walk, *, reason: str, by: User | None, version: int | None = None) -> Walk:
    """Let a walk count nowhere, with the reason; it stays readable, and the day may be recorded anew."""
    require(by, "market.annul", walk)
    fresh = lock(walk, version=version)
    if fresh.annulled_at is not None:
        raise Refused(_("This walk is annulled already."))
    fresh.annulled_reason = _text("reason", reason)
    if not fresh.annulled_reason:
        raise Refused(_("Say why."), field="reason")
    fresh.annulled_at, fresh.version = clock.now(), fresh.version + 1
    fresh.save()
    record(events.ANNULLED, fresh, by=by, reason=fresh.annulled_reason, notify=[fresh.owner])
    return fresh


@verb
def import_walk(
    owner: User,
    *,
    day: date,
    met: Sequence[Met],
    by: User | None,
    area: str = "",
    beside: User | None = None,
    learned: str = "",
    follows: str = "",
) -> Walk | None:
    """Take over a walk of whatever day; it counts as known at its own time (B0.11). None if the day has one."""
    require(by, RIGHT)
    if Walk.objects.standing().filter(owner=owner, day=day).exists():
        return None
    if day > organisation().today:
        raise Refused(_("This lies in the future."), field="day")
    walk = _walk(owner, day, area=area, beside=beside, learned=learned, follows=follows)
    walk.recorded_at = min(_noon(day), clock.now())
    _keep(walk, _stops(walk, met))
    record(events.IMPORTED, walk, by=by, day=day)
    return walk


@verb
def withdraw_walks(keys: Sequence[int], *, by: User | None) -> None:
    """Take walks back that an import brought by mistake."""
    require(by, RIGHT)
    rows = list(Walk.objects.filter(pk__in=keys).select_related("owner"))
    record_each(events.WITHDRAWN, ((row, {}) for row in rows), by=by)
    Walk.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _walk(owner: User, day: date, *, area: str, beside: User | None, learned: str, follows: str) -> Walk:
    return Walk(
        owner=owner,
        unit_id=Tables.read().unit_of(owner, _noon(day)),
        day=day,
        area=_text("area", area),
        beside=beside,
        learned=_text("learned", learned),
        follows=_text("follows", follows),
        recorded_at=clock.now(),
    )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), organisation().zone)


def _stops(walk: Walk, met: Sequence[Met]) -> list[Stop]:
    told = [one for one in met if not one.is_empty]
    if len(told) > MOST_STOPS:
        raise Refused(_("At most {n} stops a day.").format(n=MOST_STOPS), field="met")
    stops = []
    for position, one in enumerate(told, 1):
        name = one.customer.name if one.customer is not None else one.customer_name
        said = {
            name: _text(name, getattr(one, name)) for name in ("persons", "heard", "competitors", "prices")
        }
        named = _text("customer_name", name[:120])
        if not named:
            raise Refused(_("Say which customer you met."), field="met")
        stops.append(Stop(walk=walk, position=position, customer=one.customer, customer_name=named, **said))
    return stops


def _words(walk: Walk, stops: Iterable[Stop]) -> tuple[object, ...]:
    names = ("customer_id", "customer_name", "persons", "heard", "competitors", "prices")
    met = [tuple(getattr(stop, name) for name in names) for stop in stops]
    return walk.area, walk.beside_id, walk.learned, walk.follows, met


def _keep(walk: Walk, stops: Sequence[Stop]) -> None:
    walk.save(force_insert=True)
    Stop.objects.bulk_create(stops)


def _text(field: str, value: str) -> str:
    return kept(value, field, longest=_LONGEST.get(field, _PARAGRAPH))
