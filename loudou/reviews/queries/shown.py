"""Pages of packs and meetings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from loudou.people.models import Unit
from loudou.reviews.models import Action, Meeting, Pack

MOST_BROUGHT = 60


def packs(keys: Sequence[int]) -> list[Pack]:
    """The packs of one page of a list."""
    found = Pack.objects.filter(pk__in=keys).select_related("owner", "about", "read_by")
    return list(found.defer("content", "causes", "lessons", "help_needed", "plan"))


def meetings(keys: Sequence[int]) -> list[Meeting]:
    """The meetings of one page of a list."""
    found = Meeting.objects.filter(pk__in=keys).select_related("unit", "chair")
    return list(found.defer("agenda", "minutes").prefetch_related("actions__task"))


def meeting_before(unit: Unit, at: datetime) -> Meeting | None:
    """The unit's last meeting before an instant that was not called off."""
    rows = Meeting.objects.filter(unit=unit, starts_at__lt=at).exclude(state=Meeting.State.CANCELLED)
    return rows.order_by("-starts_at", "-pk").first()


def meeting_from(unit: Unit, at: datetime) -> Meeting | None:
    """The unit's first meeting at an instant or after it that was not called off."""
    rows = Meeting.objects.filter(unit=unit, starts_at__gte=at).exclude(state=Meeting.State.CANCELLED)
    return rows.order_by("starts_at", "pk").first()


def actions(meeting: Meeting) -> list[Action]:
    """What a meeting gave people to do."""
    return list(meeting.actions.select_related("task__owner"))


def brought_forward(meeting: Meeting) -> list[Action]:
    """What a meeting follows up: all that the one before gave to do, and what older ones gave that was open by then."""
    older = Action.objects.filter(meeting__unit=meeting.unit_id, meeting__starts_at__lt=meeting.starts_at)
    undone = Q(task__ended_at=None) | Q(task__ended_at__gte=meeting.starts_at)
    rows = older.filter(Q(meeting=meeting.previous_id) | undone).select_related("task__owner", "meeting")
    return list(rows.order_by("-meeting__starts_at", "pk")[:MOST_BROUGHT])
