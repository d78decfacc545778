"""The shape of a day's log: stops one after the other, items, and what only the person knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Customer
from loudou.daylog.models import Expense, Item, Outcome
from loudou.daylog.verbs import Done, Spent, Stop
from loudou.fieldwork.models import Activity
from loudou.people.models import User
from loudou.ui.fields import AmountField, DayField, HourField, SteadyForm

_SHORT = {"rows": 2}


class StopForm(SteadyForm):
    """Where, whom, about what, with which result; empty stops are left out."""

    at = HourField(label=_("When"), required=False)
    place = forms.CharField(label=_("Place"), max_length=200, required=False)
    customer = forms.CharField(
        label=_("Customer"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"list": "customers", "autocomplete": "off"}),
    )
    persons = forms.CharField(label=_("With whom"), max_length=120, required=False)
    topics = forms.CharField(
        label=_("What was talked about"), max_length=2000, required=False, widget=forms.Textarea(attrs=_SHORT)
    )
    outcome = forms.ChoiceField(label=_("Conclusion"), choices=[("", "—"), *Outcome.choices], required=False)
    result = forms.CharField(
        label=_("Result"), max_length=2000, required=False, widget=forms.Textarea(attrs=_SHORT)
    )
    unsolved = forms.CharField(
        label=_("Still open"), max_length=2000, required=False, widget=forms.Textarea(attrs=_SHORT)
    )
    activity = forms.IntegerField(required=False, widget=forms.HiddenInput)


class Stops(forms.BaseFormSet):  # type: ignore[type-arg] # not generic where it runs
    """The stops of a day, one form each."""

    def rows(self) -> Iterator[tuple[str, StopForm]]:
        """Each with what it is known by, however many stand before it: its activity, its line, or a new one."""
        first = self.initial_form_count()
        for number, form in enumerate(self.forms):
            key = form["activity"].value()
            yield (
                f"of-{key}" if key else f"line-{number}" if number < first else f"new-{number - first}",
                form,
            )


StopSet: Any = forms.formset_factory(StopForm, formset=Stops, extra=4, max_num=40)


def stops_of(stops: Any, day: date, user: User, owner: User) -> list[Stop]:
    """The stops of a valid formset: customers by their name where the person may see them, activities their owner's own."""
    told = [form.cleaned_data for form in stops if form.cleaned_data]
    names = {values["customer"] for values in told if values.get("customer")}
    seen = Customer.objects.current().visible_to(user).filter(name__in=names)
    customers = {row.name: row for row in seen.defer("search", "extra")}
    keys = [values["activity"] for values in told if values.get("activity")]
    activities = Activity.objects.filter(owner=owner).in_bulk(keys)
    return [
        Stop(
            at=HourField.on(day, values.get("at")),
            customer=customers.get(values.get("customer", "")),
            customer_name=values.get("customer", ""),
            activity=activities.get(values.get("activity") or 0),
            **{
                name: values.get(name, "")
                for name in ("place", "persons", "topics", "outcome", "result", "unsolved")
            },
        )
        for values in told
    ]


class ExpenseForm(SteadyForm):
    """What something of the day cost; empty ones are left out."""

    kind = forms.ChoiceField(label=_("For what"), choices=[("", "—"), *Expense.Kind.choices], required=False)
    amount = AmountField(label=_("Amount"), required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        if "amount" in told and told["amount"] is None and (told.get("kind") or told.get("note")):
            self.add_error("amount", _("Write what it cost."))
        if told.get("amount") is not None and not told.get("kind"):
            self.add_error("kind", _("Choose what it was for."))
        return told


ExpenseSet: Any = forms.formset_factory(ExpenseForm, extra=6, max_num=20)


def spent_of(expenses: Any) -> list[Spent]:
    """The expenses of a valid formset, without the empty ones."""
    told = [form.cleaned_data for form in expenses]
    return [Spent(one["kind"], one["amount"], one["note"]) for one in told if one.get("amount") is not None]


class LogForm(SteadyForm):
    """What the person adds to the draft: reflection, help needed, tomorrow's plan; and what became of each item."""

    reflection = forms.CharField(
        label=_("Reflection"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    help_needed = forms.CharField(
        label=_("Help needed"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs=_SHORT),
        help_text=_("It becomes a call for help with a clock."),
    )
    plan = forms.CharField(
        label=_("Plan for the next working day"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One line an item; they are asked for tomorrow."),
    )
    late_reason = forms.CharField(label=_("Why it is late"), max_length=300, required=False)

    def __init__(self, *args: Any, items: Sequence[Item] = (), late: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.items = items
        if not late:
            del self.fields["late_reason"]
        for item in items:
            name = f"item-{item.pk}"
            self.fields[f"{name}-done"] = forms.BooleanField(label=item.text, required=False)
            self.fields[name] = forms.CharField(label=_("Why not"), max_length=300, required=False)
            self.fields[f"{name}-to"] = DayField(label=_("Goes on on"), required=False)

    def item_fields(self) -> list[tuple[Item, Any, Any, Any]]:
        """Each item with its three fields."""
        return [
            (item, self[f"item-{item.pk}-done"], self[f"item-{item.pk}"], self[f"item-{item.pk}-to"])
            for item in self.items
        ]

    def settled(self) -> dict[int, Done]:
        """What became of each item."""
        data = self.cleaned_data
        return {
            item.pk: Done(data[f"item-{item.pk}-done"], data[f"item-{item.pk}"], data[f"item-{item.pk}-to"])
            for item in self.items
        }

    def told(self) -> dict[str, str]:
        """The texts."""
        return {
            name: self.cleaned_data.get(name, "")
            for name in ("reflection", "help_needed", "plan", "late_reason")
        }


class DeskForm(SteadyForm):
    """What the desk notes beside the stops."""

    began_at = HourField(label=_("Call began at"), required=False)
    deviation = forms.CharField(label=_("Deviations from the plan"), max_length=300, required=False)

    def told(self, day: date) -> dict[str, Any]:
        """When the call of a day began, and the deviations."""
        return self.cleaned_data | {"began_at": HourField.on(day, self.cleaned_data["began_at"])}
