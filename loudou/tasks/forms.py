"""The shape of what people type about tasks; what it may be, the verbs decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Customer
from loudou.people.models import User
from loudou.pipeline.forms.acts import Chosen
from loudou.pipeline.models import Deal
from loudou.tasks.models import Task
from loudou.tasks.origins import HAND, origin_of
from loudou.ui.fields import DayField, SteadyForm


class TaskForm(SteadyForm):
    """What is to be done, about what, by when, how urgent."""

    title = forms.CharField(label=_("What is to be done"), max_length=200)
    due_on = DayField(label=_("Due on"), required=False)
    due_time = forms.TimeField(
        label=_("At"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Task.Priority.choices, coerce=int, initial=Task.Priority.NORMAL
    )
    deal = Chosen(Deal.objects.none(), label=_("Deal"), required=False)
    customer = Chosen(Customer.objects.none(), label=_("Customer"), required=False)
    note = forms.CharField(
        label=_("Details"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user
        for name, rows in (
            ("deal", Deal.objects.visible_to(user)),
            ("customer", Customer.objects.current().visible_to(user)),
        ):
            chosen: Any = self.fields[name]
            chosen.queryset = rows


class SetForm(TaskForm):
    """A new task, and whose it is; unless said, one's own."""

    owner = Chosen(User.objects.active(), label=_("To be done by"), required=False)
    origin = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput, empty_value=HAND)
    origin_key = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """What it comes from is of a kind that people make tasks of, and they see it."""
        told: dict[str, Any] = super().clean() or {}
        source = told.get("origin", HAND)
        if source != HAND and not origin_of(source).open_to(self.user, told.get("origin_key", "")):
            raise forms.ValidationError(_("Nothing is known of where this comes from."))
        return told | ({"origin_key": ""} if source == HAND else {})


class QuickForm(SteadyForm):
    """A task of one's own in one line."""

    title = forms.CharField(label=_("What is to be done"), max_length=200)
    due_on = DayField(label=_("Due on"), required=False)


class FinishForm(SteadyForm):
    """What came of it."""

    result = forms.CharField(
        label=_("Result"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class DropForm(SteadyForm):
    """Why it need not be done."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class HandOverForm(SteadyForm):
    """Who does it from now on."""

    owner = Chosen(User.objects.active(), label=_("To be done by"))
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class PostponeForm(SteadyForm):
    """Until when chosen tasks are put off."""

    due_on = DayField(label=_("Until"))
