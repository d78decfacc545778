"""Days that were kept elsewhere, taken over as they were: no signature is asked for, nobody is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from loudou.daylog import events
from loudou.daylog.figures.three_e import in_window
from loudou.daylog.models import Absence, DayLog, DeskLog, Expense, Item, Line, SpotCheck, Support
from loudou.daylog.queries.flags import flags_of
from loudou.daylog.verbs._comparing import recompare
from loudou.daylog.verbs._values import Spent, Stop, expenses_of, limits, lines_of, text, unit_on
from loudou.journal import channel
from loudou.journal.record import record, record_each, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.tables import Tables
from loudou.signoff.queries import due_after

RIGHT = "exchange.import_history"


@verb
def import_log(
    user: User,
    *,
    day: date,
    submitted_at: datetime,
    stops: Sequence[Stop],
    by: User | None,
    **texts: str,
) -> DayLog | None:
    """Take over somebody's log of a day, whenever it came; None if the day has one already.

    `texts`: reflection, help_needed, plan, late_reason.
    """
    require(by, RIGHT)
    if DayLog.objects.filter(user=user, day=day).exists():
        return None
    tables = Tables.read()
    until = limits(day, tables.company)
    if submitted_at.astimezone(tables.company.zone).date() < day:
        raise Refused(_("It was handed in before its day."), field="submitted_at")
    log = DayLog(
        user=user,
        day=day,
        unit_id=unit_on(user, day, tables),
        submitted_at=submitted_at,
        recorded_at=clock.now(),
        due_at=until.due_at,
        locks_at=until.locks_at,
        channel=channel.current().channel,
        **{name: text(name, value) for name, value in texts.items()},
    )
    lines = lines_of(stops, log=log)
    log.flags = [flag for flag in flags_of(log, lines) if flag != "batch_filled"]
    log.save(force_insert=True)
    Line.objects.bulk_create(lines)
    recompare(log)
    record(events.IMPORTED, log, by=by, day=day)
    return log


@verb
def import_desk_log(
    user: User,
    *,
    day: date,
    stops: Sequence[Stop],
    by: User | None,
    arrival: str = "",
    checked_at: datetime | None = None,
    reported_at: datetime | None = None,
    deviation: str = "",
) -> DeskLog | None:
    """Take over what the control desk heard of somebody on a day; None if the day has it already."""
    require(by, RIGHT)
    if DeskLog.objects.filter(user=user, day=day).exists():
        return None
    if reported_at is None and not all(stop.is_empty for stop in stops):
        raise Refused(_("Say when the evening call was."), field="reported_at")
    tables = Tables.read()
    morning = datetime(day.year, day.month, day.day, 8, tzinfo=tables.company.zone)
    desk = DeskLog(
        user=user,
        day=day,
        unit_id=unit_on(user, day, tables),
        arrival=arrival,
        checked_at=(checked_at or morning) if arrival else None,
        reported_at=reported_at,
        in_window=reported_at is not None and in_window(reported_at, tables.company.zone),
        deviation=text("deviation", deviation),
    )
    desk.save(force_insert=True)
    Line.objects.bulk_create(lines_of(stops, desk_log=desk))
    recompare(desk)
    record(events.IMPORTED, desk, by=by, day=day)
    return desk


@verb
def import_expense(
    user: User, *, day: date, position: int, kind: str, amount: Decimal, by: User | None, note: str = ""
) -> Expense | None:
    """Take over something that a day cost somebody, by its number in the log of that day; None if it is known."""
    require(by, RIGHT)
    log = DayLog.objects.current().filter(user=user, day=day).first()
    if log is None:
        raise Refused(_("There is no log of this person and day."), field="day")
    if Expense.objects.filter(log=log, position=position).exists():
        return None
    try:
        cost = expenses_of([Spent(kind, amount, note)], log)[0]
    except Refused as refusal:
        raise Refused(refusal.sentence, field=refusal.field.rsplit(".", 1)[-1]) from None
    cost.position = position
    cost.save(force_insert=True)
    record(events.IMPORTED, cost, by=by, day=day)
    return cost


@verb
def import_item(
    user: User,
    *,
    what: str,
    due_on: date,
    by: User | None,
    closed_on: date | None = None,
    cause: str = "",
    since: date | None = None,
) -> Item | None:
    """Take over something that was due on a day; None if it is known."""
    require(by, RIGHT)
    what = text("text", what, _("Say what was to be done."))
    if Item.objects.filter(user=user, due_on=due_on, text=what).exists():
        return None
    item = Item(user=user, text=what, due_on=due_on, since=min(since or due_on, due_on), closed_on=closed_on)
    item.unit_id = unit_on(user, due_on, Tables.read())
    item.cause = text("cause", cause)
    item.save(force_insert=True)
    record(events.IMPORTED, item, by=by, due_on=due_on)
    return item


@verb
def import_support(
    user: User,
    *,
    matter: str,
    asked_at: datetime,
    by: User | None,
    answer: str = "",
    answered_at: datetime | None = None,
    answered_by: User | None = None,
) -> Support | None:
    """Take over a call for help; None if it is known."""
    require(by, RIGHT)
    matter = text("matter", matter, _("Say what help is needed."))
    if Support.objects.filter(asker=user, asked_at=asked_at, matter=matter).exists():
        return None
    if answered_at is not None and answered_at < asked_at:
        raise Refused(_("It was answered before it was asked."), field="answered_at")
    tables = Tables.read()
    request = Support(
        asker=user,
        unit_id=tables.unit_of(user, asked_at),
        matter=matter,
        asked_at=asked_at,
        due_at=due_after(asked_at, 1),
        answer=text("answer", answer),
        answered_at=answered_at,
        answered_by=answered_by,
    )
    request.save(force_insert=True)
    record(events.IMPORTED, request, by=by)
    return request


@verb
def import_check(
    user: User,
    *,
    day: date,
    reason: str,
    result: str,
    by: User | None,
    finding: str = "",
    checker: User | None = None,
    checked_at: datetime | None = None,
) -> SpotCheck | None:
    """Take over a spot check of somebody's log; None if the log was checked already. What is not true is annulled."""
    require(by, RIGHT)
    log = DayLog.objects.current().filter(user=user, day=day).first()
    if log is None:
        raise Refused(_("There is no log of this person and day."), field="day")
    if SpotCheck.objects.filter(log=log).exists():
        return None
    if checker is not None and checker.pk in (user.pk, user.manager_id):
        raise Refused(_("Neither the author nor their own manager checks a log."), field="checker_username")
    at = max(checked_at or log.submitted_at, log.submitted_at)
    finding = text("finding", finding)
    check = SpotCheck(
        log=log,
        week=day - timedelta(days=day.weekday()),
        reason=reason,
        drawn_at=at,
        result=result,
        finding=finding,
        checker=checker,
        checked_at=at if result else None,
    )
    check.save(force_insert=True)
    record(events.IMPORTED, check, by=by, result=result)
    if result == SpotCheck.Result.FALSE:
        log.annulled_at, log.annulled_reason = at, (finding or _("not true"))[:300]
        log.save(update_fields=["annulled_at", "annulled_reason"])
        record(events.ANNULLED, log, by=by, reason=log.annulled_reason)
    return check


@verb
def withdraw_days(model: type[models.Model], keys: Sequence[int], *, by: User | None) -> None:
    """Take days back that an import brought by mistake."""
    require(by, "daylog.absences" if model is Absence else RIGHT)
    rows: list[Any] = list(model._default_manager.filter(pk__in=keys))
    record_each(events.WITHDRAWN, ((row, {}) for row in rows), by=by)
    for row in rows:
        if isinstance(row, SpotCheck) and row.result == SpotCheck.Result.FALSE:
            row.log.annulled_at, row.log.annulled_reason = None, ""
            row.log.save(update_fields=["annulled_at", "annulled_reason"])
    model._default_manager.filter(pk__in=[row.pk for row in rows]).delete()
    for row in rows:
        if isinstance(row, DeskLog):
            recompare(row)
