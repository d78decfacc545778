"""The control desk's calls: the check in the morning, the report in the evening (F09, R113, R114), and what differs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _

from loudou.daylog import events
from loudou.daylog.figures.dual import Said
from loudou.daylog.figures.three_e import KEY_FIELDS, in_window
from loudou.daylog.models import DayLog, DeskLog, Line, Query
from loudou.daylog.queries.dual import dual
from loudou.daylog.verbs._comparing import recompare
from loudou.daylog.verbs._values import Stop, lines_of, text, unit_on
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.people.tables import Tables
from loudou.signoff.queries import due


@verb
def check_arrival(
    user: User, *, arrival: str, by: User | None, day: date | None = None, deviation: str = ""
) -> DeskLog:
    """Note what the morning call found: on time, late, not reached, excused. A later call corrects an earlier one."""
    desk = _desk_log(user, day, by)
    if arrival not in DeskLog.Arrival.values:
        raise Refused(_("Choose how it was."), field="arrival")
    desk.arrival, desk.checked_at, desk.checked_by = arrival, clock.now(), by
    if deviation:
        desk.deviation = text("deviation", deviation)
    _keep(desk)
    record(events.CHECKED_IN, desk, by=by, arrival=arrival)
    return desk


@verb
def hear_report(
    user: User,
    *,
    stops: Sequence[Stop],
    by: User | None,
    day: date | None = None,
    began_at: datetime | None = None,
    deviation: str = "",
) -> DeskLog:
    """Note what somebody told in the evening call, stop by stop; told again it replaces what was noted before.

    When the first call began counts for the window from 17:00 to 18:00.
    """
    desk = _desk_log(user, day, by)
    now = clock.now()
    began = min(began_at or now, now)
    desk.reported_at = desk.reported_at or began
    desk.in_window = in_window(desk.reported_at, organisation().zone)
    desk.ended_at, desk.reported_by = now, by
    desk.deviation = text("deviation", deviation) or desk.deviation
    lines = lines_of(stops, desk_log=desk)
    if not lines and not desk.deviation:
        raise Refused(_("Note where they were, or what was different."), field="deviation")
    _keep(desk)
    desk.lines.all().delete()
    Line.objects.bulk_create(lines)
    recompare(desk)
    record(events.HEARD, desk, by=by, count=len(lines))
    return desk


@verb
def ask_about(log: DayLog, *, line: Line, field: str, by: User | None) -> Query:
    """Ask a person why the two logs differ in a field of a stop; an answer is due in a working day."""
    require(by, "daylog.desk", log)
    pair = next((pair for pair in dual(log).comparison.pairs if pair.written.key == line.pk), None)
    if pair is None or field not in KEY_FIELDS or field not in pair.differing:
        raise Refused(_("The two logs do not differ here."))
    if Query.objects.filter(line=line, field=field).exists():
        raise Refused(_("This was asked already."))
    query = Query.objects.create(
        log=log,
        line=line,
        field=field,
        written=_told(pair.written, field, beside=pair.heard),
        heard=_told(pair.heard, field, beside=pair.written),
        asked_by=by,
        asked_at=clock.now(),
        due_at=due(1),
    )
    record(events.ASKED, query, by=by, field=field, notify=[log.user])
    return query


@verb
def answer_query(query: Query, *, answer: str, by: User | None, version: int | None = None) -> Query:
    """Explain a difference: the person's own act."""
    fresh = lock(query, version=version)
    if by is not None and by.pk != fresh.log.user_id:
        raise Forbidden(_("Only who wrote the log explains it."))
    if fresh.verdict:
        raise Refused(_("This was judged already."))
    fresh.answer = text("answer", answer, _("Say how it was."))
    fresh.answered_at, fresh.version = clock.now(), fresh.version + 1
    fresh.save()
    record(events.ANSWERED, fresh, by=by, notify=filter(None, [fresh.asked_by]))
    return fresh


@verb
def judge_query(query: Query, *, verdict: str, by: User | None, version: int | None = None) -> Query:
    """Say whether an answer explains the difference, or makes it a case of integrity."""
    require(by, "daylog.desk", query)
    fresh = lock(query, version=version)
    if fresh.verdict:
        raise Refused(_("This was judged already."))
    if verdict not in Query.Verdict.values:
        raise Refused(_("Choose a verdict."), field="verdict")
    if not fresh.is_ripe:
        raise Refused(_("The answer is not in yet, and its time is not over."))
    fresh.verdict, fresh.judged_by, fresh.judged_at = verdict, by, clock.now()
    fresh.version += 1
    fresh.save()
    hearers = [fresh.log.user, *filter(None, [fresh.log.user.manager])]
    record(events.JUDGED, fresh, by=by, verdict=verdict, notify=hearers)
    return fresh


def _desk_log(user: User, day: date | None, by: User | None) -> DeskLog:
    """The desk's log of a person and day, locked; a new one if there is none."""
    today = organisation().today
    day = day or today
    if day > today:
        raise Refused(_("This lies in the future."), field="day")
    lock(user)
    found = DeskLog.objects.filter(user=user, day=day).first()
    desk = found or DeskLog(user=user, day=day, unit_id=unit_on(user, day, Tables.read()), version=0)
    require(by, "daylog.desk", desk)
    if by is not None and by.pk == user.pk:
        raise Forbidden(_("Nobody calls themselves."))
    return desk


def _keep(desk: DeskLog) -> None:
    desk.version += 1
    desk.save()


def _told(said: Said, field: str, *, beside: Said) -> str:
    """What one side says of a field; of the result by its choice, where both sides chose."""
    if field == "result" and said.outcome and beside.outcome:
        return said.outcome
    return str(getattr(said, field))[:300]
