"""Spot checks (F30): drawing logs, naming suspicious ones, and what was found out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils.translation import gettext as _

from loudou.daylog import events
from loudou.daylog.figures.sampling import draw, size
from loudou.daylog.models import DayLog, SpotCheck
from loudou.daylog.verbs._values import text
from loudou.daylog.verbs.logs import annul_log
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import require
from loudou.people.models import User


@verb
def draw_checks(week: date, *, by: User | None) -> list[SpotCheck]:
    """Draw a tenth of the logs of the week of a day by lot, and take those with red flags as well (C4).

    Drawn again when more logs are in, only what is missing is drawn. The seed is the week's Monday, so that anybody
    can draw the same.
    """
    require(by, "daylog.check")
    monday = week - timedelta(days=week.weekday())
    logs = DayLog.objects.standing().filter(day__gte=monday, day__lt=monday + timedelta(days=7))
    found = {log.pk: log for log in logs.select_related("user")}
    made = SpotCheck.objects.filter(log__in=list(found))
    known = dict(made.values_list("log", "reason"))
    drawn = [key for key, reason in known.items() if reason == SpotCheck.Reason.RANDOM]
    seed = f"loudou {monday}"
    missing = max(size(len(found)) - len(drawn), 0)
    lots = draw(list(found), seed, but_not=known, count=missing)
    suspicious = sorted(key for key, log in found.items() if log.flags and key not in {*lots, *known})
    return [
        *_make(lots, found, SpotCheck.Reason.RANDOM, monday, by, seed),
        *_make(suspicious, found, SpotCheck.Reason.TARGETED, monday, by),
    ]


@verb
def target_check(log: DayLog, *, by: User | None) -> SpotCheck:
    """Take one log for a check because something about it looks odd."""
    require(by, "daylog.check", log)
    if SpotCheck.objects.filter(log=log).exists():
        raise Refused(_("This log is checked already."))
    monday = log.day - timedelta(days=log.day.weekday())
    return _make([log.pk], {log.pk: log}, SpotCheck.Reason.TARGETED, monday, by)[0]


@verb
def tell_finding(
    check: SpotCheck, *, result: str, finding: str, by: User | None, version: int | None = None
) -> SpotCheck:
    """Say what a check found. A log that is not true is annulled: it counts as missing and stays readable (R122).

    The checker is neither the author nor the author's own manager.
    """
    require(by, "daylog.check", check)
    author = check.log.user
    if by is not None and by.pk in (author.pk, author.manager_id):
        raise Forbidden(_("Neither the author nor their own manager checks a log."))
    fresh = lock(check, version=version)
    if fresh.result:
        raise Refused(_("The finding stands; it is not changed."))
    if result not in SpotCheck.Result.values:
        raise Refused(_("Choose what was found."), field="result")
    fresh.result = result
    fresh.finding = text("finding", finding)
    if result != SpotCheck.Result.VERIFIED:
        fresh.finding = text("finding", finding, _("Say whom you asked and what they said."))
    fresh.checker, fresh.checked_at, fresh.version = by, clock.now(), fresh.version + 1
    fresh.save()
    false = result == SpotCheck.Result.FALSE
    hearers = [author, *filter(None, [author.manager])] if false else []
    record(events.FOUND, fresh, by=by, result=result, notify=hearers)
    if false:
        annul_log(check.log, reason=_("Spot check: {finding}").format(finding=fresh.finding)[:300], by=None)
    return fresh


def _make(
    keys: Sequence[int],
    logs: dict[int, DayLog],
    reason: str,
    monday: date,
    by: User | None,
    seed: str = "",
) -> list[SpotCheck]:
    made = []
    for key in keys:
        check = SpotCheck.objects.create(
            log=logs[key], week=monday, reason=reason, seed=seed, drawn_at=clock.now(), drawn_by=by
        )
        record(events.DRAWN, check, by=by, reason=reason)
        made.append(check)
    return made
