"""Reading what waits for a signature."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from loudou.kernel import clock
from loudou.kernel.periods import midnight
from loudou.people.access import may, reach, unit_ids
from loudou.people.grants import GRANTS, Reach
from loudou.people.models import User
from loudou.people.queries import chain_above, organisation
from loudou.signoff.figures import COMPARED
from loudou.signoff.models import Request, Requests

END_OF_DAY_HOURS = 18


def inbox(user: User) -> Requests:
    """Requests that wait for this person: addressed to them, or to nobody and within their right; never their own."""
    mine, widest = Q(signer=user) | Q(escalated_to=user), Reach.NONE
    for needs in _signable(user):
        far = reach(user, needs)
        within = Q(signer=None, needs=needs)
        if far is not Reach.ALL:
            within &= Q(unit__in=sorted(unit_ids(user, far)))
        mine, widest = mine | within, max(widest, far)
    waiting = Request.objects.waiting().filter(mine).exclude(asker=user)
    # Who reaches everything may be the last one there is, even for a record of their own; `sign` knows.
    return waiting if widest is Reach.ALL else waiting.exclude(owner=user)


def signer_for(
    owner: User, needs: str, row: models.Model | None = None, *, but_not: User | None = None
) -> User | None:
    """The nearest superior of a record's owner who has the right over it and did not ask; None where there is none."""
    return next((above for above in chain_above(owner) if _may_sign(above, needs, row, but_not)), None)


def next_above(request: Request, subject: models.Model | None = None) -> User | None:
    """The superior of those it waits for already, who may sign it as well."""
    last = request.escalated_to or request.signer
    if last is None:
        return None
    return signer_for(last, request.needs, subject or request, but_not=request.asker)


def stands_alone(user: User, needs: str) -> bool:
    """Whether nobody but this person could sign: nobody above has the right, and nobody else has it everywhere."""
    if signer_for(user, needs) is not None:
        return False
    others = User.objects.active().filter(roles__overlap=list(GRANTS[needs])).exclude(pk=user.pk)
    return not any(reach(other, needs) is Reach.ALL for other in others)


def due(working_days: int) -> datetime:
    """18:00 of the working day that many working days from now (B0: SLA in working days of the calendar)."""
    company = organisation()
    day = company.calendar.work_calendar().add(company.today, working_days)
    return midnight(day, company.zone) + timedelta(hours=END_OF_DAY_HOURS)


def waiting_about(subject: models.Model) -> list[Request]:
    """Open requests about one thing, oldest first."""
    return list(Request.objects.about(subject).waiting().select_related("asker", "signer").order_by("id"))


def answered_about(subject: models.Model, *, limit: int = 20) -> list[Request]:
    """Answered requests about one thing, newest first."""
    answered = Request.objects.about(subject).exclude(state=Request.State.WAITING)
    return list(answered.select_related("asker", "answered_by").order_by("-id")[:limit])


def former_opinions(user: User) -> list[str]:
    """A signer's last opinions, to see whether a new one is one."""
    mine = Request.objects.filter(answered_by=user).exclude(opinion="")
    return list(mine.order_by("-answered_at").values_list("opinion", flat=True)[:COMPARED])


def overdue_minutes(request: Request) -> int:
    """How long it has waited beyond its time, in minutes; 0 while in time."""
    late = clock.now() - request.due_at
    return max(0, int(late.total_seconds() // 60))


def _may_sign(user: User, needs: str, row: models.Model | None, but_not: User | None) -> bool:
    return user.is_active and user != but_not and may(user, needs, row)


def _signable(user: User) -> list[str]:
    """The rights that requests may ask for and this person has."""
    return [verb for verb in GRANTS if verb.split(".")[1].startswith("confirm") and may(user, verb)]
