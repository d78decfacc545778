"""The shape of what people type about activities; what it may be, the verbs decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Customer
from loudou.fieldwork.models import Activity
from loudou.people.models import User
from loudou.pipeline.forms.acts import Chosen
from loudou.pipeline.models import Deal
from loudou.ui.fields import DayField, InstantField, SteadyForm


class LogForm(SteadyForm):
    """What was done, with whom, what came of it, what comes next."""

    kind = forms.ChoiceField(
        label=_("What it was"), choices=Activity.Kind.choices, initial=Activity.Kind.CALL
    )
    at = InstantField(label=_("When"))
    customer = Chosen(Customer.objects.none(), label=_("Customer"), required=False)
    deal = Chosen(Deal.objects.none(), label=_("Deal"), required=False)
    contact = forms.CharField(
        label=_("With whom"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"list": "contacts", "autocomplete": "off"}),
        help_text=_("A visit counts with a person of the customer and a result or a next step."),
    )
    result = forms.CharField(
        label=_("Result"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    next_step = forms.CharField(label=_("Next step"), max_length=300, required=False)
    next_on = DayField(label=_("Next step on"), required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        customers: Any = self.fields["customer"]
        customers.queryset = Customer.objects.current().visible_to(user)
        deals: Any = self.fields["deal"]
        deals.queryset = Deal.objects.visible_to(user)


class AnnulForm(SteadyForm):
    """Why a record does not hold."""

    reason = forms.CharField(
        label=_("Why it does not hold"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
