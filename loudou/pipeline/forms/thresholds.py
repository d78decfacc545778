"""From when on something about a deal is odd."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.pipeline.figures.thresholds import BOUNDS, Thresholds
from loudou.ui.fields import AmountField, PercentField, SteadyForm


def _whole(name: str, label: Any, note: Any) -> forms.IntegerField:
    least, most = BOUNDS[name]
    return forms.IntegerField(label=label, help_text=note, min_value=int(least), max_value=int(most))


class ThresholdsForm(SteadyForm):
    """The thresholds of the organisation."""

    pushes = _whole("pushes", _("Pushed too often"), _("So many times the expected date was moved later."))
    amount_change = PercentField(
        label=_("The amount jumps, %"),
        help_text=_("It changes by more than this share of what it was; a manager decides."),
    )
    soon_days = _whole("soon_days", _("Expected soon, days"), _("The expected date is at most so near."))
    bare_days = _whole(
        "bare_days", _("No evidence, days"), _("So long in a stage without a single piece of evidence.")
    )
    contact_days = _whole(
        "contact_days",
        _("Contact every so many days"),
        _("After twice as long without one a deal is silent."),
    )
    stuck_times = forms.DecimalField(
        label=_("Stuck in the stage, times P75"),
        help_text=_("Longer than so many times the days after which three quarters have left the stage."),
        max_digits=5,
        decimal_places=2,
        min_value=1,
        max_value=10,
    )
    off_funnel_days = _whole(
        "off_funnel_days",
        _("Won off the funnel, days"),
        _("Won younger than this, or first seen in the last stage."),
    )
    off_funnel_amount = AmountField(
        label=_("Won off the funnel, amount from"),
        help_text=_("Smaller wins are not suspected; 0: every win is looked at."),
    )
    answer_days = _whole(
        "answer_days", _("Warnings are answered within, working days"), _("Then the superior hears of them.")
    )
    again_days = _whole(
        "again_days", _("Asked about again after, days"), _("What is being done and still shows its sign.")
    )

    @classmethod
    def initial_of(cls, limits: Thresholds) -> dict[str, Any]:
        """What they are now."""
        return asdict(limits)
