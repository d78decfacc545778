"""The shape of small acts on forms and records."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.forms.models import Reading, Review
from loudou.people.models import User
from loudou.ui.fields import SteadyForm


class ReasonForm(SteadyForm):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class DoubtForm(ReasonForm):
    """What could not be verified."""


class IssueForm(SteadyForm):
    """Why a form is put in force although forms then take more of a day than they may."""

    despite = forms.CharField(
        label=_("In spite of the limit, because"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only where forms would take over 30 minutes a day."),
    )


class GiveForm(SteadyForm):
    """Who answers for a form."""

    to = forms.ModelChoiceField(User.objects.none(), label=_("Owner"))

    def __init__(self, *args: Any, people: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["to"]
        field.queryset = people


class UseForm(SteadyForm):
    """What a record was used for."""

    use = forms.ChoiceField(label=_("Used"), choices=Reading.Use.choices)
    note = forms.CharField(label=_("What for"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class ReviewForm(SteadyForm):
    """What is to become of a form, and why."""

    outcome = forms.ChoiceField(label=_("Decision"), choices=Review.Outcome.choices)
    note = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
