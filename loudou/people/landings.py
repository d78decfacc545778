"""The pages one may have open after signing in, and the right each needs."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loudou.people.access import may
from loudou.people.models import User

HOME = "desk:home"
_LANDINGS: tuple[tuple[str, Promise, str], ...] = (
    ("pipeline:board", _("Board"), "pipeline.see"),
    ("pipeline:list", _("Deals"), "pipeline.see"),
    ("customers:list", _("Customers"), "customers.see"),
    ("insight:funnel", _("Funnel analysis"), "insight.see"),
)


def landings(user: User) -> list[tuple[str, Promise]]:
    """URL name and what it is called, of what this person may see; the empty name is their day."""
    return [("", _("My day")), *((page, name) for page, name, right in _LANDINGS if may(user, right))]


def landing(user: User) -> str:
    """The page chosen, as long as the person may see it; else their day."""
    right = next((right for page, _name, right in _LANDINGS if page == user.landing), "")
    return user.landing if user.landing and (not right or may(user, right)) else HOME
