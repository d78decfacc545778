"""The form ↔ step map (R142, the gaps of M47): which form serves which step, and which step has none (too few)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loudou.forms.models import Form
from loudou.forms.queries.steps import stage_code, stages
from loudou.forms.vocabulary import STEPS
from loudou.people.models import User
from loudou.ui.format import in_words


@dataclass(frozen=True)
class Line:
    """A step of the process with the forms that serve it; `wanted` are forms it asks for that are not in force."""

    code: str
    name: str
    group: str  # empty: every sale's; else the funnel's name
    forms: Sequence[Form]
    wanted: Sequence[str]

    @property
    def is_gap(self) -> bool:
        """Too few: no form in force serves it."""
        return not self.forms


@dataclass(frozen=True)
class FormMap:
    """Every step, those of all sales first, then the stages of each funnel; and the forms that serve none."""

    lines: Sequence[Line]
    idle: Sequence[Form]

    @property
    def gaps(self) -> list[Line]:
        """The steps without a form."""
        return [line for line in self.lines if line.is_gap]

    @property
    def groups(self) -> dict[str, list[Line]]:
        """The steps by what they are of: every sale first, then each funnel."""
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            found.setdefault(line.group, []).append(line)
        return found

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "steps": [
                {
                    "step": line.code,
                    "name": line.name,
                    "forms": [form.code for form in line.forms],
                    "wanted": list(line.wanted),
                    "gap": line.is_gap,
                }
                for line in self.lines
            ],
            "gaps": [line.code for line in self.gaps],
            "idle": [form.code for form in self.idle],
        }


def form_map(user: User | None) -> FormMap:
    """The map of the forms somebody may see that are in force."""
    return map_of(Form.objects.issued().visible_to(user).select_related("current").order_by("code"))


def map_of(issued: Iterable[Form]) -> FormMap:
    """The map of these forms, given by number with their versions."""
    forms = {form.code: form for form in issued}
    lines = [_line(step.code, str(step.name), "", [step.form], forms) for step in STEPS]
    for funnel, spec in stages():
        asked = [task.form for task in spec.tasks.all() if task.form]
        lines.append(_line(stage_code(funnel, spec), str(spec), in_words(funnel.names), asked, forms))
    return FormMap(lines, [form for form in forms.values() if form.current and not form.current.serves])


def _line(code: str, name: str, group: str, asked: Sequence[str], forms: Mapping[str, Form]) -> Line:
    """Forms that say they serve a step, and those the step itself asks for."""
    serving = [form for form in forms.values() if form.current is not None and code in form.current.serves]
    if group:
        serving += [forms[name] for name in asked if name in forms and forms[name] not in serving]
    return Line(code, name, group, serving, [name for name in asked if name not in forms])
