"""The shapes of single acts about days."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.daylog.models import Absence, Query, SpotCheck
from loudou.people.models import User
from loudou.ui.fields import DayField, SteadyForm

_PARAGRAPH = {"rows": 3}


class AnswerForm(SteadyForm):
    """An answer in words."""

    answer = forms.CharField(label=_("Answer"), max_length=2000, widget=forms.Textarea(attrs=_PARAGRAPH))


class HelpForm(SteadyForm):
    """What help is needed."""

    matter = forms.CharField(label=_("Help needed"), max_length=2000, widget=forms.Textarea(attrs=_PARAGRAPH))


class AnnulForm(SteadyForm):
    """Why a log does not hold."""

    reason = forms.CharField(
        label=_("Why it does not hold"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class JudgeForm(SteadyForm):
    """Whether a difference is explained."""

    verdict = forms.ChoiceField(label=_("Verdict"), choices=Query.Verdict.choices)


class FindingForm(SteadyForm):
    """What a spot check found."""

    result = forms.ChoiceField(label=_("Outcome"), choices=SpotCheck.Result.choices, widget=forms.RadioSelect)
    finding = forms.CharField(
        label=_("Whom you asked, what they said"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs=_PARAGRAPH),
    )


class CarryForm(SteadyForm):
    """Why something is not done, and the day it goes on."""

    cause = forms.CharField(label=_("Why not"), max_length=300)
    to = DayField(label=_("Goes on on"))


class AbsenceForm(SteadyForm):
    """Who is away from when to when."""

    user = forms.ModelChoiceField(User.objects.none(), label=_("Person"))
    first = DayField(label=_("First day"))
    last = DayField(label=_("Last day"))
    kind = forms.ChoiceField(label=_("Kind"), choices=Absence.Kind.choices)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, people: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["user"]
        chosen.queryset = people
