"""Exports of days: both logs a stop a row, items, calls for help, spot checks, absences, signatures."""

from __future__ import annotations

from datetime import tzinfo

from django.utils.translation import gettext_lazy

from loudou.daylog.models import Absence, DayLog, DeskLog, Item, Line, SpotCheck, Support
from loudou.exchange.exporting.cells import Cell, instant
from loudou.exchange.exporting.sheet import Filters, Rows, Sheet
from loudou.people.models import User
from loudou.signoff.models import Request

_STOP = ("at", "place", "customer", "persons", "topics", "outcome", "result", "unsolved")


def _logs(user: User | None, filters: Filters) -> Rows:
    """Their stops, and the logs that have none."""
    seen = DayLog.objects.current().visible_to(user).values("pk")
    lines = Line.objects.filter(log__in=seen).select_related("log__user", "customer")
    return lines.defer("customer__search", "customer__extra").order_by("log__day", "log_id", "position")


def _log(line: Line, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    log = line.log
    assert log is not None
    texts = (log.reflection, log.help_needed, log.plan, log.late_reason)
    return (log.user.username, log.day, instant(log.submitted_at, zone), *_stop(line, zone), *texts)


def _desk_logs(user: User | None, filters: Filters) -> Rows:
    seen = DeskLog.objects.visible_to(user).values("pk")
    lines = Line.objects.filter(desk_log__in=seen).select_related("desk_log__user", "customer")
    return lines.defer("customer__search", "customer__extra").order_by(
        "desk_log__day", "desk_log_id", "position"
    )


def _desk_log(line: Line, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    desk = line.desk_log
    assert desk is not None
    calls = (desk.arrival, instant(desk.checked_at, zone), instant(desk.reported_at, zone))
    return (desk.user.username, desk.day, *calls, *_stop(line, zone), desk.deviation)


def _stop(line: Line, zone: tzinfo) -> tuple[Cell, ...]:
    customer = line.customer.code if line.customer is not None else line.customer_name
    said = (line.persons, line.topics, line.outcome, line.result, line.unsolved)
    return (instant(line.at, zone), line.place, customer, *said)


def _items(user: User | None, filters: Filters) -> Rows:
    return Item.objects.visible_to(user).select_related("user").order_by("id")


def _item(item: Item, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return item.user.username, item.text, item.due_on, item.closed_on, item.cause, item.since


def _calls(user: User | None, filters: Filters) -> Rows:
    return Support.objects.visible_to(user).select_related("asker", "answered_by").order_by("id")


def _call(call: Support, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return (
        call.asker.username,
        call.matter,
        instant(call.asked_at, zone),
        instant(call.answered_at, zone),
        call.answered_by.username if call.answered_by else None,
        call.answer,
    )


def _checks(user: User | None, filters: Filters) -> Rows:
    return SpotCheck.objects.visible_to(user).select_related("log__user", "checker").order_by("id")


def _check(check: SpotCheck, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return (
        check.log.user.username,
        check.log.day,
        check.reason,
        check.result,
        check.finding,
        check.checker.username if check.checker else None,
        instant(check.checked_at, zone),
    )


def _absences(user: User | None, filters: Filters) -> Rows:
    return Absence.objects.visible_to(user).select_related("user").order_by("id")


def _absence(absence: Absence, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return absence.user.username, absence.first, absence.last, absence.kind, absence.note


def _requests(user: User | None, filters: Filters) -> Rows:
    """Those that wait for somebody by name, or were answered."""
    named = Request.objects.visible_to(user).exclude(signer=None).exclude(state=Request.State.WITHDRAWN)
    return named.select_related("asker", "signer").order_by("id")


def _request(request: Request, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    assert request.signer is not None
    return (
        request.subject_label,
        request.asker.username,
        request.signer.username,
        instant(request.asked_at, zone),
        instant(request.due_at, zone),
        instant(request.opened_at, zone),
        instant(request.answered_at, zone),
        request.state if request.answered_at else None,
        request.opinion,
    )


DAY_SHEETS = (
    Sheet(
        "day-logs",
        gettext_lazy("Day logs"),
        (
            *("username", "day", "submitted_at", *_STOP),
            *("reflection", "help_needed", "plan", "late_reason"),
        ),
        "daylog.see",
        _logs,
        _log,
        persons=True,
    ),
    Sheet(
        "desk-logs",
        gettext_lazy("Day logs of the control desk"),
        ("username", "day", "arrival", "checked_at", "reported_at", *_STOP, "deviation"),
        "daylog.see_desk",
        _desk_logs,
        _desk_log,
        persons=True,
    ),
    Sheet(
        "log-items",
        gettext_lazy("Items of days"),
        ("username", "item", "due_on", "closed_on", "cause", "since"),
        "daylog.see",
        _items,
        _item,
    ),
    Sheet(
        "support-requests",
        gettext_lazy("Calls for help"),
        ("username", "matter", "asked_at", "answered_at", "answered_by", "answer"),
        "daylog.see",
        _calls,
        _call,
    ),
    Sheet(
        "spot-checks",
        gettext_lazy("Spot checks"),
        ("username", "day", "reason", "result", "finding", "checker_username", "checked_at"),
        "daylog.see_checks",
        _checks,
        _check,
    ),
    Sheet(
        "absences",
        gettext_lazy("Absences"),
        ("username", "first", "last", "kind", "note"),
        "daylog.see",
        _absences,
        _absence,
    ),
    Sheet(
        "signatures",
        gettext_lazy("Signatures"),
        (
            *("subject", "asker_username", "signer_username", "asked_at", "due_at", "opened_at"),
            *("answered_at", "answer", "opinion"),
        ),
        "signoff.see",
        _requests,
        _request,
    ),
)
