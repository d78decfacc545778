"""Letting a report be mailed to oneself, changing when, stopping it; sending what is due."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from django.utils.translation import gettext as _

from loudou.broadcasts import events
from loudou.broadcasts.figures.schedule import LAST_OF_MONTH, MONTH, WEEK, Schedule
from loudou.broadcasts.letters import Letter
from loudou.broadcasts.models import Subscription
from loudou.broadcasts.subjects import SUBJECTS
from loudou.journal.record import Enclosure, lock, record, send_mail, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation

MOST = 30
_LONGEST = 1000
Form = Subscription.Form
_PASSING = ("after",)  # where in a list one was is no part of how it looks


@verb
def subscribe(
    *, page: str, query: str, name: str, grain: str, day: int, hour: int, by: User, form: str = Form.PDF
) -> Subscription:
    """Let a page, as it looks with this query string, be mailed to oneself as PDF, workbook or a link alone.

    What one may see is judged at each sending.
    """
    subject = SUBJECTS.get(page)
    if subject is None:
        raise Refused(_("This page cannot be mailed."))
    require(by, subject.right)
    if not by.email:
        raise Refused(_("Your account has no e-mail address; ask an administrator to enter one."))
    if Subscription.objects.filter(owner=by, stopped_at=None).count() >= MOST:
        raise Refused(_("You are mailed {n} reports already; stop one first.").format(n=MOST), field="name")
    made = Subscription.objects.create(
        owner=by,
        page=page,
        query=_plain(query),
        name=_sane(name),
        grain=grain,
        day=_day(grain, day),
        hour=hour,
        form=form,
        made_at=clock.now(),
        next_at=_next(Schedule(grain, _day(grain, day), hour)),
    )
    record(events.SUBSCRIBED, made, by=by, page=page, query=made.query, grain=grain)
    return made


@verb
def edit_subscription(
    subscription: Subscription,
    *,
    name: str,
    grain: str,
    day: int,
    hour: int,
    form: str,
    by: User,
    version: int | None = None,
) -> Subscription:
    """Change what it is called, when and as what it comes; one that was stopped comes again."""
    sent = {"name": name, "grain": grain, "hour": hour, "form": form}
    fresh = lock(subscription, version=version, sent=sent)
    if fresh.owner_id != by.pk:
        raise Forbidden(_("This subscription is somebody else's."))
    fresh.name, fresh.grain, fresh.day, fresh.hour = _sane(name), grain, _day(grain, day), hour
    fresh.form = form
    fresh.next_at, fresh.stopped_at, fresh.trouble = _next(fresh.schedule), None, ""
    fresh.version += 1
    fresh.save()
    record(events.CHANGED, fresh, by=by, grain=grain, hour=hour)
    return fresh


@verb
def stop_subscription(subscription: Subscription, *, by: User) -> Subscription:
    """Stop it; stopping what is stopped changes nothing. Whoever holds the link of a mail stops it as its owner."""
    fresh = lock(subscription)
    if fresh.owner_id != by.pk:
        raise Forbidden(_("This subscription is somebody else's."))
    if fresh.stopped_at is None:
        fresh.stopped_at = clock.now()
        fresh.version += 1
        fresh.save(update_fields=["stopped_at", "version"])
        record(events.STOPPED, fresh, by=by)
    return fresh


@verb
def send_letter(subscription: Subscription, letter: Letter, *, due_at: datetime, by: User | None) -> bool:
    """Send what was due at an instant, once; whether it was. The next one is due after now: what was missed is not sent."""
    fresh = _due(subscription, due_at)
    if fresh is None:
        return False
    enclosed = Enclosure(letter.file_name, letter.file) if letter.file is not None else None
    send_mail(fresh.owner.email, letter.subject, letter.body, headers=letter.headers, enclosed=enclosed)
    fresh.sent_at, fresh.trouble = clock.now(), ""
    fresh.next_at = _next(fresh.schedule)
    fresh.save(update_fields=["sent_at", "trouble", "next_at"])
    record(events.MAILED, fresh, by=by, page=fresh.page, query=fresh.query, rows=letter.rows)
    return True


@verb
def note_failure(subscription: Subscription, trouble: str, *, due_at: datetime, by: User | None) -> None:
    """Say why what was due was not sent, and look again when the next one is."""
    fresh = _due(subscription, due_at)
    if fresh is None:
        return
    fresh.trouble, fresh.next_at = trouble[:300], _next(fresh.schedule)
    fresh.save(update_fields=["trouble", "next_at"])
    record(events.FAILED, fresh, by=by, trouble=fresh.trouble)


def _due(subscription: Subscription, due_at: datetime) -> Subscription | None:
    fresh = lock(subscription)
    return fresh if fresh.stopped_at is None and fresh.next_at == due_at else None


def _next(schedule: Schedule) -> datetime:
    company = organisation()
    return schedule.next_after(clock.now(), company.zone, company.calendar.work_calendar().works)


def _day(grain: str, day: int) -> int:
    if grain == WEEK and not 0 <= day <= 6:
        raise Refused(_("Choose a day of the week."), field="weekday")
    if grain == MONTH and not 1 <= day <= LAST_OF_MONTH:
        raise Refused(_("Choose a day from 1 to {n}.").format(n=LAST_OF_MONTH), field="month_day")
    return day if grain in (WEEK, MONTH) else 0


def _sane(name: str) -> str:
    if not name.strip():
        raise Refused(_("It needs a name."), field="name")
    return name.strip()[:80]


def _plain(query: str) -> str:
    pairs = [(name, value) for name, value in parse_qsl(query.lstrip("?")) if name not in _PASSING]
    text = urlencode(pairs)
    if len(text) > _LONGEST:
        raise Refused(_("These filters are too long to keep."), field="name")
    return text
