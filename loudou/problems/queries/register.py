"""Reading the register: pages of problems and rules, how often a cause came, what is due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

from django.db.models import F, Q

from loudou.people.models import User
from loudou.problems.models import Cause, Problem, Rule

MOST = 200
SHOWN = (
    "owner",
    "unit",
    "reporter",
    "customer",
    "deal",
    "item",
    "warning__deal",
    "cause",
    "rule",
    "closed_by",
)


def rows(keys: Sequence[int]) -> list[Problem]:
    """The problems of one page of a list."""
    found = Problem.objects.filter(pk__in=keys).select_related("owner", "unit", "customer", "cause", "rule")
    return list(found.defer("customer__search", "customer__extra"))


def rules(keys: Sequence[int]) -> list[Rule]:
    """The rules of one page of a list."""
    return list(Rule.objects.filter(pk__in=keys).select_related("owner", "cause"))


def days_of(causes: Collection[int]) -> dict[int, list[date]]:
    """The days on which each of these causes came, whoever may see the problems; one query."""
    found: dict[int, list[date]] = defaultdict(list)
    told = Problem.objects.filter(cause__in=causes).order_by("happened_on")
    for cause, day in told.values_list("cause_id", "happened_on"):
        found[cause].append(day)
    return dict(found)


def rule_in_force(cause: Cause) -> Rule | None:
    """The rule that is written against a cause."""
    return Rule.objects.current().filter(cause=cause).first()


def editions(rule: Rule) -> list[Rule]:
    """Every edition of a rule, the latest first."""
    return list(Rule.objects.filter(code=rule.code).select_related("owner").order_by("-edition"))


def to_review(today: date) -> list[Rule]:
    """Rules whose review is due and of whose owners nobody was reminded since that day."""
    due = Rule.objects.current().filter(review_on__lte=today)
    silent = Q(reminded_on=None) | Q(reminded_on__lt=F("review_on"))
    return list(due.filter(silent).select_related("owner").order_by("pk"))


def cause_names() -> list[str]:
    """The causes there are, to choose from while typing."""
    return list(Cause.objects.order_by("name").values_list("name", flat=True)[:MOST])


def about(user: User, *, deal: int | None = None, customer: int | None = None) -> list[Problem]:
    """The problems of a deal or a customer that a person may see, the latest first."""
    wanted = Problem.objects.visible_to(user)
    wanted = wanted.filter(deal=deal) if deal is not None else wanted.filter(customer=customer)
    return list(wanted.select_related("owner", "cause").order_by("-happened_on", "-id")[:20])
