"""Reading who is mailed what, and finding a screen by its link."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F

from loudou.broadcasts.models import Screen, Subscription
from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.verbs.tokens import digest

MOST = 100


def subscriptions_of(user: User) -> Sequence[Subscription]:
    """What somebody is mailed, the newest first, what they stopped below."""
    return list(
        Subscription.objects.filter(owner=user).order_by(F("stopped_at").desc(nulls_first=True), "-id")[:MOST]
    )


def screens_of(user: User) -> Sequence[Screen]:
    """The screens somebody put up, the newest first."""
    return list(Screen.objects.filter(owner=user).select_related("unit").order_by("-id")[:MOST])


def screen_shown(secret: str) -> Screen | None:
    """The screen a link shows; None once it is taken down, has expired, or its owner's account is closed."""
    found = Screen.objects.filter(digest=digest(secret), revoked_at=None, expires_at__gt=clock.now())
    return found.filter(owner__is_active=True).select_related("owner__unit", "unit").first()
