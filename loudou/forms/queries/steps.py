"""The steps a form can serve: those every sale goes through, and the stages of the funnels in use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef

from loudou.forms.vocabulary import STEPS
from loudou.pipeline.models import Deal, Funnel, StageSpec
from loudou.pipeline.queries.funnels import specs, viewable_funnels
from loudou.ui.format import in_words


def step_names() -> dict[str, Any]:
    """What each step is called, by its code; of stages the names by language."""
    found: dict[str, Any] = {step.code: step.name for step in STEPS}
    for funnel, spec in stages():
        found[stage_code(funnel, spec)] = spec.names
    return found


def known_steps() -> list[str]:
    """The codes a form may name."""
    return list(step_names())


def stages() -> list[tuple[Funnel, StageSpec]]:
    """Every stage of the default funnel and of those that have deals, in order."""
    sold = set(
        Funnel.objects.filter(Exists(Deal.objects.filter(funnel=OuterRef("pk")))).values_list("pk", flat=True)
    )
    funnels = [one for one in viewable_funnels(None, None) if one.is_default or one.pk in sold]
    return [(funnel, spec) for funnel in funnels if funnel.current for spec in specs(funnel.current)]


def stage_code(funnel: Funnel, spec: StageSpec) -> str:
    """How a form names a stage."""
    return f"{funnel.code}/{spec.stage.code}"


def as_labels(names: Mapping[str, Any]) -> dict[str, str]:
    """The same in the reader's language."""
    return {code: in_words(name) if isinstance(name, dict) else str(name) for code, name in names.items()}
