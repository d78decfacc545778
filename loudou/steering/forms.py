"""The shape of what people type about budgets, causes and measures."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.kernel.periods import Grain, Period
from loudou.people.access import company_of, reach, unit_ids
from loudou.people.grants import Reach
from loudou.people.models import Unit, User
from loudou.steering.models import Budget, Category, Cost, Measure
from loudou.steering.queries.following import ended
from loudou.targets.forms import PeriodField
from loudou.targets.models import Target
from loudou.targets.queries.closing import closable_months
from loudou.ui import format as f
from loudou.ui.fields import AmountField, DayField, SteadyForm


class UnitField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A unit, indented by how deep it stands."""

    def label_from_instance(self, obj: Any) -> str:
        return "\u3000" * int(obj.depth) + str(obj.name)


def units_for(user: User, verb: str) -> Any:
    """The units for which somebody may do something, as a tree in order."""
    far = reach(user, verb)
    units = Unit.objects.filter(retired_at=None).order_by("path")
    if far is Reach.ALL:
        return units
    return units.filter(pk__in=unit_ids(user, far) if far >= Reach.TEAM else [])


class BudgetForm(SteadyForm):
    """Whose budget, of when."""

    unit = UnitField(label=_("Unit"), queryset=Unit.objects.none(), empty_label=None)
    period = PeriodField()

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["unit"].queryset = units_for(user, "steering.budget_set")  # type: ignore[attr-defined]
        self.fields["period"].initial = str(company_of(user).today.year)


class PlanForm(SteadyForm):
    """The thoughts of R015 that lead to a budget."""

    demand = forms.CharField(
        label=_("Demand analysis"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Which customers and markets the target needs, and what they ask for."),
    )
    resources = forms.CharField(
        label=_("Resources and cost"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("People, material, training, technology, and what they cost."),
    )
    strategy = forms.CharField(
        label=_("Sales strategy"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class LineForm(SteadyForm):
    """What may be spent of a category in a month; one that stands is adjusted."""

    category = forms.ChoiceField(label=_("Cost category"), choices=Category.choices)
    month = forms.ChoiceField(label=_("Month"))
    amount = AmountField(label=_("Amount"))
    reason = forms.CharField(
        label=_("Reason of the adjustment"),
        max_length=300,
        required=False,
        help_text=_("Needed where the line stands already."),
    )

    def __init__(self, *args: Any, budget: Budget, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        months = company_of(user).fiscal.split(budget.period, Grain.MONTH)
        self.fields["month"].choices = [  # type: ignore[attr-defined]
            (one.start.isoformat(), f.period(one)) for one in months
        ]

    def clean_month(self) -> date:
        """Its first day."""
        return date.fromisoformat(self.cleaned_data["month"])


class CostForm(SteadyForm):
    """What was spent, or will be."""

    unit = UnitField(label=_("Unit"), queryset=Unit.objects.none(), empty_label=None)
    category = forms.ChoiceField(label=_("Cost category"), choices=Category.choices)
    day = DayField(label=_("Day"))
    amount = AmountField(label=_("Amount"), negative=True)
    state = forms.ChoiceField(label=_("State"), choices=Cost.State.choices)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, budget: Budget, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        units = units_for(user, "steering.spend").filter(path__startswith=budget.unit.path)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]


class CloseMonthForm(SteadyForm):
    """Which month's books are closed."""

    month = forms.ChoiceField(label=_("Month"))
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self._months = {f"{one.start:%Y-%m}": one for one in closable_months(company_of(user))}
        newest = reversed(self._months.items())
        self.fields["month"].choices = [(name, f.period(one)) for name, one in newest]  # type: ignore[attr-defined]

    @property
    def is_empty(self) -> bool:
        """Whether there is no month to close."""
        return not self._months

    def clean_month(self) -> Period:
        """The month."""
        return self._months[self.cleaned_data["month"]]


class ReopenForm(SteadyForm):
    """Why closed books are to be opened again."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class CausesForm(SteadyForm):
    """Why a target is behind."""

    causes = forms.CharField(label=_("Causes"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Somebody, with their unit."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {obj.unit or '—'}"


class MeasureForm(SteadyForm):
    """What is done, by whom, by when."""

    text = forms.CharField(label=_("What will be done"), max_length=300)
    owner = PersonField(label=_("Responsible"), queryset=User.objects.none(), empty_label=None)
    due_on = DayField(label=_("Due"))

    def __init__(self, *args: Any, target: Target, **options: Any) -> None:
        super().__init__(*args, **options)
        people = User.objects.active()
        within = (
            people.below(target.unit) if target.unit is not None else people.filter(pk=target.person_id or 0)
        )
        self.fields["owner"].queryset = within.select_related("unit").order_by("name_key")  # type: ignore[attr-defined]


class CloseForm(SteadyForm):
    """What came of a measure."""

    state = forms.ChoiceField(
        label=_("State"),
        choices=[(one.value, one.label) for one in (Measure.State.DONE, Measure.State.DROPPED)],
    )
    result = forms.CharField(label=_("Result"), max_length=600)


class EvaluateForm(SteadyForm):
    """What one says of a week or month that is over."""

    period = forms.ChoiceField(label=_("Period"))
    text = forms.CharField(
        label=_("What went well, what did not, and why"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        company = company_of(user)
        self._periods = {company.fiscal.name(one): one for one in ended(company.today, company.fiscal)}
        self.fields["period"].choices = [  # type: ignore[attr-defined]
            (name, f.period(one, company.fiscal)) for name, one in self._periods.items()
        ]

    def clean_period(self) -> Period:
        """The week or month."""
        return self._periods[self.cleaned_data["period"]]
