"""The shape of what people enter about problems and rules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Customer
from loudou.daylog.models import Item
from loudou.people.models import User
from loudou.pipeline.forms.acts import Chosen
from loudou.pipeline.models import Deal
from loudou.problems.models import Problem
from loudou.ui.fields import DayField, SteadyForm
from loudou.warnings.models import EarlyWarning


def _area(label: Any, rows: int = 3, *, required: bool = True) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=2000, required=required, widget=widget)


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A colleague whose account is open, by name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {obj.unit.name}" if obj.unit else str(obj.name)


def colleagues() -> Any:
    """Whom one may name as responsible."""
    return User.objects.active().exclude(unit=None).select_related("unit").order_by("name_key", "pk")


class RegisterForm(SteadyForm):
    """A problem as it is registered; what it is about is carried along hidden, cut to what the person may see."""

    title = forms.CharField(label=_("Problem"), max_length=120)
    area = forms.ChoiceField(label=_("Area"), choices=Problem.Area.choices)
    happened_on = DayField(label=_("Happened on"))
    owner = PersonField(User.objects.none(), label=_("Responsible"))
    what = _area(_("What happened"), 4)
    customer = Chosen(Customer.objects.none(), label=_("Customer"), required=False)
    deal = Chosen(Deal.objects.none(), label=_("Deal"), required=False)
    item = Chosen(Item.objects.none(), label=_("Item of a day"), required=False)
    warning = Chosen(EarlyWarning.objects.none(), label=_("Early warning"), required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["owner"].queryset = colleagues()
        fields["customer"].queryset = Customer.objects.current().visible_to(user)
        for name, model in (("deal", Deal), ("item", Item), ("warning", EarlyWarning)):
            rows: Any = model._default_manager
            fields[name].queryset = rows.visible_to(user)


class ContainForm(SteadyForm):
    """What was done at once."""

    containment = _area(_("What was done at once"))


class CauseForm(SteadyForm):
    """Why it happened."""

    cause = forms.CharField(
        label=_("Root cause"),
        max_length=80,
        help_text=_("One the house knows, so that what recurs is counted; or a new one."),
        widget=forms.TextInput(attrs={"list": "causes", "autocomplete": "off"}),
    )
    analysis = _area(_("How the cause was found"))


class ClassifyForm(SteadyForm):
    """An exception, or routine."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Problem.Kind.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Why it is of this kind"), max_length=300, required=False)


class SendBackForm(SteadyForm):
    """Why it is not solved."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class CloseForm(SteadyForm):
    """How it was verified."""

    finding = _area(_("How it was verified"))


class RuleForm(SteadyForm):
    """A rule of the house."""

    title = forms.CharField(label=_("Title"), max_length=120)
    applies_to = forms.CharField(label=_("What it applies to"), max_length=300)
    content = _area(_("What it says"), 5)
    procedure = _area(_("How it is done"), 4, required=False)
    evidence = forms.CharField(label=_("What shows that it is kept"), max_length=300, required=False)
    owner = PersonField(User.objects.none(), label=_("Responsible"))
    effective_on = DayField(label=_("In force from"))
    review_on = DayField(label=_("To be reviewed on"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["owner"]
        field.queryset = colleagues()


class ReviewForm(SteadyForm):
    """What a review found, and when the next one is."""

    finding = forms.CharField(
        label=_("What the review found"), max_length=600, widget=forms.Textarea(attrs={"rows": 3})
    )
    review_on = DayField(label=_("Next review"))
