"""The shape of a form being written: what it is called, a row a field, what it is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.forms.figures.fields import (
    CHOSEN,
    LONGEST_HELP,
    LONGEST_LABEL,
    MOST_FIELDS,
    ORDERED,
    Choice,
    Condition,
    Field,
)
from loudou.forms.models import FormVersion, Period
from loudou.forms.queries.steps import as_labels, step_names
from loudou.forms.words import KINDS
from loudou.people.models import Unit
from loudou.people.roles import ROLES
from loudou.ui import format as f
from loudou.ui.fields import SteadyForm

_AREA = {"rows": 2}
SPARE = 3  # empty rows offered below those there are


class ProposeForm(SteadyForm):
    """A new form: its number, its name, what for, for whom."""

    code = forms.CharField(label=_("Number"), max_length=40, help_text=_("Letters and digits, such as F31."))
    names = forms.CharField(label=_("Name"), max_length=80)
    purpose = forms.CharField(
        label=_("What it is for"), max_length=600, required=False, widget=forms.Textarea(attrs=_AREA)
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=_("For the unit"), required=False, empty_label=_("everybody")
    )

    def __init__(self, *args: Any, units: Any, everybody: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        unit: Any = self.fields["unit"]
        unit.queryset, unit.required = units, not everybody


class VersionForm(SteadyForm):
    """What a version is called and whether superiors sign what comes in on it."""

    names = forms.CharField(label=_("Name"), max_length=80)
    purpose = forms.CharField(
        label=_("What it is for"), max_length=600, required=False, widget=forms.Textarea(attrs=_AREA)
    )
    signed = forms.BooleanField(label=_("The superior signs each with an opinion"), required=False)


class FieldForm(SteadyForm):
    """One field. Texts are in the writer's language; a row without a name is left out."""

    code = forms.CharField(required=False, widget=forms.HiddenInput)
    position = forms.IntegerField(label=_("Order"), required=False, min_value=1, max_value=999)
    label = forms.CharField(label=_("Name of the field"), max_length=LONGEST_LABEL, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=list(KINDS.items()))
    required = forms.BooleanField(label=_("must be answered"), required=False)
    help = forms.CharField(label=_("Help"), max_length=LONGEST_HELP, required=False)
    choices = forms.CharField(
        label=_("Answers to choose from"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line; only for choices."),
    )
    least = forms.DecimalField(
        label=_("Least"), required=False, max_digits=18, decimal_places=4, widget=forms.TextInput
    )
    most = forms.DecimalField(
        label=_("Most"),
        required=False,
        max_digits=18,
        decimal_places=4,
        widget=forms.TextInput,
        help_text=_("Of a figure; of a text its letters."),
    )
    rule = forms.ChoiceField(
        label=_("Lies"),
        required=False,
        choices=[("", "—"), ("past", _("not after today")), ("future", _("not before today"))],
    )
    when = forms.ChoiceField(
        label=_("Asked only when"),
        required=False,
        help_text=_("An answer of a choice that stands before it and is saved."),
    )
    after = forms.ChoiceField(
        label=_("Not before, not below"),
        required=False,
        help_text=_("Another field of its kind that stands before it and is saved."),
    )
    remove = forms.BooleanField(label=_("remove it"), required=False)

    def __init__(self, *args: Any, known: Sequence[Field] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        when: Any = self.fields["when"]
        when.choices = [("", "—"), *_answers_of(known)]
        after: Any = self.fields["after"]
        after.choices = [
            ("", "—"),
            *((one.code, f.in_words(one.label)) for one in known if one.kind in ORDERED),
        ]


FieldSet: Any = forms.formset_factory(
    FieldForm, extra=SPARE, max_num=MOST_FIELDS, absolute_max=MOST_FIELDS + 10
)


def rows_of(fields: Iterable[Field]) -> list[dict[str, Any]]:
    """Fields as the rows that are edited."""
    return [
        {
            "code": one.code,
            "position": place,
            "label": f.in_words(one.label),
            "kind": one.kind,
            "required": one.required,
            "help": f.in_words(one.help),
            "choices": "\n".join(f.in_words(choice.label) for choice in one.choices),
            "least": one.least,
            "most": one.most,
            "rule": one.rule,
            "when": f"{one.when.field}={one.when.answer}" if one.when else "",
            "after": one.after,
        }
        for place, one in enumerate(fields, 1)
    ]


def fields_of(rows: Any, former: Sequence[Field]) -> list[Field]:
    """The fields a valid set of rows says, in order; those that were there keep their code and other languages."""
    known = {one.code: one for one in former}
    taken = set(known)
    told = [
        form.cleaned_data
        for form in rows
        if form.cleaned_data.get("label") and not form.cleaned_data["remove"]
    ]
    told.sort(key=lambda row: row["position"] or MOST_FIELDS * 10)
    return [_field(row, known.get(row["code"]), taken) for row in told]


def _field(row: Mapping[str, Any], before: Field | None, taken: set[str]) -> Field:
    code = before.code if before is not None else _new_code("q", taken)
    choices = row["choices"].splitlines() if row["kind"] in ("choice", "multi") else ()
    return Field(
        code=code,
        kind=row["kind"],
        label=_said(row["label"], before.label if before else {}),
        help=_said(row["help"], before.help if before else {}),
        required=row["required"],
        choices=_choices(
            [line.strip() for line in choices if line.strip()], before.choices if before else ()
        ),
        least=row["least"],
        most=row["most"],
        rule=row["rule"] if row["kind"] == "date" else "",
        when=Condition(*row["when"].split("=")) if row["when"] else None,
        after=row["after"] if row["kind"] in ORDERED else "",
    )


def _answers_of(known: Sequence[Field]) -> list[tuple[str, str]]:
    """The answers a field may hang on, as they are named."""
    return [
        (f"{one.code}={choice.code}", f"{f.in_words(one.label)} = {f.in_words(choice.label)}")
        for one in known
        if one.kind in CHOSEN
        for choice in one.choices
    ]


def _choices(lines: Sequence[str], before: Sequence[Choice]) -> tuple[Choice, ...]:
    known = {f.in_words(one.label): one for one in before}
    taken = {one.code for one in before}
    return tuple(
        known[line] if line in known else Choice(_new_code("c", taken), {f.language(): line})
        for line in lines
    )


def _said(text: str, before: Mapping[str, str]) -> dict[str, str]:
    """A text in the writer's language; where it was only read in another one, that one stays."""
    if text == f.in_words(before):
        return dict(before)
    return {code: said for code, said in {**before, f.language(): text}.items() if said}


def _new_code(letter: str, taken: set[str]) -> str:
    code = next(code for number in range(1, 10_000) if (code := f"{letter}{number}") not in taken)
    taken.add(code)
    return code


class JustifyForm(SteadyForm):
    """Why a form is worth its time."""

    serves = forms.MultipleChoiceField(
        label=_("Steps it serves"), required=False, widget=forms.CheckboxSelectMultiple
    )
    readers = forms.MultipleChoiceField(
        label=_("Read by"), choices=list(ROLES.items()), widget=forms.CheckboxSelectMultiple
    )
    fillers = forms.MultipleChoiceField(
        label=_("Filled in by"), choices=list(ROLES.items()), widget=forms.CheckboxSelectMultiple
    )
    decision = forms.CharField(
        label=_("The decision it serves"), max_length=600, widget=forms.Textarea(attrs=_AREA)
    )
    minutes = forms.DecimalField(
        label=_("Minutes to fill in"),
        max_digits=5,
        decimal_places=1,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    times = forms.IntegerField(label=_("How many times"), min_value=1, max_value=50)
    period = forms.ChoiceField(label=_("in"), choices=Period.choices)
    reason = forms.CharField(
        label=_("Why it is needed"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs=_AREA),
        help_text=_("Needed where it serves no step of the process."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        serves: Any = self.fields["serves"]
        serves.choices = list(as_labels(step_names()).items())

    @staticmethod
    def of(version: FormVersion) -> dict[str, Any]:
        """What a version says already."""
        names = ("serves", "readers", "fillers", "times", "period", "reason")
        minutes = version.minutes if version.minutes else None
        return {
            **{name: getattr(version, name) for name in names},
            "minutes": minutes,
            "decision": f.in_words(version.decision),
        }
