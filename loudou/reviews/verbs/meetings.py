"""A meeting: called with its agenda, held with minutes, decisions and actions, or called off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import Unit, User
from loudou.reviews import events
from loudou.reviews.assembling import agenda
from loudou.reviews.models import Action, Meeting
from loudou.reviews.queries.shown import meeting_before, meeting_from
from loudou.reviews.verbs._values import text
from loudou.tasks.verbs import set_task

State = Meeting.State
MOST = 20
A_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Todo:
    """An action as it is told: what, by whom, until when."""

    what: str
    owner: User
    due_on: date


@verb
def plan_meeting(unit: Unit, *, starts_at: datetime, by: User, place: str = "") -> Meeting:
    """Call a meeting of a unit: its people hear of it, the records make its agenda, it follows up the one before.

    One that is planned for later follows up this one then. Refused: more than a week back, at the time of another,
    before one that was held.
    """
    meeting = Meeting(unit=unit, chair=by, starts_at=starts_at, place=text("place", place))
    # Whose unit it is decides, not that one chairs it oneself.
    require(by, "reviews.meet", Meeting(unit=unit, chair_id=0))
    if starts_at < clock.now() - A_WEEK:
        raise Refused(_("This lies more than a week back."), field="starts_at")
    lock(unit)  # one meeting after the other
    later = meeting_from(unit, starts_at)
    if later is not None and later.starts_at == starts_at:
        raise Refused(_("The unit meets at this time already."), field="starts_at")
    if later is not None and later.state == State.HELD:
        raise Refused(_("The unit has met later already."), field="starts_at")
    meeting.previous = meeting_before(unit, starts_at)
    meeting.agenda, meeting.assembled_at = agenda(unit, by, _since(meeting)), clock.now()
    _follow(later, None)
    meeting.save(force_insert=True)
    _follow(later, meeting)
    people = list(User.objects.active().below(unit))
    meeting.attendees.set(people)
    record(events.PLANNED, meeting, by=by, starts_at=starts_at, notify=people)
    return meeting


@verb
def refresh_agenda(meeting: Meeting, *, by: User, version: int | None = None) -> Meeting:
    """Assemble the agenda anew."""
    fresh = _take(meeting, by, version)
    fresh.agenda, fresh.assembled_at = agenda(fresh.unit, by, _since(fresh)), clock.now()
    fresh.version += 1
    fresh.save()
    record(events.REFRESHED, fresh, by=by)
    return fresh


@verb
def hold_meeting(
    meeting: Meeting,
    *,
    minutes: str,
    decisions: Sequence[str] = (),
    todos: Sequence[Todo] = (),
    by: User,
    version: int | None = None,
) -> Meeting:
    """Write the minutes: what was said, what was decided, what everybody does; each action becomes a task."""
    fresh = _take(meeting, by, version)
    if fresh.starts_at > clock.now():
        raise Refused(_("The meeting has not begun yet."), field="minutes")
    decided = [text("decisions", line) for line in decisions if line.strip()]
    if len(decided) > MOST or len(todos) > MOST:
        raise Refused(_("At most {n} of them.").format(n=MOST), field="decisions")
    fresh.minutes = text("minutes", minutes, _("Write down what was said."))
    fresh.decisions, fresh.state, fresh.held_at = decided, State.HELD, clock.now()
    fresh.version += 1
    fresh.save()
    for todo in todos:
        key = str(fresh.pk)
        task = set_task(
            todo.owner, title=todo.what, due_on=todo.due_on, origin="meeting", origin_key=key, by=by
        )
        Action.objects.create(meeting=fresh, task=task)
    record(events.HELD, fresh, by=by, notify=list(fresh.attendees.all()))
    return fresh


@verb
def cancel_meeting(meeting: Meeting, *, reason: str, by: User, version: int | None = None) -> Meeting:
    """Call a meeting off, with the reason; the one after it, held by now or not, follows up the one before."""
    fresh = _take(meeting, by, version)
    fresh.reason = text("reason", reason, _("Say why."))
    former, later = fresh.previous, Meeting.objects.filter(previous=fresh).first()
    fresh.state, fresh.previous = State.CANCELLED, None
    fresh.version += 1
    fresh.save()
    _follow(later, former)
    record(events.CANCELLED, fresh, by=by, reason=fresh.reason, notify=list(fresh.attendees.all()))
    return fresh


@verb
def print_minutes(meeting: Meeting, *, by: User) -> None:
    """Put on record that somebody took the minutes out on paper."""
    require(by, "reviews.see", meeting)
    record(events.MINUTES_PRINTED, meeting, by=by)


def _follow(later: Meeting | None, former: Meeting | None) -> None:
    """Let a meeting follow up another one than it did."""
    if later is not None:
        later.previous = former
        later.save(update_fields=["previous"])


def _since(meeting: Meeting) -> datetime:
    """From when on changes are told: the meeting before, at most a quarter back."""
    week = meeting.starts_at - A_WEEK
    since = meeting.previous.starts_at if meeting.previous is not None else week
    return min(since, clock.now() - timedelta(hours=1))


def _take(meeting: Meeting, by: User, version: int | None) -> Meeting:
    require(by, "reviews.meet", meeting)
    fresh = lock(meeting, version=version)
    if fresh.state != State.PLANNED:
        raise Refused(_("This meeting is over or called off."))
    return fresh
