"""The pages of the cycle, as their head shows them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from loudou.forecasts.models import Level, level_of
from loudou.people.access import may
from loudou.people.models import User


def tabs(user: User) -> list[tuple[str, str, str]]:
    """The pages of the cycle that are open to somebody: URL name, name, icon."""
    found = [("forecasts:sheet", _("Submit forecast"), "send", "forecasts.submit")]
    if level_of(user) != Level.REP:
        found += [("forecasts:judge", _("Judge deals"), "scale", "forecasts.submit")]
    found += [("forecasts:accuracy", _("Forecast accuracy"), "target-arrow", "forecasts.see")]
    return [(url, name, icon) for url, name, icon, right in found if may(user, right)]
