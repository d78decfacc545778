"""What is said of a request: how long it waits, until when it may, how it was answered."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from loudou.journal.vocabulary import names_of_values
from loudou.kernel import clock
from loudou.signoff.models import Request
from loudou.ui import format as f


def act_name(act: str) -> str:
    """What a kind of request is called."""
    return str(names_of_values("signoff.request", "act").get(act, act))


def lasting(span: timedelta) -> str:
    """3 days 2 h, 2 h 14 min, 5 min: the two largest units."""
    minutes = max(int(span.total_seconds() // 60), 0)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f.days(days)] if days else []
    parts += [_("%(n)d h") % {"n": hours}] if hours else []
    parts += [_("%(n)d min") % {"n": minutes}] if minutes or not parts else []
    return " ".join(parts[:2])


def waited(request: Request) -> str:
    """How long it waits, or waited until it was answered."""
    return lasting((request.answered_at or clock.now()) - request.asked_at)


def said(request: Request) -> str:
    """Who answered it, when and with which opinion, in a line of a paper."""
    return _("%(who)s %(when)s: %(opinion)s") % {
        "who": request.answered_by.name if request.answered_by else _("the system"),
        "when": f.instant(request.answered_at),
        "opinion": request.opinion,
    }


def is_late(request: Request) -> bool:
    """Whether its time has passed, or had passed when it was answered."""
    return (request.answered_at or clock.now()) > request.due_at


def due(request: Request) -> str:
    """Until 18:00, until 4-17 18:00, 3 h late."""
    if request.state == Request.State.WAITING and is_late(request):
        return _("%(time)s late") % {"time": lasting(clock.now() - request.due_at)}
    local = timezone.localtime(request.due_at)
    same_day = local.date() == timezone.localtime(clock.now()).date()
    return _("until %(time)s") % {"time": f"{local:%H:%M}" if same_day else f.instant(request.due_at)}


def read_for(request: Request) -> str:
    """How long the signer had it before them; empty where nobody knows."""
    if request.opened_at is None or request.answered_at is None:
        return ""
    return lasting(request.answered_at - request.opened_at)
