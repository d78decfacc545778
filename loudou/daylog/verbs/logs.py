"""The person's own log of a day (F08): handing it in, signing it, annulling it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.daylog import events
from loudou.daylog.models import DayLog, DeskLog, Expense, Item, Line
from loudou.daylog.queries.flags import flags_of
from loudou.daylog.verbs._comparing import recompare
from loudou.daylog.verbs._values import Spent, Stop, expenses_of, limits, lines_of, text, unit_on
from loudou.daylog.verbs.items import carry_item, close_item, plan_items
from loudou.daylog.verbs.support import ask_help
from loudou.journal import channel
from loudou.journal.queries import did
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import Organisation, User
from loudou.people.queries import organisation
from loudou.people.tables import Tables
from loudou.signoff.acts import refuse_others
from loudou.signoff.models import Request
from loudou.signoff.queries import waiting_about
from loudou.signoff.verbs import ask, send_back, sign, withdraw

SIGN = "daylog.sign"
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Done:
    """What became of an item: done, or why not and the day it goes on."""

    done: bool = False
    cause: str = ""
    to: date | None = None


@verb
def submit_log(
    user: User,
    *,
    day: date,
    by: User | None,
    stops: Sequence[Stop] = (),
    expenses: Sequence[Spent] = (),
    items: Mapping[int, Done] | None = None,
    reflection: str = "",
    help_needed: str = "",
    plan: str = "",
    late_reason: str = "",
) -> DayLog:
    """Hand in somebody's log of a day: on time until 22:00, with a reason until 12:00 of the next working day (C4).

    Items due that day are each done, or carried with a cause to another day. Help becomes a call for help, each line of
    the plan an item of the next working day. Handed in again before its lock, or after it was sent back, it is a
    further edition; the same words again are the same log. Refused: after the lock, once it is signed or annulled, while
    the desk asks about it, an empty log.
    """
    company, now = organisation(), clock.now()
    log = DayLog(user=user, day=day, unit_id=unit_on(user, day, Tables.read()))
    require(by, "daylog.write", log)
    if day > company.today:
        raise Refused(_("This lies in the future."), field="day")
    lock(user)  # one edition after the other
    former = DayLog.objects.current().filter(user=user, day=day).first()
    for name, value in (("reflection", reflection), ("help_needed", help_needed), ("plan", plan)):
        setattr(log, name, text(name, value))
    lines, costs = lines_of(stops, log=log), expenses_of(expenses, log)
    if former is not None and _is_sent_again(former, log, lines, costs):
        return former
    _settle(log, former, now, company)
    log.late_reason = text("late_reason", late_reason)
    _refuse_unsaid(log, lines)
    _keep(log, lines, costs, former, by)
    _settle_items(user, day, items or {}, by)
    plan_items(user, texts=log.plan.splitlines(), after=day, log=log, by=by)
    if log.help_needed and (former is None or former.help_needed != log.help_needed):
        ask_help(user, matter=log.help_needed, log=log, by=by)
    _ask_signature(log, lines, costs, user)
    return log


@verb
def read_log(log: DayLog | DeskLog, *, by: User) -> None:
    """Put on record that somebody reads where another person was that day, by either log; once a day."""
    require(by, log.access.see, log)
    if log.user_id != by.pk and not did(by, events.READ, log, clock.now() - A_DAY):
        record(events.READ, log, by=by, whom=log.user)


@verb
def print_log(log: DayLog, *, by: User) -> None:
    """Put on record that a day's log left as a paper."""
    require(by, "exchange.export")
    require(by, "daylog.see", log)
    record(events.PRINTED, log, by=by)


@verb
def confirm(request: Request, *, opinion: str, by: User, version: int | None = None) -> DayLog:
    """Sign a day log with an opinion."""
    refuse_others(request, SIGN)
    signed = sign(request, opinion=opinion, by=by, version=version)
    log = lock(DayLog.objects.get(pk=request.subject_id))
    log.signed_at, log.version = signed.answered_at, log.version + 1
    log.save(update_fields=["signed_at", "version"])
    record(events.SIGNED, log, by=by)
    return log


@verb
def refuse(request: Request, *, opinion: str, by: User, version: int | None = None) -> DayLog:
    """Send a day log back: its owner hands it in anew."""
    refuse_others(request, SIGN)
    returned = send_back(request, opinion=opinion, by=by, version=version)
    log = lock(DayLog.objects.get(pk=request.subject_id))
    log.returned_at, log.version = returned.answered_at, log.version + 1
    log.save(update_fields=["returned_at", "version"])
    record(events.RETURNED, log, by=by)
    return log


@verb
def annul_log(log: DayLog, *, reason: str, by: User | None, version: int | None = None) -> DayLog:
    """Let a log count as missing, with the reason; it stays readable (C4)."""
    require(by, "daylog.annul", log)
    fresh = lock(log, version=version)
    if fresh.annulled_at is not None:
        return fresh
    fresh.annulled_reason = text("reason", reason, _("Say why it does not hold."))
    fresh.annulled_at, fresh.version = clock.now(), fresh.version + 1
    fresh.save()
    for request in waiting_about(fresh):
        withdraw(request, by=None)
    record(events.ANNULLED, fresh, by=by, reason=fresh.annulled_reason, notify=[fresh.user])
    return fresh


