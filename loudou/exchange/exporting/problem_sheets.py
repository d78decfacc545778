"""Exports of problems and rules."""

from __future__ import annotations

from datetime import tzinfo

from django.utils.translation import gettext_lazy

from loudou.exchange.exporting.cells import Cell
from loudou.exchange.exporting.sheet import Filters, Rows, Sheet
from loudou.people.models import User
from loudou.problems.lens import ProblemLens, RuleLens
from loudou.problems.models import Problem, Rule
from loudou.problems.queries.register import SHOWN


def _problems(user: User | None, filters: Filters) -> Rows:
    """Without a word about their state all of them."""
    found = ProblemLens.read({"state": "all", **filters}, user).register
    return found.select_related(*SHOWN).defer("customer__search", "customer__extra").order_by("id")


def _problem(one: Problem, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return (
        one.code,
        one.title,
        one.what,
        one.area,
        one.happened_on,
        one.owner.username,
        one.customer.code if one.customer else None,
        one.deal.code if one.deal else None,
        one.containment,
        one.cause.name if one.cause else None,
        one.analysis,
        one.kind,
        one.reason,
        one.closed_at.astimezone(zone).date() if one.closed_at else None,
        one.finding,
    )


def _rules(user: User | None, filters: Filters) -> Rows:
    return RuleLens.read(filters, user).rules.select_related("cause", "owner").order_by("id")


def _rule(one: Rule, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    said = (one.title, one.applies_to, one.content, one.procedure, one.evidence)
    return (one.code, one.cause.name, *said, one.owner.username, one.effective_on, one.review_on)


PROBLEM_SHEETS = (
    Sheet(
        "problems",
        gettext_lazy("Problems"),
        (
            *("code", "title", "what", "area", "happened_on", "owner_username", "customer_code", "deal_code"),
            *("containment", "cause", "analysis", "kind", "reason", "closed_on", "finding"),
        ),
        "problems.see",
        _problems,
        _problem,
        lens=ProblemLens,
    ),
    Sheet(
        "rules",
        gettext_lazy("Rules"),
        (
            *("code", "cause", "title", "applies_to", "content", "procedure", "evidence"),
            *("owner_username", "effective_on", "review_on"),
        ),
        "problems.see_rules",
        _rules,
        _rule,
        lens=RuleLens,
    ),
)
