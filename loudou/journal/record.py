"""How an act is done and written down: `@verb` around it, `record(...)` at its end.

All entries of one outermost act are inserted together just before it commits. The database chains them under a
lock that is therefore held for the commit alone, and two acts can never wait for each other's journal.
"""

from __future__ import annotations

import functools
import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.db import IntegrityError, OperationalError, models, transaction
from django.http import Http404
from django.utils.functional import Promise

from loudou.journal import channel
from loudou.journal.bulk import copy_lines
from loudou.journal.lines import Line, note_read, put_lines
from loudou.journal.models import Delivery, Entry, Notice
from loudou.journal.sentences import in_words
from loudou.journal.vocabulary import Event, event_named
from loudou.kernel import clock
from loudou.kernel.money import Money
from loudou.kernel.refusals import Stale
from loudou.ui.prepared import ANY, Shapes

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=models.Model)
log = logging.getLogger(__name__)

# Deadlock, no serial order, and a row that somebody else wrote in the same moment, which the second try then finds.
_TRIED_AGAIN = ("40P01", "40001", "23505")
_RETRIES = 3
_ENTRY = (
    "at",
    "event",
    "actor_id",
    "request_id",
    "channel",
    "subject_type",
    "subject_id",
    "subject_label",
    "particulars",
)


@dataclass
class _Pages:
    """What the outermost act under way has to write when it ends."""

    entries: list[tuple[Line, tuple[models.Model, ...]]] = field(default_factory=list)  # `_ENTRY`, who hears
    many: list[Line] = field(default_factory=list)  # `_ENTRY` of acts on many rows at once
    deliveries: list[Delivery] = field(default_factory=list)


