"""Telling people that their number is due, and asking for what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from django.utils.translation import gettext as _

from loudou.forecasts import events, queries
from loudou.forecasts.branches import branch
from loudou.forecasts.models import Level, level_of
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.periods import Period, midnight
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation


@verb
def remind(users: Sequence[User], *, period: Period, deadline: datetime, by: User | None) -> None:
    """Tell people that their number is due."""
    require(by, "forecasts.set_up")
    company = organisation()
    record(
        events.REMINDED,
        company,
        by=by,
        notify=users,
        period=company.fiscal.name(period),
        deadline=deadline.astimezone(company.zone),
    )


@verb
def chase(people: Sequence[User] | None, *, period: Period, by: User) -> list[User]:
    """Ask those below who handed nothing in this week for their number; without `people`, all of them.

    Each is asked once a day and period, whoever does it; they hear of it by notice, and by mail as they wish. Returns
    whom it was; raises `Refused` where nobody is left to ask.
    """
    require(by, "forecasts.submit")
    if level_of(by) == Level.REP:
        raise Forbidden(_("Managers and directors ask those below them."))
    company, now = organisation(), clock.now()
    if now >= period.instants(company.zone)[1]:
        raise Refused(_("This period is over."))
    keys, name = branch(by).keys, company.fiscal.name(period)
    wanted = keys if people is None else {one.pk for one in people}
    if not wanted <= keys:
        raise Refused(_("Only those below you can be asked."), field="people")
    asked = queries.idle(wanted, period, queries.monday_of(company.today, company))
    for one in sorted(asked, key=attrgetter("pk")):
        lock(one)  # one at a time, so that two superiors do not ask the same person twice
    told = queries.chased([one.pk for one in asked], name, midnight(company.today, company.zone))
    left, rules = [one for one in asked if one.pk not in told], queries.cycle(company)
    if not left:
        raise Refused(_("Nobody is left to ask: who has not handed in was asked today."))
    for one in left:
        due = rules.deadline(level_of(one), period, now).astimezone(company.zone)
        record(events.CHASED, one, by=by, notify=[one], period=name, deadline=due)
    return left
