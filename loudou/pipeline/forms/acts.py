"""What people enter when they open, change, move, close and hand over deals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import SOURCES, Customer
from loudou.people.access import may
from loudou.people.models import User
from loudou.people.queries import currencies
from loudou.pipeline.models import Deal, Funnel, Reason, StageSpec
from loudou.pipeline.models.funnel import Category
from loudou.ui.fields import AmountField, DayField, InstantField, PercentField, SteadyForm


def _lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _reason(label: Any = None, *, required: bool = True) -> forms.CharField:
    return forms.CharField(label=label or _("Reason"), max_length=500, required=required, widget=_lines(2))


def _when() -> InstantField:
    return InstantField(label=_("Happened at"), required=False, help_text=_("Empty: now."))


def _choose(field: forms.Field, choices: Iterable[Any]) -> None:
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


class Chosen(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A row chosen in a `suggest` field: its key is what is sent. `reader`, if there is one, must be able to see it."""

    widget = forms.HiddenInput
    reader: User | None = None

    def __init__(self, queryset: Any, **options: Any) -> None:
        super().__init__(
            queryset, error_messages={"invalid_choice": _("Choose one from the list.")}, **options
        )

    def to_python(self, value: Any) -> Any:
        row = super().to_python(value)
        # Asked of the row in hand: that needs no list of what is shared with the reader.
        if row is not None and self.reader is not None and not may(self.reader, row.access.see, row):
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return row


class StageField(forms.TypedChoiceField):
    """One of the stages at hand, by its key."""

    default_error_messages = {"invalid_choice": _("Choose one from the list.")}

    def offer(self, stages: Iterable[StageSpec]) -> None:
        """Set what can be chosen, in order."""
        offered = {spec.pk: spec for spec in sorted(stages, key=lambda spec: spec.position)}
        self.choices = [(key, str(spec)) for key, spec in offered.items()]
        self.coerce = lambda key: offered[int(key)]


