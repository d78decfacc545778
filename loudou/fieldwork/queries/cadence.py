"""Whom one is to contact next: open deals, and customers without one, by when the next contact is due."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from loudou.customers.models import Customer
from loudou.fieldwork.figures.cadence import DEAL, DEFAULTS, Rules, days_between, next_contact
from loudou.fieldwork.models import Activity, ContactRule
from loudou.people.models import User
from loudou.pipeline.models import Deal

MOST = 200


@dataclass(frozen=True)
class Plan:
    """When a deal or a customer is to be contacted next: so many days after the last contact, or since it is there."""

    days: int
    last: datetime | None
    due: datetime


@dataclass(frozen=True)
class Due:
    """A deal, or a customer without an open one, with its plan."""

    customer: Customer | None
    deal: Deal | None
    plan: Plan

    @property
    def owner(self) -> User | None:
        """Who is to do it."""
        return self.deal.owner if self.deal is not None else self.customer.owner if self.customer else None


def due_contacts(user: User, owners: Collection[int], until: datetime, *, most: int = MOST) -> list[Due]:
    """What these people are to contact before an instant, the longest overdue first; three queries."""
    rules = ContactRule.kept()
    found = [*_deals(user, owners, until, rules, most), *_customers(user, owners, until, rules, most)]
    return sorted(found, key=lambda one: one.plan.due)[:most]


def due_deals(
    user: User, owners: Collection[int], since: datetime, until: datetime, *, most: int = MOST
) -> list[Due]:
    """The open deals of these people whose next contact is due in `[since, until)`; two queries."""
    rules = ContactRule.kept()
    return [one for one in _deals(user, owners, until, rules, most) if one.plan.due >= since]


def plan_of_deal(deal: Deal) -> Plan | None:
    """A live deal's own plan; one query."""
    if not deal.is_open or deal.created_at is None:
        return None
    grade = deal.customer.grade if deal.customer is not None else ""
    days = days_between(ContactRule.kept(), grade, deal.spec.stage_id)
    return Plan(days, deal.last_contact_at, next_contact(deal.last_contact_at or deal.created_at, days))


def plan_of_customer(customer: Customer) -> Plan:
    """A customer's own plan; two queries."""
    days = days_between(ContactRule.kept(), customer.grade)
    reached = Activity.objects.known().contacts().filter(customer=customer).order_by("-at")
    last = reached.values_list("at", flat=True).first()
    return Plan(days, last, next_contact(last or customer.created_at or customer.recorded_at, days))


def _deals(user: User, owners: Collection[int], until: datetime, rules: Rules, most: int) -> list[Due]:
    found = Deal.objects.visible_to(user).open().filter(owner__in=owners).exclude(created_at=None)
    begun = Coalesce(F("last_contact_at"), F("created_at"))
    wanted = _dated(found, begun, _days(rules, "customer__grade", "spec__stage"), until)
    rows = wanted.select_related("customer", "owner", "spec").defer("search", "extra", "customer__search")
    return [
        Due(deal.customer, deal, Plan(deal.cadence, deal.last_contact_at, deal.due_at))
        for deal in rows[:most]
    ]


def _customers(user: User, owners: Collection[int], until: datetime, rules: Rules, most: int) -> list[Due]:
    """Those with an open deal are contacted about it."""
    busy = Deal.objects.open().filter(customer=OuterRef("pk"))
    reached = Activity.objects.known().contacts().filter(customer=OuterRef("pk")).order_by("-at")
    found = Customer.objects.current().visible_to(user).filter(~Exists(busy), owner__in=owners)
    found = found.annotate(last_at=Subquery(reached.values("at")[:1]))
    begun = Coalesce(F("last_at"), F("created_at"), F("recorded_at"))
    rows = _dated(found, begun, _days(rules, "grade"), until).select_related("owner").defer("search", "extra")
    return [Due(one, None, Plan(one.cadence, one.last_at, one.due_at)) for one in rows[:most]]


def _dated(found: Any, begun: Any, days: Case, until: datetime) -> Any:
    due = ExpressionWrapper(begun + F("cadence") * Value(timedelta(days=1)), output_field=DateTimeField())
    return found.annotate(cadence=days).annotate(due_at=due).filter(due_at__lt=until).order_by("due_at", "pk")


def _days(rules: Rules, grade: str, stage: str = "") -> Case:
    """`figures.cadence.days_between` in SQL."""
    if stage:
        own = [(key, days) for key, days in rules.items() if key[1] is not None]
        whens = [
            When(_of(grade, name) & Q(**{stage: place}), then=Value(days)) for (name, place), days in own
        ]
        return Case(*whens, default=Value(DEAL), output_field=IntegerField())
    written = DEFAULTS | {name: days for (name, place), days in rules.items() if place is None}
    whens = [When(_of(grade, name), then=Value(days)) for name, days in written.items()]
    return Case(*whens, default=Value(DEFAULTS[""]), output_field=IntegerField())


def _of(grade: str, name: str) -> Q:
    """Of this grade; a deal without a customer is of none."""
    found = Q(**{grade: name})
    return found if name else found | Q(**{f"{grade}__isnull": True})
