"""Exports of days: both logs a stop a row, expenses, items, calls for help, spot checks, absences, signatures."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy

from loudou.daylog.models import Absence, DayLog, DeskLog, Expense, Item, SpotCheck, Support
from loudou.exchange.exporting.cells import Cell, instant
from loudou.exchange.exporting.sheet import Filters, Rows, Sheet
from loudou.people.models import User
from loudou.signoff.models import Request

_ASKED = ("asked_at", "asker__username", "signer__username", "subject_label", "due_at", "id")
_STOP = ("at", "place", "customer", "persons", "topics", "outcome", "result", "unsolved")
_DAY_BY_DAY = ("day", "user__username", "pk", "lines__position")
_COLUMNS = (
    *(f"lines__{name}" for name in _STOP if name != "customer"),
    *("lines__customer__code", "lines__customer_name"),
)


def _logs(user: User | None, filters: Filters) -> Rows:
    """Their stops, and the logs that have none."""
    told = ("submitted_at", "reflection", "help_needed", "plan", "late_reason")
    return _with_stops(DayLog.objects.current().visible_to(user), *told)


def _log(row: dict[str, Any], user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    texts = tuple(row[name] for name in ("reflection", "help_needed", "plan", "late_reason"))
    return (row["user__username"], row["day"], instant(row["submitted_at"], zone), *_stop(row, zone), *texts)


def _desk_logs(user: User | None, filters: Filters) -> Rows:
    """What was heard stop by stop, and the days of which there is only the morning call, or a deviation."""
    told = ("arrival", "checked_at", "reported_at", "deviation")
    return _with_stops(DeskLog.objects.visible_to(user), *told)


def _desk_log(row: dict[str, Any], user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    calls = (row["arrival"], instant(row["checked_at"], zone), instant(row["reported_at"], zone))
    return (row["user__username"], row["day"], *calls, *_stop(row, zone), row["deviation"])


def _with_stops(logs: Any, *told: str) -> Rows:
    """A row a stop, and one for a log without any."""
    each = logs.filter(Q(lines=None) | Q(lines__isnull=False)).order_by(*_DAY_BY_DAY)
    return each.values("user__username", "day", *told, *_COLUMNS)  # type: ignore[no-any-return]


def _stop(row: dict[str, Any], zone: tzinfo) -> tuple[Cell, ...]:
    customer = row["lines__customer__code"] or row["lines__customer_name"]
    said = tuple(row[f"lines__{name}"] for name in _STOP[3:])
    return (instant(row["lines__at"], zone), row["lines__place"], customer, *said)


def _expenses(user: User | None, filters: Filters) -> Rows:
    logs = DayLog.objects.current().visible_to(user)
    found = Expense.objects.filter(log__in=logs.values("pk")).select_related("log__user")
    return found.order_by("log__day", "log__user__username", "log", "position")


def _expense(cost: Expense, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    log = cost.log
    place = str(cost.position)
    return log.user.username, log.day, place, cost.kind, cost.amount, cost.currency, cost.note


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
    return named.select_related("asker", "signer").order_by(*_ASKED)


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
        "log-expenses",
        gettext_lazy("Expenses of days"),
        ("username", "day", "position", "kind", "amount", "currency", "note"),
        "daylog.see",
        _expenses,
        _expense,
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
