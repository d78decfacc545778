"""Reading history."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models
from django.db.models import F, Q, QuerySet, Window
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Lag

from loudou.journal.models import Entry, Notice
from loudou.journal.vocabulary import Event
from loudou.ui.prepared import ANY, Prepared, Shapes, among


def about(
    subject: models.Model,
    *,
    limit: int = 50,
    before: int | None = None,
    also: Mapping[type[models.Model], Sequence[int]] | None = None,
    events: Collection[str] | None = None,
) -> list[Entry]:
    """The newest entries about one thing, newest first; `before` pages by entry number.

    `also`: keys of what belongs to it, or became it, by their kind. `events`: only these, by name.
    """
    beside = {kind._meta.label_lower: list(keys) for kind, keys in (also or {}).items() if keys}
    named = tuple(sorted(events)) if events is not None else None
    shape = (subject._meta.label_lower, tuple(beside), named, before is not None, limit)
    return _ABOUT.of(shape).rows(subject.pk, before or 0, *beside.values())


def _about(shape: Any, key: int, before: int, *beside: list[int]) -> QuerySet[Entry]:
    label, kinds, events, is_continued, limit = shape
    told = Q(subject_type=label, subject_id=key)
    for kind, keys in zip(kinds, beside, strict=False):
        told |= Q(among(keys, "subject_id"), subject_type=kind)
    entries = Entry.objects.filter(told)
    if events is not None:
        entries = entries.filter(event__in=events)
    if is_continued:
        entries = entries.filter(id__lt=before)
    return entries.select_related("actor").order_by("-id")[:limit]


# Six kinds beside, or fewer.
_ABOUT = Shapes(_about, ANY, ANY - 1, *([ANY - number] for number in range(2, 8)), unseen=True)


def told_of(kind: type[models.Model], keys: Collection[int], event: Event) -> QuerySet[Entry]:
    """What was told of one event about subjects of a kind, the oldest first."""
    told = Entry.objects.filter(
        subject_type=kind._meta.label_lower, subject_id__in=list(keys), event=event.name
    )
    return told.select_related("actor").order_by("id")


class Told(NamedTuple):
    """What an entry tells of its subject."""

    event: str
    at: datetime
    channel: str
    subject: int
    particulars: dict[str, Any]


def told_of_any(kind: type[models.Model], keys: Collection[int], which: Collection[Event]) -> Iterator[Told]:
    """What was told of any of these events about subjects of a kind, the oldest first; one query."""
    told = Entry.objects.filter(subject_type=kind._meta.label_lower, subject_id__in=list(keys))
    rows = told.filter(event__in=[event.name for event in which]).order_by("id")
    yield from map(Told._make, rows.values_list("event", "at", "channel", "subject_id", "particulars"))


def done_between(kind: type[models.Model], event: Event, since: datetime, until: datetime) -> QuerySet[Entry]:
    """What people did of one event to subjects of a kind from one instant until another; what files brought is no act."""
    done = Entry.objects.filter(subject_type=kind._meta.label_lower, event=event.name)
    return done.filter(at__gte=since, at__lt=until).exclude(channel="import").exclude(actor=None)


def count_by(actor: models.Model, event: Event, since: datetime) -> int:
    """How often a person did one thing since an instant."""
    return Entry.objects.filter(actor_id=actor.pk, event=event.name, at__gte=since).count()


def sum_by(actor: models.Model, event: Event, since: datetime, what: str) -> int:
    """What one particular of the things a person did since an instant comes to."""
    number = Cast(KeyTextTransform(what, "particulars"), models.BigIntegerField())
    did = Entry.objects.filter(actor_id=actor.pk, event=event.name, at__gte=since)
    return did.aggregate(n=models.Sum(number, default=0))["n"]  # type: ignore[no-any-return]


def did(actor: models.Model, event: Event, subject: models.Model, since: datetime) -> bool:
    """Whether a person did one thing with one subject since an instant."""
    told = Entry.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)
    return told.filter(actor_id=actor.pk, event=event.name, at__gte=since).exists()


def touched(label: str, keys: Collection[int], *, since: datetime, besides: Collection[UUID]) -> set[int]:
    """Which subjects of a kind anything happened to since an instant, other than by these requests."""
    told = Entry.objects.filter(subject_type=label, subject_id__in=list(keys), at__gte=since)
    others = told.exclude(request_id__in=list(besides)).values_list("subject_id", flat=True)
    return {key for key in others if key is not None}


# Acts that take long are numbered when they end, so later than they are timed.
TURNED_BACK = timedelta(hours=1)


def turned_back(since: int) -> tuple[int, datetime, datetime] | None:
    """The first entry from number `since` on that is timed an hour or more before the one it follows (AD-09).

    Its number, the time of the one before, its own; None where the clock always went on. What a demo tells of the past
    bears the times of its story, not the clock's.
    """
    before = Window(Lag("at"), order_by=F("id").asc())
    told = Entry.objects.filter(pk__gte=since - 1).exclude(channel="demo").annotate(before=before)
    back = told.filter(at__lte=F("before") - TURNED_BACK).order_by("id")
    return back.values_list("pk", "before", "at").first()


def last_number(*events: Event) -> int:
    """The number of the newest entry of any of these events; 0 if there is none."""
    told = Entry.objects.filter(event__in=[event.name for event in events])
    return told.order_by("-id").values_list("pk", flat=True).first() or 0


def last_at(event: Event) -> datetime | None:
    """When something happened last; None if never."""
    return Entry.objects.filter(event=event.name).order_by("-id").values_list("at", flat=True).first()


def entries() -> QuerySet[Entry]:
    """All of history, for the audit page; newest first."""
    return Entry.objects.select_related("actor").order_by("-id")


def notices(recipient: models.Model, *, limit: int = 50, before: int | None = None) -> list[Notice]:
    """A person's notices, newest first."""
    mine = Notice.objects.filter(recipient_id=recipient.pk)
    if before is not None:
        mine = mine.filter(id__lt=before)
    return list(mine.select_related("entry", "entry__actor").order_by("-id")[:limit])


MOST_UNREAD = 100
_UNREAD = Prepared(
    lambda key: Notice.objects.filter(recipient_id=key, read_at=None).values_list("pk")[:MOST_UNREAD], ANY
)


def unread(recipient: models.Model) -> int:
    """How many notices a person has not read, counted up to `MOST_UNREAD`."""
    return len(_UNREAD.tuples(recipient.pk))
