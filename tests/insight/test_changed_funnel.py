"""Another version of the funnel, deals migrated to it: what was known before is told as it was told before (B0.1).

Names, rates, limits and the order of stages of a past instant are those of the version deals were on then, whether that
was published before the instant or, of a history told afterwards, after it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.pipeline import verbs
from loudou.pipeline.figures.history import Fact
from loudou.pipeline.models import Course, Deal, FunnelVersion
from loudou.pipeline.queries import funnels
from loudou.pipeline.verbs import StagePlan, plan_of
from tests import make
from tests.cast import Cast
from tests.histories import BEGIN, END, Histories
from tests.insight.test_as_of import _differences

pytestmark = pytest.mark.django_db
NOW = END + timedelta(days=60)
THEN = BEGIN + (END - BEGIN) * 0.7
REPORTS = (
    *("funnel", "conversion", "cohort-grid", "stage-time", "bottlenecks", "leakage", "stage-probability"),
    *("forecast-sheet", "forecast-categories", "promotion-table", "contact-table", "anomalies", "quota"),
    *("waterfall", "slippage", "sales-progress", "coverage", "win-rate", "velocity"),
)


def seen() -> dict[str, Any]:
    """Every report as it was known at an instant long over."""
    told = {name: run(name, {"as_of": THEN.isoformat()}, None) for name in REPORTS}
    for plain in told.values():
        plain.pop("as_of", None)
    return told


def changed(world: Histories) -> int:
    """Publish the funnel anew and migrate: the first stage renamed and reweighed, the second one replaced."""
    funnel = world.funnel
    assert funnel.current is not None
    first, second, *others = funnels.specs(funnel.current)
    names = {"zh-hans": "初筛", "zh-hant": "初篩", "en": "Screen"}
    lighter = replace(plan_of(first), names=names, probability=Decimal("0.01"), category="commit")
    lighter = replace(lighter, warn_days=None, max_days=1)
    new = StagePlan("", {"zh-hans": "打磨", "zh-hant": "打磨", "en": "Shape"}, Decimal("0.2"))
    verbs.edit_draft(funnel, stages=[lighter, new, *map(plan_of, others)], by=None)
    verbs.publish(funnel, by=None)
    funnel.refresh_from_db()
    assert funnel.current is not None
    to = funnels.specs(funnel.current)[1].stage_id
    return verbs.migrate(funnel, mapping={second.stage_id: to}, by=None)


@pytest.mark.parametrize("published", [BEGIN - timedelta(days=1), NOW - timedelta(days=1)])
def test_a_past_is_told_as_before(published: Any, cast: Cast) -> None:
    world = Histories([cast.chenan, cast.lina]).write(60, seed=77)
    FunnelVersion.objects.filter(funnel=world.funnel).update(published_at=published)
    funnels.forget()
    with clock.at(NOW):
        before = seen()
        assert changed(world) > 3
        assert Deal.objects.filter(funnel_version=world.funnel.current_id).exists()
        now = run("forecast-sheet", {"period": "all"}, None)["stages"]
        after = seen()
    assert [now[0]["stage"], now[1]["stage"]] == ["初筛", "打磨"]  # the present has the new version
    for name in REPORTS:
        assert not list(_differences(before[name], after[name])), name


def test_what_came_in_on_a_later_version_was_never_on_another(cast: Cast) -> None:
    """Histories told to a funnel that had been changed before: no deal was migrated, all of the past is the version's."""
    world = Histories([cast.chenan])
    FunnelVersion.objects.filter(funnel=world.funnel).update(published_at=NOW - timedelta(days=1))
    funnels.forget()
    with clock.at(NOW):
        changed(world)
    with clock.at(THEN - timedelta(days=2)):
        make.deal(cast.chenan, funnel=world.funnel)
    with clock.at(NOW):
        told = run("forecast-sheet", {"as_of": THEN.isoformat(), "period": "all"}, None)["stages"]
    assert [stage["stage"] for stage in told[:2]] == ["初筛", "打磨"]


def test_a_stage_that_came_later_was_not_jumped_over(cast: Cast) -> None:
    """Of what stood in the replaced stage the new one counts what became of it; what was beyond never had to pass it (M02)."""
    world = Histories([cast.chenan])
    FunnelVersion.objects.filter(funnel=world.funnel).update(published_at=BEGIN - timedelta(days=1))
    funnels.forget()
    stages = world.stages
    for places in ((0, 1, 2), (0, 2), (0, 1)):
        world.of(*(_entered(cast, stages[place], day) for day, place in enumerate(places)))
    with clock.at(NOW):
        before = list(_counted().values())
        assert before[:2] == [(3, 3, 0, "0.000000"), (3, 2, 1, "0.333333")]
        assert changed(world) == 3
        after = _counted()
        # On the version that has the new stage.
        world.of(_entered(cast, stages[0], 0), _entered(cast, stages[2], 3))
        later = _counted()
    assert (after["初筛"], after["打磨"]) == ((3, 3, 0, "0.000000"), (1, 0, 1, "0.000000"))
    assert (later["初筛"], later["打磨"]) == ((4, 4, 0, "0.000000"), (2, 1, 1, "0.500000"))
    kept = _courses()
    Course.objects.filter(deal__in=world.deals).delete()
    import_module("loudou.pipeline.migrations.0029_came_later").derive_anew(apps, connection.schema_editor())
    assert _courses() == [one for one in kept if one[0] in world.deals and one[0] != max(world.deals)]


def _courses() -> list[tuple[Any, ...]]:
    names = [field.attname for field in Course._meta.concrete_fields if field.name != "id"]
    return sorted(Course.objects.values_list("deal_id", *(name for name in names if name != "deal_id")))


def _entered(cast: Cast, stage: int, day: int) -> Fact:
    at, amount = BEGIN + timedelta(days=day), Decimal(100)
    whose = {"owner": cast.chenan.pk, "unit": cast.chenan.unit_id, "amount": amount, "base_amount": amount}
    return Fact("enter", at, at, stage=stage, currency="CNY", skipped=day and 1, **({} if day else whose))


def _counted() -> dict[str, tuple[Any, ...]]:
    told = run("conversion", {"period": "all"}, None)["stages"]
    names = ("cohort", "advanced", "inflight", "skip_rate")
    return {one["stage"]: tuple(one[name] for name in names) for one in told}
