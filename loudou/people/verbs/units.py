"""Building and rebuilding the tree of units."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from loudou.journal.record import changes, lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people import events
from loudou.people.access import require
from loudou.people.models import Membership, Placing, Unit, User
from loudou.people.moving import take_along
from loudou.people.queries import organisation
from loudou.people.verbs._tree import parents_on, rebuild


@verb
def add_unit(
    *,
    code: str,
    name: str,
    kind: str,
    parent: Unit | None,
    by: User | None,
    since: date | None = None,
    position: int = 0,
) -> Unit:
    """Add a unit below `parent`, or as a root. It counts as having stood there from the beginning of its facts."""
    require(by, "people.set_up")
    unit = Unit(code=code, name=name, kind=kind, parent=parent, path="", position=position)
    try:
        with transaction.atomic():
            unit.save()
    except IntegrityError:
        raise Refused(_("A unit with the code “{code}” exists.").format(code=code), field="code") from None
    unit.path = f"{parent.path if parent else '/'}{unit.pk}/"
    unit.save(update_fields=["path"])
    Placing.objects.create(unit=unit, parent=parent, since=since or organisation().today, recorded_by=by)
    record(events.UNIT_ADDED, unit, by=by, code=code, parent=parent)
    return unit


@verb
def edit_unit(unit: Unit, *, by: User | None, version: int | None = None, **values: object) -> Unit:
    """Change a unit's name, kind or order; where it stands is `move_unit`'s business."""
    require(by, "people.set_up")
    fresh = lock(unit, version=version, sent=values)
    changed = changes(fresh, values)
    if not changed:
        return fresh
    for name in changed:
        setattr(fresh, name, values[name])
    fresh.version += 1
    fresh.save()
    record(events.UNIT_EDITED, fresh, by=by, changes=changed)
    return fresh


@verb
def move_unit(
    unit: Unit, *, to: Unit | None, by: User | None, on: date | None = None, version: int | None = None
) -> Unit:
    """Put a unit with everything below it under another, from a day on; history before that day stays where it was.

    A day to come is written down now and takes effect when it comes (`settle`).
    """
    require(by, "people.set_up")
    today = organisation().today
    day = on or today
    # The tree is rebuilt by one at a time: two moves at once could otherwise close a circle between them.
    list(Unit.objects.select_for_update().order_by("pk").values_list("pk", flat=True))
    fresh = lock(unit, version=version)
    target = Unit.objects.get(pk=to.pk) if to else None
    if target is not None and target.retired_at:
        raise Refused(_("The unit above is closed."), field="parent")
    last = Placing.objects.select_for_update().get(unit=fresh, until=None)
    if last.parent_id == (target.pk if target else None):
        return fresh
    if day < last.since:
        raise Refused(_("The unit stands where it is only since {day}.").format(day=last.since), field="on")
    if target is not None and _closes_circle(fresh, target, day):
        raise Refused(_("A unit cannot stand below itself."), field="parent")
    former = last.parent
    _place(fresh, last, target, day, by)
    Unit.objects.filter(pk=fresh.pk).update(version=F("version") + 1)
    if day <= today:
        rebuild(today)
    fresh.refresh_from_db()
    record(events.UNIT_MOVED, fresh, by=by, former=former, parent=target, on=day)
    return fresh


@verb
def settle(*, by: None = None) -> list[Unit | User]:
    """Let the moves that were planned for a day take effect once it has come; returns what moved."""
    today = organisation().today
    moved: list[Unit | User] = [*rebuild(today), *_bring_home(today)]
    for one in moved:
        if isinstance(one, Unit):
            record(events.UNIT_ARRIVED, one, by=by, parent=one.parent)
        else:
            record(events.ARRIVED_IN_UNIT, one, by=by, unit=one.unit)
    return moved


@verb
def retire_unit(
    unit: Unit, *, by: User | None, version: int | None = None, at: datetime | None = None
) -> Unit:
    """Close a unit that nobody belongs to any more, now or as it was closed elsewhere. It stays in history."""
    require(by, "people.set_up")
    fresh = lock(unit, version=version)
    if fresh.retired_at:
        return fresh
    planned = Membership.objects.filter(unit=fresh, until=None, user__is_active=True)
    coming = Placing.objects.filter(parent=fresh, until=None, unit__retired_at=None)
    members, children = fresh.members.filter(is_active=True), fresh.children.filter(retired_at=None)
    if any(rows.exists() for rows in (members, children, planned, coming)):
        raise Refused(_("People or units still belong to it; move them first."))
    fresh.retired_at = at or clock.now()
    fresh.version += 1
    fresh.save(update_fields=["retired_at", "version"])
    record(events.UNIT_RETIRED, fresh, by=by)
    return fresh


def _place(unit: Unit, last: Placing, target: Unit | None, day: date, by: User | None) -> None:
    """Let a unit's last placing end where the new one begins; on the very same day the new one replaces it."""
    if day == last.since:
        last.parent = target
        last.save(update_fields=["parent"])
        return
    last.until = day
    last.save(update_fields=["until"])
    Placing.objects.create(unit=unit, parent=target, since=day, recorded_by=by)


def _closes_circle(unit: Unit, target: Unit, day: date) -> bool:
    """Whether the unit would stand below itself on that day or on one for which something is planned."""
    placings = list(Placing.objects.filter(Q(until=None) | Q(until__gt=day)))
    for moment in sorted({day, *(placing.since for placing in placings if placing.since > day)}):
        parents = parents_on(moment, placings) | {unit.pk: target.pk}
        above: int | None = target.pk
        while above is not None and above != unit.pk:
            above = parents[above]
        if above == unit.pk:
            return True
    return False


def _bring_home(today: date) -> list[User]:
    """Put everybody into the unit they belong to today; returns who came elsewhere."""
    begun = Membership.objects.filter(since__lte=today).exclude(until__lte=today).select_related("unit")
    at_home = {membership.user_id: membership for membership in begun}
    ended = Membership.objects.filter(until__lte=today).values_list("user_id", flat=True)
    moved = []
    for user in User.objects.select_for_update().filter(Q(pk__in=at_home) | Q(pk__in=ended, is_active=True)):
        stay = at_home.get(user.pk)
        if user.unit_id != (stay.unit_id if stay else None):
            user.unit = stay.unit if stay else None
            user.version += 1
            user.save(update_fields=["unit", "version"])
            take_along(user, stay.since if stay else today)
            moved.append(user)
    return moved
