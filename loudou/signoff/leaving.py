"""What waits for the signature of somebody who leaves waits for somebody else."""

from __future__ import annotations

from django.utils.translation import ngettext

from loudou.people.leaving import Holding, outlives
from loudou.people.models import User
from loudou.signoff.models import Request
from loudou.signoff.verbs import pass_on


def _count(user: User) -> int:
    return Request.objects.waiting().filter(signer=user).count()


def _told(count: int) -> str:
    return ngettext("%(n)d request to sign", "%(n)d requests to sign", count) % {"n": count}


def _pass_on(leaver: User, heir: User, reason: str) -> None:
    pass_on(leaver, to=heir, by=None)


outlives(Holding("signatures", _count, _told, _pass_on))
