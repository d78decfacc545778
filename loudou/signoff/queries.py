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
    open_to_all = Q(pk__in=[])
    for needs in _signable(user):
        far = reach(user, needs)
        within = Q(signer=None, needs=needs)
        if far is not Reach.ALL:
            within &= Q(unit__in=sorted(unit_ids(user, far)))
        open_to_all |= within
    return Request.objects.waiting().filter(Q(signer=user) | open_to_all).exclude(asker=user)


def signer_for(asker: User, needs: str) -> User | None:
    """The nearest superior of the asker who has the right; None where nobody above has it."""
    return next((above for above in chain_above(asker) if above.is_active and may(above, needs)), None)


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


def _signable(user: User) -> list[str]:
    """The rights that requests may ask for and this person has."""
    return [verb for verb in GRANTS if verb.split(".")[1].startswith("confirm") and may(user, verb)]
