"""The shape of what is typed about forecasts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.forecasts.models import Level, Submission, Terms, Verdict
from loudou.ui.fields import AmountField, PercentField, SteadyForm


class SubmitForm(SteadyForm):
    """One's own number for a period, why it differs from the roll-up, and a word beside it."""

    submitted = AmountField(label=_("My forecast"))
    reason = forms.CharField(label=_("Reason of the adjustment"), max_length=300, required=False)
    comment = forms.CharField(label=_("Comment"), max_length=600, required=False)

    def __init__(self, *args: Any, level: str, last: Submission | None, **options: Any) -> None:
        super().__init__(*args, **options)
        if level == Level.REP:
            self.fields["reason"].label = _("Reason")
        if last is not None:
            self.fields["reason"].initial = last.reason


class JudgeForm(SteadyForm):
    """Whether the ticked deals are counted on, and why."""

    verdict = forms.ChoiceField(choices=Verdict.choices, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class ReopenForm(SteadyForm):
    """Why a locked number is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class TermsForm(SteadyForm):
    """The rules of the forecast."""

    grain = forms.ChoiceField(label=_("People forecast by"), choices=Terms.Grain.choices)
    rep_limit = PercentField(label=_("Error a person may make, %"))
    manager_limit = PercentField(label=_("Error a manager may make, %"))
    director_limit = PercentField(label=_("Error a director may make, %"))
    rep_hour = forms.IntegerField(
        label=_("People hand in by, o'clock"),
        min_value=0,
        max_value=23,
        help_text=_("on the first working day of the week"),
    )
    manager_hour = forms.IntegerField(
        label=_("Managers hand in by, o'clock"),
        min_value=0,
        max_value=23,
        help_text=_("on the first working day of the week"),
    )
    director_hour = forms.IntegerField(
        label=_("Directors hand in by, o'clock"),
        min_value=0,
        max_value=23,
        help_text=_("on the second working day of the week"),
    )
    lock_workday = forms.IntegerField(
        label=_("Locked on working day"), min_value=1, max_value=20, help_text=_("of the period")
    )
    lock_hour = forms.IntegerField(label=_("Locked at, o'clock"), min_value=0, max_value=23)

    @classmethod
    def initial_of(cls, rules: Terms) -> dict[str, Any]:
        """What the rules are now."""
        return {name: getattr(rules, name) for name in cls.base_fields}
