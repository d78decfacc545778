"""Stages as plans, for tests that change funnels."""

from __future__ import annotations

from loudou.pipeline.models import Funnel
from loudou.pipeline.queries.funnels import specs
from loudou.pipeline.verbs import StagePlan, plan_of


def plans(funnel: Funnel) -> list[StagePlan]:
    """The stages of the version in force, as they could be wanted again."""
    assert funnel.current is not None
    return [plan_of(spec) for spec in specs(funnel.current)]
