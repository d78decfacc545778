"""The shape of what people enter about visits: the plan (F03), the record (F04), calling off, going through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Customer
from loudou.fieldwork.figures.discipline import MOST_OBJECTIVES, MOST_QUESTIONS
from loudou.fieldwork.models import VisitPlan
from loudou.fieldwork.verbs import Said
from loudou.people.models import User
from loudou.pipeline.forms.acts import Chosen
from loudou.pipeline.models import Deal, EvidenceKind
from loudou.signoff.forms import OpinionForm
from loudou.ui.fields import DayField, InstantField, SteadyForm
from loudou.ui.uploads import ENDINGS

PEOPLE = 3
FREE_QUESTIONS = 2


def _area(
    label: Any, rows: int, *, most: int = 4000, required: bool = False, hint: Any = ""
) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        required=required,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def _line(label: Any, most: int = 300, **attrs: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, required=False, widget=forms.TextInput(attrs=attrs or None)
    )


class MarkField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A promotion mark, by its name in the reader's language."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj)


class _Visiting(SteadyForm):
    """Whom one visits, and what for."""

    deal = Chosen(Deal.objects.none(), label=_("Deal"), required=False)
    customer = Chosen(Customer.objects.none(), label=_("Customer"), required=False)
    contact = _line(_("With whom"), 120, list="contacts", autocomplete="off")

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        customers: Any = self.fields["customer"]
        customers.queryset = Customer.objects.current().visible_to(user)
        deals: Any = self.fields["deal"]
        deals.queryset = Deal.objects.visible_to(user)

    def objectives(self) -> list[str]:
        """The objectives that were filled in."""
        return _filled(self.cleaned_data, "objective", MOST_OBJECTIVES)


class PlanForm(_Visiting):
    """A visit to be made (F03)."""

    starts_at = InstantField(label=_("Planned for"))
    method = forms.ChoiceField(label=_("Method"), choices=VisitPlan.Method.choices)
    place = _line(_("Place"))
    objective_1 = _line("")
    objective_2 = _line("")
    objective_3 = _line("")
    background = _area(_("Background, situation"), 3)
    strategy = _area(_("Strategy"), 3)
    questions = _area(_("Questions"), 3, most=1800, hint=_("One a line, at most six."))
    materials = _line(_("Materials"))
    mark = MarkField(EvidenceKind.objects.none(), label=_("Expected promotion mark"), required=False)

    def __init__(self, *args: Any, marks: Sequence[EvidenceKind] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        for place in range(1, MOST_OBJECTIVES + 1):
            self.fields[f"objective_{place}"].label = _("Objective %(n)d") % {"n": place}
        field: Any = self.fields["mark"]
        field.queryset = EvidenceKind.objects.filter(pk__in=[mark.pk for mark in marks])

    def values(self) -> dict[str, Any]:
        """What the verb takes."""
        plain = ("deal", "customer", "contact", "starts_at", "method", "place", "background", "strategy")
        values = {name: self.cleaned_data[name] for name in (*plain, "materials", "mark")}
        questions = self.cleaned_data["questions"].splitlines()
        return {**values, "objectives": self.objectives(), "questions": questions}

    @staticmethod
    def initial_of(plan: VisitPlan) -> dict[str, Any]:
        """A plan as the form shows it."""
        objectives = {f"objective_{place}": text for place, text in enumerate(plan.objectives, 1)}
        names = ("deal", "customer", "contact", "starts_at", "method", "place", "background", "strategy")
        values = {name: getattr(plan, name) for name in (*names, "materials", "mark")}
        return {**values, **objectives, "questions": "\n".join(plan.questions)}

    def clean_questions(self) -> str:
        """At most six lines."""
        text: str = self.cleaned_data["questions"]
        if sum(1 for line in text.splitlines() if line.strip()) > MOST_QUESTIONS:
            raise forms.ValidationError(_("One a line, at most six."))
        return text


class EmergencyForm(_Visiting):
    """A visit that cannot wait for its plan."""

    objective_1 = forms.CharField(label=_("Objective of the visit"), max_length=300)
    reason = forms.CharField(label=_("Why it cannot wait"), max_length=300)
    consented_by = forms.ModelChoiceField(User.objects.none(), label=_("Who agreed by phone"))
    at = forms.DateTimeField(required=False, widget=forms.HiddenInput(attrs={"data-now": True}))
    latitude = forms.DecimalField(required=False, widget=forms.HiddenInput)
    longitude = forms.DecimalField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, superiors: Sequence[User], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["consented_by"]
        field.queryset = User.objects.filter(pk__in=[user.pk for user in superiors])
        if superiors:
            self.initial.setdefault("consented_by", superiors[0].pk)


class StartForm(SteadyForm):
    """A check-in: when, as the device says, and where, if its owner agreed to that."""

    at = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    latitude = forms.DecimalField(required=False, widget=forms.HiddenInput)
    longitude = forms.DecimalField(required=False, widget=forms.HiddenInput)


class Photos(forms.ClearableFileInput):
    """A field for several files, straight from the camera where there is one."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several files; none is as good."""

    widget = Photos(attrs={"multiple": True, "accept": ",".join(f".{ending}" for ending in ENDINGS)})

    def clean(self, data: Any, initial: Any = None) -> Any:
        return [super(PhotosField, self).clean(one, initial) for one in data or () if one]


