"""The filters of lists and boards as a form: it shows an address, and makes one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import SOURCES
from loudou.pipeline import words
from loudou.pipeline.lens import DealLens
from loudou.pipeline.models import Funnel
from loudou.pipeline.models.funnel import Category
from loudou.pipeline.queries.funnels import specs
from loudou.ui.fields import SteadyForm


class FilterForm(SteadyForm):
    """Everything a lens filters by that has no chip of its own."""

    q = forms.CharField(label=_("Text"), required=False, max_length=60)
    stage = forms.ChoiceField(label=_("Stage"), required=False)
    outcome = forms.ChoiceField(label=_("Outcome"), required=False)
    category = forms.ChoiceField(label=_("Forecast category"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False)
    min = forms.CharField(label=_("Amount at least"), required=False, max_length=30)
    max = forms.CharField(label=_("Amount at most"), required=False, max_length=30)
    created = forms.ChoiceField(label=_("Since"), required=False)
    closed = forms.ChoiceField(label=_("Closed"), required=False)
    flags = forms.MultipleChoiceField(
        label=_("Flags"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=list(words.FLAGS.items()),
    )

    def __init__(self, *, lens: DealLens, funnels: list[Funnel]) -> None:
        super().__init__(initial={**lens.asked, "flags": list(lens.flags)})
        periods = [("", "—"), *((name, words.period(value, lens)) for name, value in lens.period_choices())]
        self._choose("stage", [("", "—"), *_stages(funnels)])
        self._choose("outcome", [("", "—"), *words.OUTCOMES.items()])
        self._choose("category", [("", "—"), *Category.choices])
        self._choose("source", [("", "—"), *SOURCES.items()])
        self._choose("created", _with(periods, lens.asked.get("created", "")))
        self._choose("closed", _with(periods, lens.asked.get("closed", "")))
        for name in lens.problems:
            if name in self.fields:
                self.fields[name].help_text = _("This was not understood.")

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


def _stages(funnels: list[Funnel]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The stages by funnel, as `funnel.stage`."""
    return [
        (
            str(funnel),
            [(f"{funnel.code}.{spec.stage.code}", str(spec)) for spec in specs(funnel.current_id or 0)],
        )
        for funnel in funnels
    ]


def _with(periods: list[tuple[str, str]], asked: str) -> list[tuple[str, str]]:
    """The usual periods, and the one asked for where it is another."""
    return periods if not asked or asked in dict(periods) else [*periods, (asked, asked)]
