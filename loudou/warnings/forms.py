"""The shape of an answer to a warning."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.ui.fields import DayField, SteadyForm


class SnoozeForm(SteadyForm):
    """Until when a warning is put off, and why."""

    until = DayField(label=_("Until"))
    reason = forms.CharField(label=_("Reason"), max_length=300)


class DisputeForm(SteadyForm):
    """Why a warning does not hold."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
