"""What one target has come to: the line of the progress report that is about it."""

from __future__ import annotations

from loudou.insight.lens import InsightLens
from loudou.insight.queries.aimed import BY_PRODUCT
from loudou.insight.reports.aims import Line
from loudou.insight.reports.targets import target_progress
from loudou.people.models import User
from loudou.targets.models import Target


def result_of(target: Target, user: User | None) -> Line | None:
    """How far a target is; None of a part for customers, of which nothing is counted apart."""
    if target.segment or (target.family and target.stage_id is not None):
        return None
    asked = {"from": target.starts_on.isoformat(), "to": target.ends_on.isoformat()}
    if target.family:
        asked["by"] = BY_PRODUCT
    if target.person is not None:
        asked["owner"] = target.person.username
    elif target.unit is not None:
        asked["unit"] = target.unit.code
    lines = target_progress(InsightLens.read(asked, user)).lines
    return next((line for line in lines if line.aim.target == target), None)
