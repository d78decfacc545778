"""Live deals whose owner leaves go to somebody else who sells."""

from __future__ import annotations

from django.utils.translation import ngettext

from loudou.people.leaving import Holding, outlives
from loudou.people.models import User
from loudou.pipeline.models import Deal
from loudou.pipeline.verbs._taking import refuse_owner
from loudou.pipeline.verbs.handing_over import hand_over


def _count(user: User) -> int:
    return Deal.objects.live().filter(owner=user).count()


def _told(count: int) -> str:
    return ngettext("%(n)d open deal", "%(n)d open deals", count) % {"n": count}


def _pass_on(leaver: User, heir: User, reason: str) -> None:
    refuse_owner(heir, leaver)
    for deal in Deal.objects.live().filter(owner=leaver).order_by("pk"):
        hand_over(deal, owner=heir, by=None, reason=reason)


outlives(Holding("deals", _count, _told, _pass_on))