class RecordForm(SteadyForm):
    """What came of a visit (F04): its fields follow its plan."""

    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    concerns = _area(_("What the customer cares about"), 2)
    ours = _line(_("What we promised"), 600)
    theirs = _line(_("What the customer promised"), 600)
    competitors = _line(_("News of competitors"), 600)
    next_step = _line(_("Next step"))
    next_on = DayField(label=_("Next step on"), required=False)
    photos = PhotosField(label=_("Photos and papers"), required=False)

    def __init__(self, *args: Any, plan: VisitPlan, marks: Sequence[EvidenceKind], **options: Any) -> None:
        super().__init__(*args, **options)
        self.plan, names = plan, [plan.contact, *[""] * PEOPLE][:PEOPLE]
        for place in range(1, PEOPLE + 1):
            self.fields[f"person_{place}"] = _line(_("Person"), 60, list="contacts", autocomplete="off")
            self.fields[f"title_{place}"] = _line(_("Position"), 60)
            self.initial.setdefault(f"person_{place}", names[place - 1][:60])
        for place, _objective in enumerate(plan.objectives, 1):
            self.fields[f"result_{place}"] = _area(_("Result"), 2, most=600)
        for place, question in enumerate(plan.questions, 1):
            self.fields[f"answer_{place}"] = _area(question, 2, most=600)
        for place in range(1, FREE_QUESTIONS + 1):
            self.fields[f"asked_{place}"] = _line(_("Another question"))
            self.fields[f"told_{place}"] = _line(_("Answer"), 600)
        for place in range(1, MOST_OBJECTIVES + 1):
            self.fields[f"unresolved_{place}"] = _line(_("Unresolved %(n)d") % {"n": place})
        if marks:
            wanted = EvidenceKind.objects.filter(pk__in=[mark.pk for mark in marks])
            self.fields["marks"] = forms.ModelMultipleChoiceField(
                wanted,
                label=_("What it shows for the gate"),
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )

    def said(self, files: Sequence[Any]) -> Said:
        """What the verb takes."""
        found = self.cleaned_data
        planned = [(asked, found[f"answer_{place}"]) for place, asked in enumerate(self.plan.questions, 1)]
        free = [(found[f"asked_{place}"], found[f"told_{place}"]) for place in range(1, FREE_QUESTIONS + 1)]
        people = [(found[f"person_{place}"], found[f"title_{place}"]) for place in range(1, PEOPLE + 1)]
        return Said(
            people=[person for person in people if person[0]],
            results=[found[f"result_{place}"] for place in range(1, len(self.plan.objectives) + 1)],
            answers=[pair for pair in (*planned, *free) if pair[1]],
            unresolved=_filled(found, "unresolved", MOST_OBJECTIVES),
            marks=list(found.get("marks", ())),
            files=files,
            **{
                name: found[name]
                for name in ("concerns", "ours", "theirs", "competitors", "next_step", "next_on")
            },
        )


class CancelVisitForm(SteadyForm):
    """Why a visit is called off, and by whom."""

    reason = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    by_customer = forms.BooleanField(label=_("The customer called it off"), required=False)


class ReviewForm(OpinionForm):
    """A superior's word on a recorded visit."""

    coaching = _area(_("Coaching note"), 2)
    agreed = forms.BooleanField(label=_("What it shows for the gate holds"), required=False, initial=True)


def _filled(values: dict[str, Any], name: str, count: int) -> list[str]:
    """The filled ones of numbered fields, in order."""
    numbered = (values.get(f"{name}_{place}") for place in range(1, count + 1))
    return [text for text in numbered if text]
