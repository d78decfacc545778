"""Problems and rules that were kept elsewhere, taken over as they were; nobody is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from loudou.journal.record import record, record_each, verb
from loudou.kernel import clock
from loudou.kernel.periods import midnight
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.people.tables import Tables
from loudou.problems import events
from loudou.problems.models import Problem, Rule
from loudou.problems.queries.register import rule_in_force
from loudou.problems.verbs._values import cause_named, problem_code, rule_code, text

RIGHT = "exchange.import_history"
Kind, State = Problem.Kind, Problem.State


@verb
def import_problem(
    *,
    code: str = "",
    title: str,
    what: str,
    area: str,
    happened_on: date,
    owner: User,
    by: User | None,
    cause: str = "",
    kind: str = "",
    closed_on: date | None = None,
    finding: str = "",
    **texts: Any,
) -> Problem | None:
    """Take over a problem, as far as it had come; None if its number, or the same of the same day, is known.

    `texts`: containment, analysis, reason; `customer` and `deal` are rows.
    """
    require(by, RIGHT)
    title = text("title", title, _("Say in a few words what is wrong."))
    same = {"code": code} if code else {"title": title, "happened_on": happened_on, "owner": owner}
    if Problem.objects.filter(**same).exists():
        return None
    deal, customer = texts.pop("deal", None), texts.pop("customer", None)
    problem = Problem(
        code=code or problem_code(),
        title=title,
        what=text("what", what) or title,
        area=area,
        happened_on=happened_on,
        registered_at=clock.now(),
        reporter=by,
        owner=owner,
        unit_id=Tables.read().unit_of(owner, midnight(happened_on, organisation().zone)),
        cause=cause_named(cause) if cause else None,
        kind=kind,
        deal=deal,
        customer=customer or (deal.customer if deal is not None else None),
        **{name: text(name, value) for name, value in texts.items()},
    )
    _stand(problem, closed_on, finding)
    problem.save(force_insert=True)
    record(events.IMPORTED, problem, by=by)
    return problem


@verb
def import_rule(
    *,
    code: str = "",
    cause: str,
    title: str,
    content: str,
    owner: User,
    effective_on: date,
    review_on: date,
    by: User | None,
    **texts: str,
) -> Rule | None:
    """Take over a rule in force; None if its number is known, or its cause has a rule already."""
    require(by, RIGHT)
    about = cause_named(cause)
    if (code and Rule.objects.filter(code=code).exists()) or rule_in_force(about) is not None:
        return None
    if review_on <= effective_on:
        raise Refused(_("A rule is reviewed after it took effect."), field="review_on")
    said = {name: text(name, value) for name, value in texts.items()}
    rule = Rule(
        code=code or rule_code(),
        cause=about,
        title=text("title", title, _("Give the rule a title.")),
        content=text("content", content, _("Say what the rule demands.")),
        owner=owner,
        effective_on=effective_on,
        review_on=review_on,
        written_by=by,
        written_at=clock.now(),
        **{"applies_to": about.name, **said},
    )
    rule.save(force_insert=True)
    record(events.RULE_WRITTEN, rule, by=by, edition=rule.edition, cause=about.name)
    return rule


def _stand(problem: Problem, closed_on: date | None, finding: str) -> None:
    """How far the problem had come, by what is known of it."""
    if problem.kind and problem.cause is None:
        raise Refused(_("Name the cause."), field="cause")
    if problem.kind == Kind.ROUTINE and problem.cause is not None:
        problem.rule = rule_in_force(problem.cause)
    if problem.kind:
        problem.state = State.RULED if problem.rule is not None else State.CLASSIFIED
    elif problem.cause is not None:
        problem.state = State.CAUSE
    elif problem.containment:
        problem.state = State.CONTAINED
    if closed_on is None:
        return
    if not problem.kind:
        raise Refused(_("A closed problem says of which kind it is."), field="kind")
    if problem.kind == Kind.ROUTINE and problem.rule is None:
        raise Refused(_("A routine problem is closed under a rule: write it first."), field="kind")
    problem.finding = text("finding", finding, _("Say how you verified it."))
    problem.state = State.CLOSED
    problem.closed_at = midnight(closed_on, organisation().zone)


@verb
def withdraw_problems(keys: Sequence[int], *, by: User | None) -> None:
    """Take problems back that an import brought by mistake."""
    require(by, RIGHT)
    rows = list(Problem.objects.filter(pk__in=keys))
    record_each(events.WITHDRAWN, ((row, {}) for row in rows), by=by)
    Problem.objects.filter(pk__in=[row.pk for row in rows]).delete()


@verb
def withdraw_rules(keys: Sequence[int], *, by: User | None) -> None:
    """Take rules back that an import brought by mistake; one that problems stand under stays."""
    require(by, RIGHT)
    rows = list(Rule.objects.filter(pk__in=keys))
    record_each(events.WITHDRAWN, ((row, {}) for row in rows), by=by)
    Rule.objects.filter(pk__in=[row.pk for row in rows]).delete()
