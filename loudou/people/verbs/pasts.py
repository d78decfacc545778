"""Telling whole pasts: where somebody belonged, where units stood, as another house knew it (`domain.md` B0.8, C21)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel.refusals import Refused
from loudou.people import events
from loudou.people.access import require
from loudou.people.figures import Stay, circles, differs_from, gap, in_line, on, overlap
from loudou.people.models import Membership, Placing, Unit, User
from loudou.people.moving import take_along
from loudou.people.queries import organisation
from loudou.people.verbs._tree import rebuild

_EVER = date(1900, 1, 1)  # before any fact, and a day that every time zone can tell


@verb
def tell_memberships(user: User, *, stays: Sequence[Stay], by: User | None) -> bool:
    """Let somebody's whole past be these stays in units; returns whether it was otherwise.

    What they have follows: deals count for the unit their owner belonged to at each instant. Refused: stays that
    overlap, a closed unit to stay in, a change in closed books.
    """
    require(by, "people.set_up")
    fresh = lock(user)
    wanted = in_line(stays)
    if (day := overlap(wanted)) is not None:
        raise Refused(_("Two stays overlap on {day}.").format(day=day), field="from")
    former = [Stay(row.since, row.until, row.unit_id) for row in _memberships(fresh)]
    if former == wanted:
        return False
    units = Unit.objects.in_bulk([stay.where for stay in (*former, *wanted) if stay.where is not None])
    last = units[wanted[-1].where or 0] if wanted and wanted[-1].until is None else None
    if last is not None and last.retired_at and fresh.is_active:
        raise Refused(_("The unit is closed."), field="unit")
    since = differs_from(former, wanted)
    _refuse_closed(since)
    Membership.objects.filter(user=fresh).delete()
    Membership.objects.bulk_create(
        Membership(user=fresh, unit=units[stay.where or 0], since=stay.since, until=stay.until)
        for stay in wanted
    )
    fresh.unit = units.get(on(wanted, organisation().today) or 0)
    fresh.version += 1
    fresh.save(update_fields=["unit", "version"])
    before, after = _said(former, units), _said(wanted, units)
    record(events.MEMBERSHIPS_TOLD, fresh, by=by, before=before, after=after)
    if since is not None:
        take_along(fresh, max(since, _EVER))
    return True


@verb
def tell_places(pasts: Sequence[tuple[Unit, Sequence[Stay]]], *, by: User | None) -> list[bool | Refused]:
    """Let units have stood below others as told: whether it was otherwise, a unit, in order, or why it is refused.

    Each has its whole past, from the first day on without a gap. All are taken together, so that two may change places.
    Refused: stays that overlap or leave a gap, a unit below itself on any day, a closed unit above a live one, a change
    in closed books.
    """
    require(by, "people.set_up")
    # The tree is rebuilt by one at a time: two accounts at once could otherwise close a circle between them.
    units = {unit.pk: unit for unit in Unit.objects.select_for_update().order_by("pk")}
    known = _places()
    found: dict[int, bool | Refused] = {}
    wanted: dict[int, list[Stay]] = {}
    for unit, stays in pasts:
        line = in_line(stays)
        try:
            found[unit.pk] = _is_new(units[unit.pk], line, known.get(unit.pk, []), units)
        except Refused as refusal:
            found[unit.pk] = refusal
        else:
            wanted[unit.pk] = line
    while closed := circles(known | wanted) & wanted.keys():
        for key in closed:
            found[key] = Refused(_("A unit cannot stand below itself."), field="parent")
            del wanted[key]
    changed = [unit for unit, _stays in pasts if found[unit.pk] is True]
    if changed:
        _write_places(changed, wanted, by)
        for unit in changed:
            before, after = _said(known.get(unit.pk, []), units), _said(wanted[unit.pk], units)
            record(events.PLACES_TOLD, unit, by=by, before=before, after=after)
    return [found[unit.pk] for unit, _stays in pasts]


def _is_new(unit: Unit, line: list[Stay], former: list[Stay], units: Mapping[int, Unit]) -> bool:
    """Whether a unit's told past is another than it has; refused where it can be none."""
    if (day := overlap(line)) is not None:
        raise Refused(_("Two stays overlap on {day}.").format(day=day), field="from")
    if (day := gap(line)) is not None:
        sentence = _("A unit stands somewhere on every day; where it stood from {day} on is missing.")
        raise Refused(sentence.format(day=day), field="until")
    if former == line:
        return False
    above = units.get(line[-1].where or 0)
    if above is not None and above.retired_at and not unit.retired_at:
        raise Refused(_("The unit above is closed."), field="parent")
    _refuse_closed(differs_from(former, line))
    return True


def _write_places(changed: Sequence[Unit], wanted: Mapping[int, Sequence[Stay]], by: User | None) -> None:
    Placing.objects.filter(unit__in=changed).delete()
    Placing.objects.bulk_create(
        Placing(unit=unit, parent_id=stay.where, since=stay.since, until=stay.until, recorded_by=by)
        for unit in changed
        for stay in wanted[unit.pk]
    )
    Unit.objects.filter(pk__in=[unit.pk for unit in changed]).update(version=F("version") + 1)
    rebuild(organisation().today)


def _refuse_closed(since: date | None) -> None:
    """Refuse what would be otherwise in closed books: reports were made of them (C20)."""
    closed = organisation().closed_through
    if since is not None and closed is not None and since <= closed:
        sentence = _("The books are closed through {day}; what stands in them is not rewritten.")
        raise Refused(sentence.format(day=closed), field="from")


def _memberships(user: User) -> Iterable[Membership]:
    return Membership.objects.select_for_update().filter(user=user).order_by("since")


def _places() -> dict[int, list[Stay]]:
    found: dict[int, list[Stay]] = {}
    for row in Placing.objects.select_for_update().order_by("unit_id", "since"):
        found.setdefault(row.unit_id, []).append(Stay(row.since, row.until, row.parent_id))
    return found


def _said(line: Iterable[Stay], units: Mapping[int, Unit]) -> list[list[Any]]:
    """A past as history tells it: the unit's name, its first day there, the first day elsewhere."""
    return [
        [units[stay.where].name if stay.where is not None else None, stay.since, stay.until] for stay in line
    ]
