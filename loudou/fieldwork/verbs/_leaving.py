"""Planned visits of somebody who leaves: the signature was on them, so they are called off, and a task asks the heir."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loudou.fieldwork.models import VisitPlan
from loudou.fieldwork.verbs.planning import cancel_visit
from loudou.people.access import may
from loudou.people.leaving import Holding, outlives
from loudou.people.models import User
from loudou.tasks.verbs import set_task

_TO_COME = ("draft", "submitted", "returned", "approved")


def _count(user: User) -> int:
    return VisitPlan.objects.filter(owner=user, state__in=_TO_COME).count()


def _told(count: int) -> str:
    return ngettext("%(n)d planned visit", "%(n)d planned visits", count) % {"n": count}


def _pass_on(leaver: User, heir: User, reason: str) -> None:
    plans = VisitPlan.objects.filter(owner=leaver, state__in=_TO_COME).select_related("customer", "deal")
    for plan in plans.order_by("starts_at", "pk"):
        cancel_visit(plan, by=None, reason=reason)
        set_task(
            heir,
            title=_("Visit {customer}, as {name} had planned").format(
                customer=plan.customer.name[:120], name=leaver.name
            ),
            note="\n".join(plan.objectives),
            customer=plan.customer if may(heir, "customers.see", plan.customer) else None,
            due_on=plan.day,
            origin="visit",
            origin_key=str(plan.pk),
            by=None,
        )


outlives(Holding("visits", _count, _told, _pass_on))