def _is_sent_again(former: DayLog, log: DayLog, lines: Sequence[Line], costs: Sequence[Expense]) -> bool:
    """Whether a log says word for word what stands already, was not sent back, and leaves no item open."""
    return (
        former.returned_at is None
        and _words(former, former.lines.all(), former.expenses.all()) == _words(log, lines, costs)
        and not Item.objects.filter(user=log.user, due_on=log.day, closed_on=None, cause="").exists()
    )


def _words(log: DayLog, lines: Iterable[Line], costs: Iterable[Expense]) -> tuple[object, ...]:
    names = ("at", "place", "customer_name", "persons", "topics", "outcome", "result", "unsolved")
    stops = [tuple(getattr(line, name) for name in names) for line in lines]
    spent = [(one.kind, one.amount, one.note) for one in costs]
    return log.reflection, log.help_needed, log.plan, stops, spent


def _settle(log: DayLog, former: DayLog | None, now: datetime, company: Organisation) -> None:
    """Set the deadlines and the times of a log; refuse one that comes too late."""
    until = limits(log.day, company)
    log.due_at, log.locks_at = until.due_at, until.locks_at
    log.submitted_at, log.recorded_at = now, now
    log.channel = channel.current().channel
    if former is not None and former.signed_at is not None:
        raise Refused(_("This log is signed; what has to be said goes into the next one."))
    if former is not None and former.annulled_at is not None:
        raise Refused(_("This log was annulled; it is not handed in anew."))
    if former is not None and former.returned_at is None and former.queries.exists():
        raise Refused(_("The control desk asked about this log: explain it there."))
    if former is not None:
        log.edition, log.submitted_at = former.edition + 1, former.submitted_at
    if now > until.locks_at and (former is None or former.returned_at is None):
        raise Refused(
            _("The log of {day} is locked since {at}.").format(day=log.day, at=_clock(until.locks_at))
        )


def _clock(instant: datetime) -> str:
    return f"{instant:%m-%d %H:%M}"


def _refuse_unsaid(log: DayLog, lines: Sequence[Line]) -> None:
    """Refuse a late log without its reason, and one that says neither a stop nor what was done instead."""
    if log.standing == "late" and not log.late_reason:
        raise Refused(_("It is late: say why."), field="late_reason")
    if not lines and not log.reflection:
        raise Refused(_("Say where you were, or what you did instead."), field="reflection")


def _keep(
    log: DayLog,
    lines: Sequence[Line],
    costs: Sequence[Expense],
    former: DayLog | None,
    by: User | None,
) -> None:
    """Write the edition down in the place of the former one."""
    if former is not None:
        _replace(former)
    log.flags = flags_of(log, lines)
    log.save(force_insert=True)
    Line.objects.bulk_create(lines)
    Expense.objects.bulk_create(costs)
    recompare(log)
    event = events.RESUBMITTED if former else events.SUBMITTED
    record(event, log, by=by, day=log.day, late=log.standing == "late")


def _replace(former: DayLog) -> None:
    former.replaced = True
    former.save(update_fields=["replaced"])
    for request in waiting_about(former):
        withdraw(request, by=None)
    Item.objects.filter(planned_in=former, closed_on=None, cause="").delete()


def _settle_items(user: User, day: date, answers: Mapping[int, Done], by: User | None) -> None:
    for item in Item.objects.filter(user=user, due_on=day, closed_on=None, cause="").order_by("pk"):
        answer = answers.get(item.pk, Done())
        if answer.done:
            close_item(item, on=day, by=by)
        else:
            carry_item(item, cause=answer.cause, to=answer.to, by=by)


def _told(costs: Sequence[Expense]) -> Any:
    """What a day cost, for who signs: each amount beside what it was for."""
    kinds = dict(Expense.Kind.choices)
    return [[kinds[one.kind], {"amount": str(one.amount), "currency": one.currency}] for one in costs]


def _ask_signature(log: DayLog, lines: Sequence[Line], costs: Sequence[Expense], user: User) -> None:
    customers = "、".join(dict.fromkeys(filter(None, (line.customer_name for line in lines))))
    results = "；".join(filter(None, (line.result.rstrip("。；") for line in lines)))
    facts: list[tuple[Any, Any]] = [
        (gettext_lazy("Day"), log.day),
        (gettext_lazy("Stops"), len(lines)),
        (gettext_lazy("Customers"), customers[:200]),
        (gettext_lazy("Result"), results[:400]),
        (gettext_lazy("Reflection"), log.reflection[:400]),
        (gettext_lazy("Help needed"), log.help_needed[:200]),
        (gettext_lazy("Plan for the next day"), log.plan[:300]),
        (gettext_lazy("Expenses"), _told(costs)),
    ]
    ask(
        log,
        act=SIGN,
        needs="daylog.confirm",
        url="daylog:confirm",
        by=user,
        unit=log.unit,
        payload={"edition": log.edition},
        facts=[(name, value) for name, value in facts if value],
        starters=[(gettext_lazy("About %(what)s: "), customers[:40])] if customers else [],
        reason=log.late_reason,
    )
