"""The worker's part of the forecast cycle: reminding before the deadline, locking when the time has come."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from loudou.forecasts import queries, verbs
from loudou.forecasts.branches import SUBMITTING
from loudou.forecasts.models import Submission, level_of
from loudou.journal.jobs import job
from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.present import of_today
from loudou.people.queries import organisation

_HOURS_BEFORE = 3


@job(cron="5 * * * *", alone=True)
@of_today
def remind(timestamp: int = 0) -> int:
    """Remind whose number is due within three hours and who handed none in this week; returns how many.

    Once for each deadline, by the first run in those hours: one that was missed is made up for by the next.
    """
    company, rules, now = organisation(), queries.terms(), clock.now()
    cycle = queries.cycle(company, rules)
    period = queries.period_of(company.today, company.fiscal, rules)
    monday = queries.monday_of(company.today, company)
    since = Submission.objects.of(period).filter(submitted_at__gte=monday).values("user")
    idle = User.objects.active().filter(roles__overlap=list(SUBMITTING)).exclude(pk__in=since)
    due = defaultdict(list)
    for user in idle.order_by("pk"):
        due[cycle.deadline(level_of(user), period, now)].append(user)
    reminded = 0
    for deadline, people in sorted(due.items()):
        begins = deadline - timedelta(hours=_HOURS_BEFORE)
        if begins <= now < deadline and not queries.reminded(company, deadline, since=begins):
            verbs.remind(people, period=period, deadline=deadline, by=None)
            reminded += len(people)
    return reminded


@job(cron="10 * * * *", alone=True)
@of_today
def lock_due(timestamp: int = 0) -> int:
    """Lock the present period's numbers once their hour has come; returns how many. Late ones follow within the hour."""
    company, rules = organisation(), queries.terms()
    period = queries.period_of(company.today, company.fiscal, rules)
    if clock.now() < queries.cycle(company, rules).lock_at(period):
        return 0
    return len(verbs.lock_period(period, by=None))
