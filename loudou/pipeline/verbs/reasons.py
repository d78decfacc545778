"""Why deals are lost, cancelled or invalid: the organisation's own list."""

from __future__ import annotations

from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.pipeline import events
from loudou.pipeline.models import Reason
from loudou.pipeline.verbs._names import Names, free_code, named, refuse_taken


@verb
def set_reason(
    *,
    kind: str,
    code: str,
    names: Names,
    by: User | None,
    asks_competitor: bool = False,
    position: int | None = None,
    retired: bool = False,
    version: int | None = None,
) -> Reason:
    """Add or change a reason for losing, cancelling or invalidating; one in use is retired, never deleted.

    A new one comes last unless `position` says where; an empty code is made from the name.
    """
    require(by, "pipeline.set_up")
    if kind not in Reason.Kind.values:
        raise Refused(_("There is no such kind of reason."), field="kind")
    wanted = named(names)
    if by is not None and not retired:  # what everybody is furnished with may meet a name given first
        others = Reason.objects.filter(kind=kind, retired_at=None).exclude(code=code)
        refuse_taken(
            wanted,
            others.values_list("names", flat=True),
            _("Another reason in use is called “{name}”; give this one a name of its own."),
        )
    places = dict(Reason.objects.filter(kind=kind).values_list("code", "position"))
    code = code or free_code(places, wanted)
    last = max(places.values(), default=-1)
    reason, made = Reason.objects.get_or_create(
        kind=kind, code=code, defaults={"names": wanted, "position": last + 1}
    )
    if not made:
        reason = lock(reason, version=version, sent={"names": names})
        reason.version += 1
    reason.names, reason.asks_competitor = wanted, asks_competitor
    reason.position = reason.position if position is None else position
    reason.retired_at = (reason.retired_at or clock.now()) if retired else None
    reason.save()
    record(events.REASON_SET, reason, by=by, kind=kind, names=reason.names, retired=retired)
    return reason


@verb
def place_reason(reason: Reason, *, step: int, by: User | None, version: int | None = None) -> Reason:
    """Move a reason up (-1) or down (+1) among those of its kind; at the end of the list nothing happens."""
    require(by, "pipeline.set_up")
    rows = list(
        Reason.objects.select_for_update(no_key=True).filter(kind=reason.kind).order_by("position", "id")
    )
    fresh = lock(reason, version=version)
    at = [row.pk for row in rows].index(fresh.pk)
    to = at + step
    if not 0 <= to < len(rows):
        return fresh
    rows.insert(to, rows.pop(at))
    for place, row in enumerate(rows):
        if row.position != place:
            row.position = place
            row.version += 1
            row.save(update_fields=["position", "version"])
    moved = rows[to]
    record(events.REASON_SET, moved, by=by, kind=moved.kind, names=moved.names, position=to)
    return moved