class OpenForm(SteadyForm):
    """A new deal."""

    title = forms.CharField(label=_("Title"), max_length=200)
    customer = Chosen(Customer.objects.none(), label=_("Customer"), required=False)
    funnel = forms.ModelChoiceField(
        Funnel.objects.none(), label=_("Funnel"), empty_label=None, required=False
    )
    amount = AmountField(label=_("Expected order amount"), required=False)
    currency = forms.ChoiceField(label=_("Currency"))
    expected_on = DayField(label=_("Expected order date"), required=False)
    next_step = forms.CharField(label=_("Next step"), max_length=300, required=False)
    next_on = DayField(label=_("Next step on"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False)
    owner = Chosen(User.objects.none(), label=_("Owner"), required=False)
    note = forms.CharField(label=_("Background"), max_length=10_000, required=False, widget=_lines(3))
    predecessor = Chosen(Deal.objects.none(), required=False)

    def __init__(self, data: Any, *, user: User, funnels: list[Funnel], **options: Any) -> None:
        super().__init__(data, **options)
        _within(self, "customer", Customer.objects.current(), reader=user)
        _within(self, "funnel", Funnel.objects.filter(pk__in=[funnel.pk for funnel in funnels]))
        _within(self, "owner", User.objects.active())
        _within(self, "predecessor", Deal.objects.all(), reader=user)
        _choose(self.fields["currency"], [(code, code) for code in currencies()])
        _choose(self.fields["source"], [("", "—"), *SOURCES.items()])


class EditForm(SteadyForm):
    """What a deal says; `part` narrows it to some of its fields."""

    title = forms.CharField(label=_("Title"), max_length=200)
    customer = Chosen(Customer.objects.none(), label=_("Customer"), required=False)
    amount = AmountField(label=_("Expected order amount"))
    currency = forms.ChoiceField(label=_("Currency"))
    expected_on = DayField(label=_("Expected order date"), required=False)
    next_step = forms.CharField(label=_("Next step"), max_length=300, required=False)
    next_on = DayField(label=_("Next step on"), required=False)
    probability = PercentField(
        label=_("Own success rate, %"), required=False, help_text=_("Empty: the stage's rate counts.")
    )
    category = forms.ChoiceField(label=_("Forecast category"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False)
    note = forms.CharField(label=_("Background"), max_length=10_000, required=False, widget=_lines(4))
    reason = _reason(_("Why it changes"), required=False)

    # Groups of fields that are changed together, by what asks for them.
    GROUPS = {
        "next": ("next_step", "next_on"),
        "category": ("category", "reason"),
        "probability": ("probability", "reason"),
        "amount": ("amount", "currency", "reason"),
        "date": ("expected_on", "reason"),
        "customer": ("customer",),
        "source": ("source",),
    }

    def __init__(
        self, data: Any, *, deal: Deal, user: User, part: str = "", summed: bool = False, **options: Any
    ) -> None:
        kept = {name: getattr(deal, name) for name in self.base_fields if name not in ("reason", "customer")}
        super().__init__(data, initial={**kept, "customer": deal.customer_id, **options.pop("initial", {})})
        known = Customer.objects.current().visible_to(user)
        _within(self, "customer", known | Customer.objects.filter(pk=deal.customer_id or 0))
        _choose(
            self.fields["currency"],
            [(code, code) for code in {deal.currency: 0, **dict.fromkeys(currencies())}],
        )
        _choose(self.fields["source"], [("", "—"), *SOURCES.items()])
        default = Category(deal.spec.category).label
        _choose(
            self.fields["category"],
            [("", _("as the stage: %(category)s") % {"category": default}), *Category.choices],
        )
        if wanted := self.GROUPS.get(part):
            self.fields = {name: self.fields[name] for name in wanted}
        elif not deal.is_live:
            for name in ("amount", "currency", "expected_on", "probability", "category"):
                del self.fields[name]
        if summed and "amount" in self.fields:
            self.fields["amount"].disabled = True
            self.fields["amount"].help_text = _("The sum of the lines.")


class MoveForm(SteadyForm):
    """A step forward, or back with a reason."""

    to = StageField(label=_("To stage"))
    reason = _reason(required=False)
    at = _when()

    def __init__(self, data: Any, *, stages: list[StageSpec], **options: Any) -> None:
        super().__init__(data, **options)
        field = self.fields["to"]
        assert isinstance(field, StageField)
        field.offer(stages)


class SkipForm(MoveForm):
    """A stage passed without all it asks for."""

    reason = _reason(_("Why it may pass without it"))


class StepBackForm(MoveForm):
    """A step back."""

    reason = _reason(_("Why it goes back"))


class WinForm(SteadyForm):
    """A win."""

    amount = AmountField(label=_("Final amount"))
    at = _when()
    reason = _reason(_("What makes it effective: contract, number, date"), required=False)


class CloseForm(SteadyForm):
    """An end that is no win; `kind` decides which reasons there are."""

    code = forms.ModelChoiceField(Reason.objects.none(), label=_("Reason"), empty_label=None)
    review = forms.CharField(label=_("What we learned"), max_length=5000, widget=_lines(3))
    at = _when()
    kind = ""

    def __init__(self, data: Any, **options: Any) -> None:
        super().__init__(data, **options)
        _within(
            self, "code", Reason.objects.filter(kind=self.kind, retired_at=None).order_by("position", "pk")
        )


class LoseForm(CloseForm):
    kind = Reason.Kind.LOST
    lost_to = forms.CharField(
        label=_("Lost to"),
        max_length=120,
        required=False,
        help_text=_("The competitor, where there was one."),
    )
    field_order = ("code", "lost_to", "review", "at")


class CancelForm(CloseForm):
    kind = Reason.Kind.CANCELLED


class InvalidateForm(CloseForm):
    kind = Reason.Kind.INVALID


class ReopenForm(SteadyForm):
    reason = _reason(_("Why it comes back"))


class HoldForm(SteadyForm):
    wake_on = DayField(label=_("Wakes up on"))
    reason = _reason(_("Why it rests"))


class ResumeForm(SteadyForm):
    """Nothing is asked."""


class HandOverForm(SteadyForm):
    owner = Chosen(User.objects.active(), label=_("New owner"))
    reason = _reason(_("Why it changes hands"))


class PlanForm(SteadyForm):
    """One next step for many deals."""

    next_step = forms.CharField(label=_("Next step"), max_length=300)
    next_on = DayField(label=_("Next step on"))


class DateForm(SteadyForm):
    """One expected date for many deals, and why."""

    expected_on = DayField(label=_("Expected order date"))
    reason = _reason(_("Why it changes"))


class CategoryForm(SteadyForm):
    """One forecast category for many deals, and why."""

    category = forms.ChoiceField(label=_("Forecast category"), choices=Category.choices)
    reason = _reason(_("Why it changes"))


def _within(form: forms.Form, name: str, queryset: Any, *, reader: User | None = None) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = queryset
    if isinstance(field, Chosen):
        field.reader = reader
