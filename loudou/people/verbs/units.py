"""Building and rebuilding the tree of units."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext as _

from loudou.journal.record import changes, lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people import events
from loudou.people.access import require
from loudou.people.models import Placing, Unit, User
from loudou.people.queries import organisation


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
    """Put a unit with everything below it under another, from a day on; history before that day stays where it was."""
    require(by, "people.set_up")
    day = on or organisation().today
    # The tree is rebuilt by one at a time: two moves at once could otherwise close a circle between them.
    list(Unit.objects.select_for_update().order_by("pk").values_list("pk", flat=True))
    fresh = lock(unit, version=version)
    target = Unit.objects.get(pk=to.pk) if to else None
    if target is not None and target.path.startswith(fresh.path):
        raise Refused(_("A unit cannot stand below itself."), field="parent")
    if target is not None and target.retired_at:
        raise Refused(_("The unit above is closed."), field="parent")
    if fresh.parent_id == (target.pk if target else None):
        return fresh
    current = Placing.objects.select_for_update().get(unit=fresh, until=None)
    if day < current.since:
        raise Refused(
            _("The unit stands where it is only since {day}.").format(day=current.since), field="on"
        )
    if day == current.since:
        current.parent = target
        current.save(update_fields=["parent"])
    else:
        current.until = day
        current.save(update_fields=["until"])
        Placing.objects.create(unit=fresh, parent=target, since=day, recorded_by=by)
    former = fresh.parent
    old_path, new_path = fresh.path, f"{target.path if target else '/'}{fresh.pk}/"
    Unit.objects.filter(path__startswith=old_path).update(
        path=Concat(Value(new_path), Substr(F("path"), len(old_path) + 1))
    )
    fresh.refresh_from_db()
    fresh.parent = target
    fresh.version += 1
    fresh.save(update_fields=["parent", "version"])
    record(events.UNIT_MOVED, fresh, by=by, former=former, parent=target, on=day)
    return fresh


@verb
def retire_unit(unit: Unit, *, by: User | None, version: int | None = None) -> Unit:
    """Close a unit that nobody belongs to any more. It stays in history."""
    require(by, "people.set_up")
    fresh = lock(unit, version=version)
    if fresh.retired_at:
        return fresh
    if fresh.members.filter(is_active=True).exists() or fresh.children.filter(retired_at=None).exists():
        raise Refused(_("People or units still belong to it; move them first."))
    fresh.retired_at = clock.now()
    fresh.version += 1
    fresh.save(update_fields=["retired_at", "version"])
    record(events.UNIT_RETIRED, fresh, by=by)
    return fresh
