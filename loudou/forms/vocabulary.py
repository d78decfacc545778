"""The steps of selling that must each have a form (R143), whatever the funnel."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Step:
    """A step and the form of the smallest set that belongs to it."""

    code: str
    name: str | Promise
    form: str


STEPS = (
    Step("collect", _("collecting what is known"), "F01"),
    Step("screen", _("screening and qualifying"), "F02"),
    Step("plan", _("planning visits"), "F03"),
    Step("visit", _("recording visits"), "F04"),
    Step("follow", _("following key accounts"), "F06"),
    Step("won", _("registering won deals"), "F07"),
    Step("serve", _("serving beyond the deal"), "F07S"),
    Step("day", _("closing the day"), "F08"),
    Step("forecast", _("forecasting"), "F16"),
)
