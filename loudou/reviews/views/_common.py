"""What the pages of packs and meetings share."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from loudou.people.access import reach, unit_ids
from loudou.people.grants import Reach
from loudou.people.models import Unit, User
from loudou.people.queries import organisation
from loudou.reviews import words
from loudou.ui.answers import to_save
from loudou.ui.papers import Paper, as_pdf


def context(active: str, **more: Any) -> dict[str, Any]:
    """What every page shows: which tab is open, how parts are said."""
    return {
        "section": "reviews",
        "active": active,
        "words": words,
        "currency": organisation().base_currency,
        **more,
    }


def led_by(user: User, right: str) -> Any:
    """The units in which somebody has a right beyond their own."""
    far = reach(user, right)
    units = Unit.objects.filter(retired_at=None).order_by("path")
    if far is Reach.ALL:
        return units
    return units.filter(pk__in=unit_ids(user, far)) if far > Reach.OWN else units.none()


def pdf(paper: Paper) -> HttpResponse:
    """A paper as an answer."""
    return to_save(as_pdf(paper), "application/pdf", f"{paper.name}.pdf")
