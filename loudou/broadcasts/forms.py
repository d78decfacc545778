"""The shape of what people type about mails and screens."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.broadcasts.boards import BOARDS
from loudou.broadcasts.figures.schedule import LAST_OF_MONTH, MONTH, WEEK
from loudou.broadcasts.models import Screen, Subscription
from loudou.broadcasts.verbs.screens import LONGEST_DAYS
from loudou.people.access import may
from loudou.people.models import Unit, User
from loudou.steering.forms import UnitField, units_for
from loudou.ui import format as f
from loudou.ui.fields import SteadyForm

_MONDAY = date(2024, 1, 1)


def weekday_name(number: int) -> str:
    """What a day of the week is called, 0 being Monday."""
    return f.weekday(_MONDAY + timedelta(days=number))


class SubscriptionForm(SteadyForm):
    """What a mailed report is called and when it comes."""

    name = forms.CharField(label=_("Name"), max_length=80)
    grain = forms.ChoiceField(label=_("How often"), choices=Subscription.Grain.choices)
    weekday = forms.TypedChoiceField(label=_("Day of the week"), coerce=int, required=False)
    month_day = forms.TypedChoiceField(label=_("Day of the month"), coerce=int, required=False)
    hour = forms.TypedChoiceField(label=_("At"), coerce=int)
    form = forms.ChoiceField(label=_("Comes as"), choices=Subscription.Form.choices)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._choose("weekday", [(number, weekday_name(number)) for number in range(7)])
        self._choose("month_day", [(day, str(day)) for day in range(1, LAST_OF_MONTH + 1)])
        self._choose("hour", [(hour, f"{hour:02}:00") for hour in range(24)])

    def _choose(self, name: str, choices: list[tuple[int, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    @classmethod
    def initial_of(cls, subscription: Subscription) -> dict[str, Any]:
        """What is set now."""
        return {
            "name": subscription.name,
            "grain": subscription.grain,
            "hour": subscription.hour,
            "form": subscription.form,
            "weekday": subscription.day if subscription.grain == WEEK else 0,
            "month_day": subscription.day if subscription.grain == MONTH else 1,
        }

    def given(self) -> dict[str, Any]:
        """The arguments of the verbs."""
        told = self.cleaned_data
        day = {WEEK: told["weekday"] or 0, MONTH: told["month_day"] or 1}.get(told["grain"], 0)
        return {**{name: told[name] for name in ("name", "grain", "hour", "form")}, "day": day}


class ScreenForm(SteadyForm):
    """What a screen shows, to whom it belongs, how long its link lives."""

    name = forms.CharField(label=_("Name"), max_length=60)
    unit = UnitField(
        label=_("Unit"), queryset=Unit.objects.none(), required=False, empty_label=_("all that I may see")
    )
    boards = forms.MultipleChoiceField(label=_("Boards"), widget=forms.CheckboxSelectMultiple)
    names = forms.ChoiceField(
        label=_("People by"),
        choices=Screen.Names.choices,
        help_text=_("Customers are never named."),
    )
    seconds = forms.IntegerField(label=_("Seconds a board"), min_value=5, max_value=600, initial=20)
    days = forms.IntegerField(
        label=_("The link lives, days"), min_value=1, max_value=LONGEST_DAYS, initial=90
    )
    is_dark = forms.BooleanField(label=_("Dark"), required=False, initial=True)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        shown = [(name, board.title) for name, board in BOARDS.items() if may(user, board.right)]
        self.fields["boards"].choices = shown  # type: ignore[attr-defined]
        self.fields["boards"].initial = [name for name, _title in shown]
        self.fields["unit"].queryset = units_for(user, "insight.see")  # type: ignore[attr-defined]


class RenewForm(SteadyForm):
    """How long a new link lives."""

    days = forms.IntegerField(
        label=_("The link lives, days"), min_value=1, max_value=LONGEST_DAYS, initial=90
    )
