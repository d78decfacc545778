"""The shape of what people enter about packs and meetings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.people.models import Unit, User
from loudou.people.queries import organisation
from loudou.reviews.models import Pack
from loudou.reviews.verbs import Todo
from loudou.ui.fields import DayField, InstantField, SteadyForm


def _area(label: Any, rows: int, most: int = 4000, hint: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=most, required=False, widget=widget, help_text=hint)


class OpenForm(SteadyForm):
    """Which report, of which period, of oneself or of a unit."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Pack.Kind.choices)
    period = forms.ChoiceField(label=_("Period"))
    about = forms.ModelChoiceField(
        Unit.objects.none(), label=_("About"), required=False, empty_label=_("myself")
    )

    def __init__(self, *args: Any, units: Any, periods: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["about"].queryset = units
        fields["about"].label_from_instance = lambda unit: unit.name
        fields["period"].choices = periods

    def clean_period(self) -> Any:
        """The period itself."""
        return organisation().fiscal.parse(self.cleaned_data["period"])


class TextsForm(SteadyForm):
    """What no record says."""

    causes = _area(_("Causes"), 4, hint=_("Why it went as it went: what was won and lost, and through what."))
    lessons = _area(_("Lessons"), 3)
    help_needed = _area(_("Help needed"), 2)
    plan = _area(_("Plan for the next period"), 4)


class PlanForm(SteadyForm):
    """When and where a unit meets."""

    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("Unit"))
    starts_at = InstantField(label=_("When"))
    place = forms.CharField(label=_("Place"), max_length=120, required=False)

    def __init__(self, *args: Any, units: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["unit"]
        field.queryset = units
        field.label_from_instance = lambda unit: unit.name


class MinutesForm(SteadyForm):
    """What was said and decided."""

    minutes = _area(_("Minutes of the meeting"), 8, 8000)
    decisions = _area(_("Decisions"), 3, hint=_("One a line."))

    def told(self) -> dict[str, Any]:
        """What the verb takes."""
        data = self.cleaned_data
        return {"minutes": data["minutes"], "decisions": data["decisions"].splitlines()}


class TodoForm(SteadyForm):
    """What somebody does until when; an empty one is left out."""

    what = forms.CharField(label=_("Action"), max_length=200, required=False)
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Responsible"), required=False)
    due_on = DayField(label=_("Until"), required=False)

    def __init__(self, *args: Any, people: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["owner"]
        field.queryset = people
        field.label_from_instance = lambda user: user.name

    def clean(self) -> dict[str, Any]:
        """All three, or none."""
        data = super().clean()
        if data.get("what"):
            for name in ("owner", "due_on"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("Say who does it, and until when."))
        return data


TodoSet: Any = forms.formset_factory(TodoForm, extra=5, max_num=20)


def todos_of(todos: Any) -> list[Todo]:
    """The actions of a valid formset."""
    told = [form.cleaned_data for form in todos if form.cleaned_data.get("what")]
    return [Todo(one["what"], one["owner"], one["due_on"]) for one in told]


class CancelForm(SteadyForm):
    """Why a meeting is called off."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
