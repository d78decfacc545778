"""How often customers are to be contacted, as a table: a row a grade, a column a stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from loudou.fieldwork.figures.cadence import Rules, days_between
from loudou.pipeline.models import StageSpec
from loudou.ui.fields import SteadyForm


class CadenceForm(SteadyForm):
    """Days by grade, without an open deal and in each stage of a funnel; an empty one goes by default."""

    def __init__(
        self, *args: Any, grades: Sequence[tuple[str, str]], stages: Sequence[StageSpec], rules: Rules
    ) -> None:
        super().__init__(*args)
        self.grades = grades
        self.places: list[tuple[int | None, str]] = [
            (None, ""),
            *((one.stage_id, str(one)) for one in stages),
        ]
        for grade, grade_name in grades:
            for place, stage_name in self.places:
                name = f"{grade}-{place or 0}"
                label = f"{grade_name} {stage_name}".strip()
                field = forms.IntegerField(label=label, min_value=1, max_value=365, required=False)
                field.initial = rules.get((grade, place))
                usual = days_between({}, grade, place)
                field.widget.attrs |= {"placeholder": str(usual), "aria-label": label, "inputmode": "numeric"}
                self.fields[name] = field

    @property
    def rows(self) -> list[tuple[str, list[Any]]]:
        """Each grade with its fields in the order of the places."""
        return [
            (name, [self[f"{grade}-{place or 0}"] for place, _stage in self.places])
            for grade, name in self.grades
        ]

    @property
    def rules(self) -> dict[tuple[str, int | None], int | None]:
        """What was typed, as the verb takes it."""
        return {
            (grade, place): self.cleaned_data[f"{grade}-{place or 0}"]
            for grade, _name in self.grades
            for place, _stage in self.places
        }
