"""The worker's part: asking the owners of red targets, reminding of measures and evaluations."""

from __future__ import annotations

from datetime import timedelta

from loudou.insight.lens import InsightLens
from loudou.insight.reports.targets import target_progress
from loudou.journal.jobs import job
from loudou.journal.queries import last_at
from loudou.kernel.periods import midnight
from loudou.people.present import of_today
from loudou.people.queries import organisation
from loudou.steering import events, verbs
from loudou.steering.models import Ask
from loudou.steering.queries.following import answerable, ended, overdue, owing
from loudou.targets.figures.progress import RED_STATUS

A_WEEK = timedelta(days=7)


@job(cron="20 7 * * 1", alone=True)
@of_today
def ask_red(timestamp: int = 0) -> int:
    """Ask, once a target, whoever answers for one that is red for causes and measures; returns how many."""
    report = target_progress(InsightLens.read({}, None))
    red = [line for line in report.lines if line.progress.status == RED_STATUS and line.aim.origin == "set"]
    targets = [line.aim.target for line in red if line.aim.target is not None]
    asked = set(Ask.objects.filter(target__in=targets).values_list("target_id", flat=True))
    fresh = [target for target in targets if target.pk not in asked]
    owners = answerable(fresh)
    gaps = {line.aim.target.pk: line.progress.gap.value for line in red if line.aim.target is not None}
    for target in fresh:
        gap = gaps[target.pk]
        assert gap is not None
        verbs.ask_for_causes(target, gap=gap, owners=owners[target.pk], by=None)
    return len(fresh)


@job(cron="25 7 * * *", alone=True)
@of_today
def remind_of_measures(timestamp: int = 0) -> int:
    """Tell the owners of overdue measures, each once a week; returns how many."""
    return verbs.remind_of_measures(overdue(organisation().today), by=None)


@job(cron="30 7 * * *", alone=True)
@of_today
def remind_of_notes(timestamp: int = 0) -> int:
    """When a week or a month has ended tell once who has to evaluate it; returns how many.

    It is told on the day after, or, where nothing was on that day, on the next of the week.
    """
    company = organisation()
    before, told = last_at(events.NOTE_DUE), 0
    for period in ended(company.today, company.fiscal):
        if company.today - period.end >= A_WEEK or (
            before is not None and before >= midnight(period.end, company.zone)
        ):
            continue
        targets = [one.target for one in owing(None, period)]
        people = {user.pk: user for users in answerable(targets).values() for user in users}
        told += verbs.remind_of_notes(list(people.values()), period=period, by=None)
    return told
