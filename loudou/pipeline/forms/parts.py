"""What people enter about what hangs on a deal: evidence, tasks, lines, deliveries, contacts, team, competitors, notes, files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.catalog.models import Product
from loudou.customers.models import Contact
from loudou.people.models import User
from loudou.pipeline.forms.acts import Chosen
from loudou.pipeline.models import Competitor, Line
from loudou.ui.fields import AmountField, DayField, PercentField, SteadyForm


class EvidenceForm(SteadyForm):
    note = forms.CharField(
        label=_("What shows it"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Who said or sent what, and when."),
    )
    file = forms.FileField(label=_("File"), required=False)


class WithdrawForm(SteadyForm):
    reason = forms.CharField(
        label=_("Why it does not hold"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class TaskForm(SteadyForm):
    note = forms.CharField(
        label=_("Result"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class LineForm(SteadyForm):
    """One line; a line without a product is no line."""

    product = Chosen(Product.objects.all(), label=_("Product"), required=False)
    quantity = forms.DecimalField(label=_("Quantity"), max_digits=14, decimal_places=3, required=False)
    price = AmountField(label=_("Price"), required=False)
    system_of_record = forms.ChoiceField(label=_("Kept in"), choices=Line.Record.choices, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("product"):
            for name in ("quantity", "price"):
                if cleaned.get(name) is None and name not in self.errors:
                    self.add_error(name, _("A line needs this."))
        return cleaned


class LinesForm(SteadyForm):
    reason = forms.CharField(
        label=_("Reason"), max_length=500, required=False, help_text=_("Where the amount changes.")
    )


LineForms = forms.formset_factory(LineForm, extra=2, can_delete=True, max_num=200, absolute_max=200)


class DeliveryForm(SteadyForm):
    """One delivery; a row without date and amount is none."""

    due_on = DayField(label=_("Delivered on"), required=False)
    amount = AmountField(label=_("Amount"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name, other in (("due_on", "amount"), ("amount", "due_on")):
            if cleaned.get(name) is None and cleaned.get(other) is not None and name not in self.errors:
                self.add_error(name, _("A delivery needs this."))
        return cleaned


DeliveryForms = forms.formset_factory(DeliveryForm, extra=2, can_delete=True, max_num=100, absolute_max=100)


class DeliveriesForm(SteadyForm):
    reason = forms.CharField(
        label=_("Reason"), max_length=300, required=False, help_text=_("Where a plan changes that was there.")
    )


class ContactsForm(SteadyForm):
    contacts = forms.ModelMultipleChoiceField(
        Contact.objects.none(), label=_("Who takes part"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any, *, customer: int, **options: Any) -> None:
        super().__init__(data, **options)
        field = self.fields["contacts"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = Contact.objects.current().filter(customer=customer).order_by("name_key", "pk")


class MemberForm(SteadyForm):
    """One member of the team; a row without a person is no member."""

    user = Chosen(User.objects.active(), label=_("Person"), required=False)
    share = PercentField(label=_("Share, %"), required=False)
    task = forms.CharField(label=_("Task"), max_length=80, required=False)


MemberForms = forms.formset_factory(MemberForm, extra=1, can_delete=True, max_num=30, absolute_max=30)


class CompetitorForm(SteadyForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    standing = forms.ChoiceField(
        label=_("Standing"), choices=Competitor.Standing.choices, initial=Competitor.Standing.UNKNOWN
    )
    strength = forms.CharField(
        label=_("Where"), max_length=80, required=False, help_text=_("Price, technology, relations …")
    )
    quote = AmountField(label=_("Their quote"), required=False)
