"""The shape of a walk: the day, and whom it led to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Customer
from loudou.market.verbs import Met
from loudou.people.models import User
from loudou.ui.fields import DayField, SteadyForm


def _area(label: Any, rows: int = 2) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=2000, required=False, widget=widget)


class WalkForm(SteadyForm):
    """The day, where, with whom of the team; what was learned and what follows."""

    day = DayField(label=_("Day"))
    area = forms.CharField(label=_("Place"), max_length=120, required=False)
    beside = forms.ModelChoiceField(User.objects.none(), label=_("Together with"), required=False)
    learned = _area(_("What was learned"), 3)
    follows = _area(_("What follows"), 3)
    met = forms.CharField(required=False, widget=forms.HiddenInput)  # where a refusal about stops is shown

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["beside"]
        team = User.objects.active().filter(manager=user).order_by("name_key", "pk")
        field.queryset = team
        field.label_from_instance = lambda one: one.name

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        return {name: self.cleaned_data[name] for name in ("day", "area", "beside", "learned", "follows")}


class MetForm(SteadyForm):
    """One customer of the walk; empty ones are left out."""

    customer = forms.CharField(
        label=_("Customer"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"list": "customers", "autocomplete": "off"}),
    )
    persons = forms.CharField(label=_("With whom"), max_length=120, required=False)
    heard = _area(_("What the customer said"))
    competitors = _area(_("News of competitors"))
    prices = _area(_("Prices"))


MetSet: Any = forms.formset_factory(MetForm, extra=4, max_num=20)


def met_of(stops: Any, user: User) -> list[Met]:
    """The customers of a valid formset, those of the house by their name where the person may see them."""
    told = [form.cleaned_data for form in stops if any(form.cleaned_data.values())]
    names = {values["customer"] for values in told if values.get("customer")}
    seen = Customer.objects.current().visible_to(user).filter(name__in=names)
    known = {row.name: row for row in seen.defer("search", "extra")}
    return [
        Met(
            customer=known.get(values.get("customer", "")),
            customer_name=values.get("customer", ""),
            **{name: values.get(name, "") for name in ("persons", "heard", "competitors", "prices")},
        )
        for values in told
    ]


class AnnulForm(SteadyForm):
    """Why a walk does not hold."""

    reason = forms.CharField(label=_("Why it does not hold"), max_length=300)