_open: ContextVar[_Pages | None] = ContextVar("pages", default=None)


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function an act: atomic, its history written with it or not at all, tried again where somebody was in the way.

    An act inside another act is a part of it: its refusal undoes its own writes only.
    """

    @functools.wraps(function)
    def act(*args: P.args, **kwargs: P.kwargs) -> R:
        outermost = _open.get() is None and not transaction.get_connection().in_atomic_block
        for attempt in range(_RETRIES if outermost else 1):
            try:
                with acting():
                    return function(*args, **kwargs)
            except (OperationalError, IntegrityError) as error:
                state = getattr(error.__cause__, "sqlstate", None)
                if not outermost or state not in _TRIED_AGAIN or attempt == _RETRIES - 1:
                    raise
                log.info("%s met %s and is tried again", function.__qualname__, state)
                time.sleep(0.02 * 2**attempt)
        raise AssertionError("unreachable")

    act.is_verb = True  # type: ignore[attr-defined]
    return act


@contextmanager
def acting() -> Iterator[None]:
    """A stretch of acts that succeed or fail together and are written down together."""
    pages = _open.get()
    if pages is not None:
        marks = len(pages.entries), len(pages.deliveries), len(pages.many)
        try:
            with transaction.atomic():
                yield
        except BaseException:
            del pages.entries[marks[0] :]
            del pages.deliveries[marks[1] :]
            del pages.many[marks[2] :]
            raise
        return
    pages = _Pages()
    token = _open.set(pages)
    try:
        with transaction.atomic():
            yield
            _write(pages)
    finally:
        _open.reset(token)


def record(
    event: Event,
    subject: models.Model,
    *,
    by: models.Model | None,
    notify: Iterable[models.Model] = (),
    **particulars: Any,
) -> None:
    """Note that `event` happened to `subject`; only inside a verb.

    `by` is the user who acted, None for the system. `particulars` are raw values, before and after; sentences are
    made of them at reading. `notify` lists users who shall hear of it; the actor never hears of their own act.
    """
    pages = _open.get()
    if pages is None:
        raise RuntimeError("history is written inside a verb")
    door = channel.current()
    actor = by.pk if by is not None else None
    label = plain(str(subject))[:200]
    said = {name: plain(value) for name, value in particulars.items()}
    common = (clock.now(), event.name, actor, door.request_id, door.channel)
    entry = (*common, subject._meta.label_lower, subject.pk, label, said)
    hearers = {user.pk: user for user in notify if by is None or user.pk != by.pk}
    pages.entries.append((entry, tuple(hearers.values())))


def record_each(
    event: Event, subjects: Iterable[tuple[models.Model, dict[str, Any]]], *, by: models.Model | None
) -> None:
    """Note that `event` happened to each of many subjects, with its particulars; an import writes thousands at once."""
    pages = _open.get()
    if pages is None:
        raise RuntimeError("history is written inside a verb")
    door = channel.current()
    common = (clock.now(), event.name, by.pk if by is not None else None, door.request_id, door.channel)
    for subject, particulars in subjects:
        label = plain(str(subject))[:200]
        said = json.dumps(plain(particulars), ensure_ascii=False)
        pages.many.append((*common, subject._meta.label_lower, subject.pk, label, said))


@dataclass(frozen=True)
class Enclosure:
    """A file that goes with a mail."""

    name: str
    content: bytes


def send_mail(
    to: str,
    subject: str,
    body: str,
    *,
    headers: Mapping[str, str] | None = None,
    enclosed: Enclosure | None = None,
    urgent: bool = False,
) -> None:
    """Queue a mail with the act under way; it leaves after the commit, at least once, or never if the act fails.

    An `urgent` one leaves before all others that wait.
    """
    pages = _open.get()
    if pages is None:
        raise RuntimeError("mail is sent inside a verb")
    now = clock.now()
    payload = {"subject": " ".join(subject.split()), "body": body, "headers": dict(headers or {})}
    if enclosed is not None:
        payload["file"] = enclosed.name
    pages.deliveries.append(
        Delivery(
            kind=Delivery.Kind.MAIL,
            recipient=to,
            payload=payload,
            enclosed=enclosed.content if enclosed is not None else None,
            urgent=urgent,
            made_at=now,
            due_at=now,
        )
    )


def withhold_deliveries(reason: str) -> int:
    """Let nothing that waits in the outbox leave any more; returns how many messages that were."""
    waiting = Delivery.objects.filter(sent_at=None, given_up_at=None)
    return waiting.update(given_up_at=clock.now(), error=reason)


def lock(row: M, *, version: int | None = None, sent: dict[str, Any] | None = None) -> M:
    """The row as it is now, locked until the act ends; its key stays free, so that others may point to it meanwhile.

    With `version`, the one the person saw: raises `Stale` when the row has moved on (see `refuse_stale`).
    """
    # Without a join: where the row changed while it was waited for, PostgreSQL would find that the join is no more.
    fresh: Any = _LOCKED.of(row.__class__).first(row.pk)
    if fresh is None:
        raise Http404  # it was there when it was asked for, and went meanwhile
    refuse_stale(fresh, version, sent)
    note_read(fresh)
    return fresh  # type: ignore[no-any-return]


def _locked(model: type[models.Model], key: int) -> models.QuerySet[models.Model]:
    return model._default_manager.select_for_update(no_key=True).filter(pk=key)


_LOCKED = Shapes(_locked, ANY)


def refuse_stale(row: models.Model, version: int | None, sent: dict[str, Any] | None = None) -> None:
    """Raise `Stale` unless `version`, if there is one, is the row's own.

    It shows, for each field of `sent` (name → value the person sent), the value now stored where they differ.
    """
    if version is None or version == row.version:  # type: ignore[attr-defined]
        return
    from django.utils.translation import gettext as _

    stored = {name: getattr(row, name, None) for name in (sent or {})}
    differ = {name: (stored[name], value) for name, value in (sent or {}).items() if stored[name] != value}
    raise Stale(
        _("Somebody else has changed this in the meantime; look at both values and decide."),
        version=row.version,  # type: ignore[attr-defined]
        differences=differ,
        told=in_words(row, {name: [plain(value) for value in pair] for name, pair in differ.items()}),
    )


def changes(before: models.Model, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Which of `values` (field → new value) differ from the row, as field → [before, after]."""
    return {
        name: [plain(getattr(before, name)), plain(value)]
        for name, value in values.items()
        if getattr(before, name) != value
    }


def plain(value: Any) -> Any:
    """A value as JSON keeps it: decimals and instants as text, rows as their number and name."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str | Promise):
        value = str(value)
        # PostgreSQL's text cannot hold NUL, UTF-8 no lone surrogate: what is wrong with a value must not stop history.
        return value.replace("\x00", "�").encode("utf-8", "replace").decode()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Money):
        return {"amount": str(value.amount), "currency": value.currency}
    if isinstance(value, models.Model):
        return {"id": value.pk, "name": str(value)}
    if isinstance(value, dict):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return str(value)


def _write(pages: _Pages) -> None:
    if pages.deliveries:
        Delivery.objects.bulk_create(pages.deliveries)
    # Entries go last: their trigger takes the chain's lock, and nothing slow shall happen while it is held.
    if pages.many:
        copy_lines(Entry, _ENTRY, pages.many)
    keys = put_lines(Entry, _ENTRY, [entry for entry, _hearers in pages.entries])
    put_lines(Notice, ("recipient_id", "entry_id"), _notices(keys, pages.entries))


def _notices(
    keys: Sequence[int], entries: Sequence[tuple[Line, tuple[models.Model, ...]]]
) -> list[tuple[int, int]]:
    """Who hears of which entry: who is answered hears the answer alone, not what followed from it as well."""
    heard = [
        (hearer.pk, key, event_named(entry[1]).answers)
        for key, (entry, hearers) in zip(keys, entries, strict=True)
        for hearer in hearers
    ]
    answered = {who for who, _key, answers in heard if answers}
    return [(who, key) for who, key, answers in heard if answers or who not in answered]
