"""What people enter when they set up funnels and reasons. A text that is data is asked for in every language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from loudou.people.models import Unit
from loudou.pipeline.models import Reason, StageSpec
from loudou.pipeline.models.funnel import BUSINESSES, Category
from loudou.pipeline.queries.gates import FIELDS
from loudou.pipeline.verbs import EvidencePlan, Names, StagePlan, TaskPlan
from loudou.ui.fields import AmountField, PercentField, SteadyForm
from loudou.ui.format import language

PAPERS = [(f"F{number:02}", f"F{number:02}") for number in range(1, 31)]  # the forms of domain.md
MOST_DAYS = 3650


def in_order() -> list[tuple[str, str]]:
    """The languages with their own names, the reader's first."""
    return sorted(settings.LANGUAGES, key=lambda pair: pair[0] != language())


class WordedForm(SteadyForm):
    """A form some of whose texts are asked for in every language: `name` becomes `name_zh-hans` and so on."""

    texts: dict[str, tuple[Any, int, int]] = {}  # name → label, longest, rows (0: one line)

    def __init__(self, data: Any = None, *, worded: dict[str, Names] | None = None, **options: Any) -> None:
        said = {
            f"{name}_{key}": text for name, texts in (worded or {}).items() for key, text in texts.items()
        }
        super().__init__(data, initial={**said, **options.pop("initial", {})}, **options)
        asked: dict[str, forms.Field] = {}
        for name, (label, longest, rows) in self.texts.items():
            widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
            for place, (key, own) in enumerate(in_order()):
                asked[f"{name}_{key}"] = forms.CharField(
                    label=format_lazy("{} · {}", label, own) if place else label,
                    max_length=longest,
                    required=False,
                    widget=widget,
                )
        self.fields = {**asked, **self.fields}
        self.asked_as = {
            "names": f"name_{language()}"
        }  # whoever reads this has not named it in their own language

    @classmethod
    def filled(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """First values from plain ones, the texts among them split by language."""
        plain = {name: value for name, value in given.items() if name not in cls.texts}
        said = {f"{name}_{key}": text for name in cls.texts for key, text in given[name].items()}
        return {**plain, **said}

    def said(self, name: str) -> Names:
        """What was entered for a text, by language."""
        given = {key: self.cleaned_data.get(f"{name}_{key}") or "" for key, _own in in_order()}
        return {key: text for key, text in given.items() if text}

    def each(self, name: str) -> list[Any]:
        """The fields of a text, the one in the reader's language first."""
        return [self[f"{name}_{key}"] for key, _own in in_order()]


def _days(label: Any, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=0, max_value=MOST_DAYS, required=False, help_text=help_text
    )


def _business_meant(typed: str) -> str:
    """The code of a business written as the reader reads it, so that others read it in their language; else as typed."""
    return next((code for code, name in BUSINESSES.items() if str(name) == typed.strip()), typed)


class FunnelForm(WordedForm):
    """What a funnel is called, for what business, who may use it."""

    texts = {"name": (_("Name"), 80, 0)}
    business = forms.CharField(label=_("Business type"), max_length=80, required=False)
    units = forms.ModelMultipleChoiceField(
        Unit.objects.none(),
        label=_("Who may use it"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: everybody. A unit stands for all below it."),
    )
    is_default = forms.BooleanField(
        label=_("New deals start here unless another funnel is chosen"), required=False
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        units = self.fields["units"]
        assert isinstance(units, forms.ModelMultipleChoiceField)
        units.queryset = Unit.objects.filter(retired_at=None).order_by("path")

    def clean_business(self) -> str:
        return _business_meant(self.cleaned_data["business"])


class AddFunnelForm(WordedForm):
    """A new funnel, from a template or empty."""

    texts = {"name": (_("Name"), 80, 0)}
    business = forms.CharField(label=_("Business type"), max_length=80, required=False)
    start = forms.ChoiceField(label=_("Begin with"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, starts: Iterable[str], **options: Any) -> None:
        super().__init__(*args, **options)
        start = self.fields["start"]
        assert isinstance(start, forms.ChoiceField)
        start.choices = [(key, key) for key in starts]

    def clean_business(self) -> str:
        return _business_meant(self.cleaned_data["business"])


class PublishForm(SteadyForm):
    """Putting the draft in force."""

    note = forms.CharField(
        label=_("What changed and why"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class StageForm(WordedForm):
    """A stage, beside its marks and tasks."""

    texts = {
        "name": (_("Name"), 80, 0),
        "objective": (_("Objective"), 500, 2),
        "norm": (_("Operating norm"), 500, 3),
    }
    probability = PercentField(label=_("Success rate, %"))
    category = forms.ChoiceField(label=_("Forecast category"), choices=Category.choices)
    warn_days = _days(_("Warn after days"))
    max_days = _days(_("At most days"))
    required_fields = forms.MultipleChoiceField(
        label=_("Required fields"),
        choices=list(FIELDS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    confirm_entry = forms.BooleanField(label=_("A manager confirms entry"), required=False)
    confirm_amount = AmountField(
        label=_("A manager confirms entry from this amount"), required=False, help_text=_("Base currency.")
    )

    @classmethod
    def of(cls, plan: StagePlan, data: Any) -> StageForm:
        """The form of a stage as it stands."""
        kept = {name: getattr(plan, name) for name in (*cls.base_fields, "objective", "norm")}
        given = {**kept, "name": plan.names, "required_fields": list(plan.required_fields)}
        return cls(data, initial=cls.filled(given))

    def plan(self, code: str, marks: Any, tasks: Any) -> StagePlan:
        """The stage that was entered, with the marks and tasks of its formsets."""
        kept = {name: value for name, value in self.cleaned_data.items() if name in self.base_fields}
        return StagePlan(
            code=code,
            names=self.said("name"),
            objective=self.said("objective"),
            norm=self.said("norm"),
            evidence=tuple(form.plan() for form in rows_of(marks)),
            tasks=tuple(form.plan() for form in rows_of(tasks)),
            **{**kept, "required_fields": tuple(kept["required_fields"])},
        )


class MarkForm(WordedForm):
    """A promotion mark; a row without a name is none."""

    texts = {"name": (_("Mark"), 80, 0), "hint": (_("How to get it"), 500, 0)}
    code = forms.SlugField(max_length=40, required=False, widget=forms.HiddenInput)
    required = forms.BooleanField(label=_("required"), required=False, initial=True)
    needs_file = forms.BooleanField(label=_("with a file"), required=False)

    @classmethod
    def row(cls, mark: EvidencePlan) -> dict[str, Any]:
        """First values of its row."""
        return cls.filled({**vars(mark), "name": mark.names})

    def plan(self) -> EvidencePlan:
        """The mark that was entered."""
        given = self.cleaned_data
        return EvidencePlan(
            given["code"], self.said("name"), self.said("hint"), given["required"], given["needs_file"]
        )


class TaskForm(WordedForm):
    """A stage task; a row without a name is none."""

    texts = {"name": (_("Task"), 80, 0)}
    code = forms.SlugField(max_length=40, required=False, widget=forms.HiddenInput)
    form = forms.ChoiceField(label=_("Form"), choices=[("", "—"), *PAPERS], required=False)
    due_days = _days(_("Within days"))
    required = forms.BooleanField(label=_("required"), required=False)

    @classmethod
    def row(cls, task: TaskPlan) -> dict[str, Any]:
        """First values of its row."""
        return cls.filled({**vars(task), "name": task.names})

    def plan(self) -> TaskPlan:
        """The task that was entered."""
        given = self.cleaned_data
        return TaskPlan(given["code"], self.said("name"), given["form"], given["required"], given["due_days"])


_MOST_ROWS = 40
MarkForms = forms.formset_factory(
    MarkForm, extra=1, can_delete=True, can_order=True, max_num=_MOST_ROWS, absolute_max=_MOST_ROWS
)
TaskForms = forms.formset_factory(
    TaskForm, extra=1, can_delete=True, can_order=True, max_num=_MOST_ROWS, absolute_max=_MOST_ROWS
)


def rows_of(rows: Any) -> list[Any]:
    """The rows of a formset that say something and are not taken out, in the order they were put in."""
    return [form for form in rows.ordered_forms if form.said("name")]


class MigrateForm(SteadyForm):
    """Where the deals of each older stage shall stand: a field `to_<stage>` each."""

    def __init__(self, data: Any, *, left: Iterable[Any], there: list[StageSpec], **options: Any) -> None:
        super().__init__(data, **options)
        self.stages: dict[int, str] = {}
        for step in left:
            self.stages.setdefault(step.spec.stage_id, str(step.spec))
        for stage, name in self.stages.items():
            self.fields[f"to_{stage}"] = forms.TypedChoiceField(
                label=name, choices=[(spec.stage_id, str(spec)) for spec in there], coerce=int
            )

    @property
    def mapping(self) -> dict[int, int]:
        """Stage key → stage key, as entered."""
        return {stage: self.cleaned_data[f"to_{stage}"] for stage in self.stages}


class ReasonForm(WordedForm):
    """Why deals end: what it is called, and whether it asks who won instead."""

    texts = {"name": (_("Name"), 80, 0)}
    kind = forms.ChoiceField(label=_("Kind"), choices=Reason.Kind.choices)
    asks_competitor = forms.BooleanField(label=_("Asks for the competitor"), required=False)
