"""The shape of what people type about targets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Self

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from loudou.kernel.refusals import Refused
from loudou.people.models import Calendar, Unit, User
from loudou.people.queries import currencies
from loudou.pipeline.queries.funnels import usable_funnels
from loudou.targets.figures.decompose import BYS
from loudou.targets.figures.goals import Goal
from loudou.targets.figures.typed import parse_target
from loudou.targets.lens import settable_people, settable_units
from loudou.targets.models import Cause, Kind, Metric
from loudou.targets.proposals import read_period
from loudou.targets.queries import stages_in_use
from loudou.targets.queries.words import Word
from loudou.ui.fields import AmountField, PercentField, SteadyForm

BY_NAMES = {
    "quarter": _("quarters"),
    "month": _("months"),
    "week": _("weeks"),
    "day": _("working days"),
    "unit": _("units below"),
    "person": _("people"),
    "family": _("product families"),
    "segment": _("customer segments"),
}
HAND = "hand"
METHOD_NAMES = {
    "": _("as usual"),
    "season": _("seasonal index set by hand"),
    "learned": _("seasonal index learned from history"),
    "equal": _("equally"),
    "last_year": _("last year"),
    "funnel": _("weighted funnel"),
    "capacity": _("capacity with ramp"),
    HAND: _("by hand"),
}
_CAUSES = [choice for choice in Cause.choices if choice[0] != Cause.IMPORT]


_PERIOD = _("Period")
_NAMES = _("2026, 2026-Q2, 2026-04, 2026-W17")


class PeriodField(forms.CharField):
    """A period by its name."""

    def __init__(self, label: Any = _PERIOD, help_text: Any = _NAMES, **options: Any) -> None:
        super().__init__(max_length=30, label=label, help_text=help_text, **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return read_period(text)
        except Refused as refusal:
            raise forms.ValidationError(refusal.sentence) from None


def _words(label: Any, hint: Any = "") -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=300, help_text=hint)


class NumberField(AmountField):
    """A target's number: an amount, of a rate also `25%`."""

    parse = staticmethod(parse_target)

    def prepare_value(self, value: Any) -> Any:
        """What stands, as people read it: in thousands, without cents where there are none."""
        return f"{value:,f}".removesuffix(".00") if isinstance(value, Decimal) else value


class WordsForm(SteadyForm):
    """The words of SMART; the number and the time speak for themselves."""

    specific = _words(_("What exactly"), _("Which customers, products, regions."))
    attainable = _words(_("Why it can be reached"), _("Last year, the funnel, the people there are."))
    relevant = _words(_("Strategic objective it serves"))

    def below(self, said: Mapping[str, Word]) -> Self:
        """Show in what is left empty what the whole says, which then holds."""
        for name, word in said.items():
            if word.whole is not None:
                self.fields[name].widget.attrs["placeholder"] = word.text
                self.fields[name].help_text = _("Empty: as the whole says.")
        return self


class TargetForm(WordsForm):
    """A new target: whose, of what, when, how much."""

    unit = forms.ChoiceField(label=_("Unit"))
    person = forms.ChoiceField(
        label=_("Person"), required=False, help_text=_("Empty: the unit's own target.")
    )
    metric = forms.ChoiceField(label=_("Metric"), choices=Metric.choices)
    period = PeriodField()
    amount = NumberField(
        label=_("Target"), required=False, help_text=_("Left empty for a growth or a share: it follows.")
    )
    currency = forms.ChoiceField(label=_("Currency"))
    stage = forms.ChoiceField(
        label=_("Stage"),
        required=False,
        help_text=_("Counts what reaches this stage: deals, amount, prospects."),
    )
    kind = forms.ChoiceField(label=_("Kind of target"), choices=Kind.choices, required=False)
    rate = PercentField(
        label=_("Growth or share in %"),
        required=False,
        **{"min_value": -100, "max_value": 100_000, "decimal_places": 4, "max_digits": 10},
    )
    base_period = PeriodField(
        label=_("Base period"), required=False, help_text=_("Empty: the same days a year earlier.")
    )
    base = AmountField(
        label=_("Base"),
        required=False,
        help_text=_("Of a share the whole, such as the market. Of a growth empty: what was reached then."),
    )

    field_order = ("unit", "person", "metric", "period", "amount", "currency")
    beyond = ("stage", "kind", "rate", "base_period", "base")

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.units = settable_units(user)
        self.people = settable_people(self.units)
        indent = "\u3000"
        self.fields["unit"].choices = [  # type: ignore[attr-defined]
            (str(unit.pk), indent * unit.depth + unit.name) for unit in self.units
        ]
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            *((str(one.pk), f"{one.name} · {one.unit}") for one in self.people),
        ]
        self.fields["currency"].choices = [(code, code) for code in currencies()]  # type: ignore[attr-defined]
        self.stages = {str(stage.pk): stage for stage in stages_in_use()}
        self.fields["stage"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            *((key, f"{stage.funnel} · {stage.name}") for key, stage in self.stages.items()),
        ]

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """What every target has."""
        return [bound for bound in self if bound.name not in self.beyond]

    @property
    def beyond_fields(self) -> list[forms.BoundField]:
        """What a growth, a share or a target of a single stage has besides."""
        return [bound for bound in self if bound.name in self.beyond]

    @property
    def is_beyond(self) -> bool:
        """Whether any of that is filled in or wrong."""
        return any(
            bound.errors or bound.data not in (None, "", Kind.ABSOLUTE) for bound in self.beyond_fields
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["stage"] = self.stages.get(cleaned.get("stage") or "")
        kind, rate = cleaned.pop("kind", ""), cleaned.pop("rate", None)
        period, base = cleaned.pop("base_period", None), cleaned.pop("base", None)
        if kind in (Kind.GROWTH, Kind.SHARE):
            if rate is None and "rate" not in self.errors:
                self.add_error("rate", _("Say how much."))
            cleaned["goal"] = Goal(kind, rate, period, base) if rate is not None else None
        elif cleaned.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("A target needs its number."))
        units = {str(unit.pk): unit for unit in self.units}
        people = {str(one.pk): one for one in self.people}
        cleaned["unit"] = units.get(cleaned.get("unit") or "")
        cleaned["person"] = people.get(cleaned.get("person") or "")
        if cleaned["person"] is not None:
            cleaned["unit"] = cleaned["person"].unit
        return cleaned


