"""Exports of reports of periods as they were handed in, and of meetings."""

from __future__ import annotations

import json
from datetime import tzinfo

from django.utils.translation import gettext_lazy

from loudou.exchange.exporting.cells import Cell, instant
from loudou.exchange.exporting.sheet import Filters, Rows, Sheet
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.reviews.lens import MeetingLens, PackLens
from loudou.reviews.models import Meeting, Pack


def _packs(user: User | None, filters: Filters) -> Rows:
    found: Rows = PackLens.read(filters, user).packs.select_related("owner", "about", "read_by")
    return found.order_by("id")


def _pack(pack: Pack, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return (
        pack.kind,
        pack.owner.username,
        pack.about.code if pack.about else None,
        organisation().fiscal.name(pack.period),
        pack.state,
        instant(pack.handed_in_at, zone),
        *(pack.causes, pack.lessons, pack.help_needed, pack.plan),
        pack.read_by.username if pack.read_by else None,
        pack.opinion,
        pack.content_hash,
        json.dumps(pack.content, ensure_ascii=False),
    )


def _meetings(user: User | None, filters: Filters) -> Rows:
    found: Rows = MeetingLens.read(filters, user).meetings.select_related("unit", "chair")
    return found.prefetch_related("actions__task__owner").order_by("id")


def _meeting(meeting: Meeting, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    tasks = [one.task for one in meeting.actions.all()]
    return (
        meeting.unit.code,
        instant(meeting.starts_at, zone),
        meeting.chair.username,
        meeting.place,
        meeting.state,
        meeting.minutes,
        "\n".join(meeting.decisions),
        "\n".join(f"{one.title} · {one.owner.username} · {one.due_on} · {one.state}" for one in tasks),
    )


REVIEW_SHEETS = (
    Sheet(
        "period-reports",
        gettext_lazy("Reports of periods"),
        (
            *("kind", "owner_username", "unit_code", "period", "state", "handed_in_at"),
            *("causes", "lessons", "help_needed", "plan", "read_by", "opinion", "content_hash", "content"),
        ),
        "reviews.see",
        _packs,
        _pack,
        lens=PackLens,
    ),
    Sheet(
        "meetings",
        gettext_lazy("Meetings"),
        ("unit_code", "starts_at", "chair_username", "place", "state", "minutes", "decisions", "actions"),
        "reviews.see",
        _meetings,
        _meeting,
        lens=MeetingLens,
    ),
)
