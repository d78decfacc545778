"""A problem on its way: registered, contained, its cause found, classed, verified."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.daylog.models import Item
from loudou.journal.record import lock, record, verb
from loudou.journal.vocabulary import Event
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline.models import Deal
from loudou.problems import events
from loudou.problems.figures.recurrence import OFTEN, WINDOW_DAYS, is_routine, within_window
from loudou.problems.models import Problem, Rule
from loudou.problems.queries.register import days_of, rule_in_force
from loudou.problems.verbs._values import cause_named, problem_code, text
from loudou.warnings.models import EarlyWarning

State, Kind = Problem.State, Problem.Kind
WORK, JUDGE = "problems.work", "problems.judge"


@verb
def register(
    *,
    title: str,
    what: str,
    area: str,
    by: User,
    happened_on: date | None = None,
    owner: User | None = None,
    customer: Customer | None = None,
    deal: Deal | None = None,
    item: Item | None = None,
    warning: EarlyWarning | None = None,
) -> Problem:
    """Put a problem on the register (F21): somebody answers for it, who registered it keeps seeing it.

    What it is about must be the registrar's to see. A deal brings its customer along, a warning its deal.
    """
    require(by, "problems.register")
    today = organisation().today
    about = _about(by, customer=customer, deal=deal, item=item, warning=warning)
    if (happened_on or today) > today:
        raise Refused(_("This lies in the future."), field="happened_on")
    if area not in Problem.Area.values:
        raise Refused(_("Choose an area."), field="area")
    answering = owner or by
    if not answering.is_active:
        raise Refused(_("This account is closed."), field="owner")
    problem = Problem(
        code=problem_code(),
        title=text("title", title, _("Say in a few words what is wrong.")),
        what=text("what", what, _("Tell what happened.")),
        area=area,
        happened_on=happened_on or today,
        registered_at=clock.now(),
        reporter=by,
        owner=answering,
        unit=answering.unit,
        **about,
    )
    problem.save(force_insert=True)
    problem.followers.add(by)
    record(events.REGISTERED, problem, by=by, area=area, notify=[answering])
    return problem


@verb
def contain(problem: Problem, *, containment: str, by: User | None, version: int | None = None) -> Problem:
    """Say what was done at once so that it gets no worse."""
    fresh = _take(problem, by, version, State.REGISTERED, right=WORK)
    fresh.containment = text("containment", containment, _("Say what was done at once."))
    return _go(fresh, State.CONTAINED, events.CONTAINED, by)


@verb
def find_cause(
    problem: Problem, *, cause: str, analysis: str, by: User | None, version: int | None = None
) -> Problem:
    """Name the cause and how it was found. The third of one cause within 90 days is told to the superior."""
    fresh = _take(problem, by, version, State.CONTAINED, right=WORK)
    fresh.cause = cause_named(cause)
    fresh.analysis = text("analysis", analysis, _("Say how the cause was found."))
    _go(fresh, State.CAUSE, events.CAUSE_FOUND, by, cause=fresh.cause.name)
    count = within_window(days_of([fresh.cause.pk])[fresh.cause.pk], fresh.happened_on)
    if count >= OFTEN:
        superior = filter(None, [fresh.owner.manager])
        record(events.RECURRED, fresh, by=None, cause=fresh.cause.name, count=count, notify=superior)
    return fresh


@verb
def classify(
    problem: Problem, *, kind: str, reason: str = "", by: User | None, version: int | None = None
) -> Problem:
    """Class a problem as 例外 or 例常. What came three times in 90 days is routine, whatever is said of it.

    A routine problem whose cause has a rule in force stands under it; else its rule has to be written.
    """
    fresh = _take(problem, by, version, State.CAUSE, right=JUDGE)
    assert fresh.cause is not None
    if kind not in Kind.values:
        raise Refused(_("Choose exception or routine problem."), field="kind")
    days = days_of([fresh.cause.pk])[fresh.cause.pk]
    if kind == Kind.EXCEPTION and is_routine(days, fresh.happened_on):
        sentence = _("“{cause}” came {n} times in {days} days: that is routine, and wants a rule.")
        told = sentence.format(cause=fresh.cause, n=within_window(days, fresh.happened_on), days=WINDOW_DAYS)
        raise Refused(told, field="kind")
    fresh.kind, fresh.reason = kind, text("reason", reason)
    fresh.rule = rule_in_force(fresh.cause) if kind == Kind.ROUTINE else None
    state = State.CLASSIFIED if fresh.rule is None else State.RULED
    return _go(fresh, state, events.CLASSIFIED, by, kind=Kind(kind).label)


@verb
def send_back(problem: Problem, *, reason: str, by: User | None, version: int | None = None) -> Problem:
    """Say that it is not solved: its cause is looked for anew; what was found stays in its history."""
    fresh = _take(problem, by, version, State.CAUSE, State.CLASSIFIED, State.RULED, right=JUDGE)
    told = text("reason", reason, _("Say why."))
    fresh.cause, fresh.kind, fresh.reason, fresh.rule = None, "", "", None
    return _go(fresh, State.CONTAINED, events.SENT_BACK, by, reason=told, notify=[fresh.owner])


@verb
def close_problem(problem: Problem, *, finding: str, by: User, version: int | None = None) -> Problem:
    """Verify that it is solved, and close it: somebody else than who answers for it, a routine one under its rule."""
    fresh = _take(problem, by, version, State.CLASSIFIED, State.RULED, right=JUDGE)
    if by.pk == fresh.owner_id:
        raise Refused(_("Somebody else verifies that it is solved."), field="finding")
    if fresh.kind == Kind.ROUTINE:
        _refuse_without_rule(fresh.rule)
    fresh.finding = text("finding", finding, _("Say how you verified it."))
    fresh.closed_at, fresh.closed_by = clock.now(), by
    return _go(fresh, State.CLOSED, events.CLOSED, by, finding=fresh.finding[:200], notify=[fresh.owner])


@verb
def print_rule(rule: Rule, *, by: User) -> None:
    """Put on record that somebody took a rule out on paper."""
    require(by, "problems.see_rules", rule)
    record(events.PRINTED, rule, by=by)


def _refuse_without_rule(rule: Rule | None) -> None:
    if rule is None:
        raise Refused(_("A routine problem is closed under a rule: write it first."), field="finding")
    if rule.effective_on > organisation().today:
        day = rule.effective_on.isoformat()
        raise Refused(_("Its rule is in force from {day} only.").format(day=day), field="finding")


def _about(
    by: User, customer: Customer | None, deal: Deal | None, item: Item | None, warning: EarlyWarning | None
) -> dict[str, Any]:
    """What a problem is about, by its fields; refused where the registrar does not see it."""
    deal = deal or (warning.deal if warning is not None else None)
    customer = customer or (deal.customer if deal is not None else None)
    about = {"customer": customer, "deal": deal, "item": item, "warning": warning}
    for field, thing in about.items():
        if thing is not None and not may(by, thing.access.see, thing):
            raise Refused(_("Choose one from the list."), field=field)
    return about


def _take(problem: Problem, by: User | None, version: int | None, *states: str, right: str) -> Problem:
    require(by, right, problem)
    fresh = lock(problem, version=version)
    if fresh.state not in states:
        now = State(fresh.state).label
        raise Refused(_("This problem is at another step: {state}.").format(state=now))
    return fresh


def _go(problem: Problem, state: str, event: Event, by: User | None, **told: Any) -> Problem:
    problem.state, problem.version = state, problem.version + 1
    problem.save()
    record(event, problem, by=by, **told)
    return problem