class AdjustForm(WordsForm):
    """A target's number with the cause of its change, and its words."""

    amount = NumberField(label=_("Target"))
    cause = forms.ChoiceField(label=_("Cause"), choices=[("", "—"), *_CAUSES], required=False)
    reason = _words(_("Reason"))

    field_order = ("amount", "cause", "reason")


class DecomposeForm(SteadyForm):
    """What is to be taken apart, and into what."""

    unit = forms.ChoiceField(label=_("Unit"))
    metric = forms.ChoiceField(label=_("Metric"), choices=Metric.choices)
    period = PeriodField()
    by = forms.ChoiceField(label=_("Into"), choices=[(name, BY_NAMES[name]) for name in BYS])
    method = forms.ChoiceField(label=_("Weighed by"), choices=list(METHOD_NAMES.items()), required=False)
    total = NumberField(label=_("Whole"), negative=True)  # less is taken apart as more is (M63)
    step = NumberField(label=_("In multiples of"))
    calendar = forms.ChoiceField(label=_("Calendar"), required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.units: list[Unit] = settable_units(user)
        self.fields["calendar"].choices = [  # type: ignore[attr-defined]
            ("", _("The organisation's own")),
            *Calendar.objects.order_by("code").values_list("code", "name"),
        ]
        self.fields["unit"].choices = [  # type: ignore[attr-defined]
            (unit.code, "\u3000" * unit.depth + unit.name) for unit in self.units
        ]


class SeasonsForm(SteadyForm):
    """The index of each month of every year."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for month in range(1, 13):
            self.fields[f"m{month}"] = forms.DecimalField(
                label=date_format(date(2026, month, 1), "F"),
                min_value=0,
                max_value=100,
                max_digits=9,
                decimal_places=6,
                required=False,
            )


DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class SellingForm(SteadyForm):
    """What the days of a week weigh, for a unit or a funnel."""

    whose = forms.ChoiceField(label=_("Unit or funnel"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.units = {f"u{unit.pk}": unit for unit in Unit.objects.filter(retired_at=None).order_by("path")}
        self.funnels = {f"f{funnel.pk}": funnel for funnel in usable_funnels(None)}
        self.fields["whose"].choices = [  # type: ignore[attr-defined]
            (_("Units"), [(key, "\u3000" * unit.depth + unit.name) for key, unit in self.units.items()]),
            (_("Funnels"), [(key, str(funnel)) for key, funnel in self.funnels.items()]),
        ]
        for place, name in enumerate(DAY_NAMES):
            label = date_format(date(2026, 1, 5 + place), "l")  # a Monday
            self.fields[name] = _weight(label, initial=1)
        self.fields["holiday"] = _weight(_("Official holiday"), required=False)
        self.fields["holiday"].help_text = _("Empty: as its weekday.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        whose = cleaned.get("whose") or ""
        return {
            "unit": self.units.get(whose),
            "funnel": self.funnels.get(whose),
            "weekdays": [cleaned.get(name) for name in DAY_NAMES],
            "holiday": cleaned.get("holiday"),
        }


def _weight(label: Any, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=0, max_value=100, max_digits=5, decimal_places=2, **options
    )


class EnvelopeForm(SteadyForm):
    """What is offered to a unit below, to be negotiated."""

    unit = forms.ChoiceField(label=_("Unit"))
    metric = forms.ChoiceField(label=_("Metric"), choices=Metric.choices)
    period = PeriodField()
    envelope = NumberField(label=_("Envelope"))
    text = _words(_("Message"))

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.units = settable_units(user)
        self.fields["unit"].choices = [  # type: ignore[attr-defined]
            (str(unit.pk), "\u3000" * unit.depth + unit.name) for unit in self.units
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["unit"] = next((one for one in self.units if str(one.pk) == cleaned.get("unit")), None)
        return cleaned


class ProposalForm(WordsForm):
    """What a unit proposes; the people's parts are typed beside their evidence."""

    amount = NumberField(label=_("Proposed"))
    comment = _words(_("Why it is real"), _("Needed beyond 1.5 times history and funnel."))
    text = _words(_("Message"))

    field_order = ("amount", "text")


class AnswerForm(SteadyForm):
    """An answer from above."""

    envelope = NumberField(label=_("Envelope"))
    text = _words(_("Message"))


class WordForm(SteadyForm):
    """A word in the thread beside the sheet."""

    text = forms.CharField(label=_("Message"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class AdjustmentForm(SteadyForm):
    """Another amount for an approved target, from a month to come."""

    amount = NumberField(label=_("Target"))
    effective_on = forms.ChoiceField(label=_("effective from"))
    cause = forms.ChoiceField(label=_("Cause"), choices=_CAUSES)
    reason = _words(_("Reason"))

    def __init__(self, *args: Any, months: list[date], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["effective_on"].choices = [(day.isoformat(), day.isoformat()) for day in months]  # type: ignore[attr-defined]

    def clean_effective_on(self) -> date:
        """The day as a day."""
        return date.fromisoformat(self.cleaned_data["effective_on"])
