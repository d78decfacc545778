"""Rules: written against a cause, reviewed on their day, retired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.problems import events
from loudou.problems.models import Cause, Problem, Rule
from loudou.problems.queries.register import rule_in_force
from loudou.problems.verbs._values import rule_code, text


@verb
def write_rule(
    cause: Cause,
    *,
    title: str,
    applies_to: str,
    content: str,
    owner: User,
    effective_on: date,
    review_on: date,
    by: User | None,
    procedure: str = "",
    evidence: str = "",
) -> Rule:
    """Write the rule against a cause, or its next edition; routine problems of the cause stand under it from then on."""
    require(by, "problems.judge")
    lock(cause)  # one edition after the other
    former = rule_in_force(cause)
    if former is not None:
        former = lock(former)
    if not owner.is_active:
        raise Refused(_("This account is closed."), field="owner")
    _check_days(former, effective_on, review_on)
    rule = Rule(
        code=former.code if former is not None else rule_code(),
        edition=former.edition + 1 if former is not None else 1,
        cause=cause,
        title=text("title", title, _("Give the rule a title.")),
        applies_to=text("applies_to", applies_to, _("Say what the rule applies to.")),
        content=text("content", content, _("Say what the rule demands.")),
        procedure=text("procedure", procedure),
        evidence=text("evidence", evidence),
        owner=owner,
        effective_on=effective_on,
        review_on=review_on,
        written_by=by,
        written_at=clock.now(),
    )
    if former is not None:
        former.replaced, former.version = True, former.version + 1
        former.save()
    rule.save(force_insert=True)
    _put_under(rule)
    record(events.RULE_WRITTEN, rule, by=by, edition=rule.edition, cause=cause.name, notify=[owner])
    return rule


@verb
def review_rule(
    rule: Rule, *, finding: str, review_on: date, by: User | None, version: int | None = None
) -> Rule:
    """Say what the review found; the rule stays in force until the next one."""
    fresh = _take(rule, by, version)
    if review_on <= organisation().today:
        raise Refused(_("Name a later day."), field="review_on")
    fresh.finding = text("finding", finding, _("Say what the review found."))[:600]
    fresh.reviewed_at, fresh.review_on, fresh.version = clock.now(), review_on, fresh.version + 1
    fresh.save()
    record(events.RULE_REVIEWED, fresh, by=by, finding=fresh.finding, review_on=review_on)
    return fresh


@verb
def retire_rule(rule: Rule, *, reason: str, by: User | None, version: int | None = None) -> Rule:
    """Take a rule out of force, with the reason; it stays readable."""
    fresh = _take(rule, by, version)
    fresh.retired_reason = text("reason", reason, _("Say why."))
    fresh.retired_on, fresh.version = organisation().today, fresh.version + 1
    fresh.save()
    record(events.RULE_RETIRED, fresh, by=by, reason=fresh.retired_reason, notify=[fresh.owner])
    return fresh


@verb
def remind_of_reviews(rules: Sequence[Rule], *, by: User | None) -> int:
    """Tell the owners of rules whose review is due, once a date; returns how many."""
    require(by, "problems.judge")
    today = organisation().today
    for rule in rules:
        fresh = lock(rule)
        fresh.reminded_on = today
        fresh.save(update_fields=["reminded_on"])
        record(events.RULE_DUE, fresh, by=by, notify=[rule.owner])
    return len(rules)


def _check_days(former: Rule | None, effective_on: date, review_on: date) -> None:
    if former is not None and effective_on < former.effective_on:
        raise Refused(_("The edition in force began later."), field="effective_on")
    if review_on <= effective_on:
        raise Refused(_("A rule is reviewed after it took effect."), field="review_on")


def _put_under(rule: Rule) -> None:
    """Routine problems of the rule's cause that are not closed stand under it."""
    waiting = Problem.objects.open().filter(cause=rule.cause, kind=Problem.Kind.ROUTINE)
    for problem in waiting.select_for_update().order_by("pk"):
        problem.rule, problem.state, problem.version = rule, Problem.State.RULED, problem.version + 1
        problem.save()


def _take(rule: Rule, by: User | None, version: int | None) -> Rule:
    require(by, "problems.judge")
    fresh = lock(rule, version=version)
    if not fresh.is_current:
        raise Refused(_("This edition is not in force any more."))
    return fresh
