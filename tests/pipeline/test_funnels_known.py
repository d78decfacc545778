"""What a process knows of funnels after its first look: all that are in force, in three statements."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from loudou.pipeline import verbs
from loudou.pipeline.models import Funnel, StageSpec
from loudou.pipeline.queries import funnels
from tests import make
from tests.cast import Cast
from tests.plans import plans

STATEMENTS = 3  # stages with their versions, what is evidence, what is to be done


@pytest.fixture
def in_force(cast: Cast) -> list[Funnel]:
    found = list(Funnel.objects.exclude(current=None))
    assert len(found) > 3
    return found


def test_who_looks_at_one_has_looked_at_all(
    in_force: list[Funnel], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(STATEMENTS):
        told = {funnel: funnels.specs(funnel.current_id or 0) for funnel in in_force}
    for funnel, specs in told.items():
        rows = StageSpec.objects.filter(version=funnel.current_id).order_by("position")
        assert [spec.pk for spec in specs] == list(rows.values_list("pk", flat=True))
        for spec in specs:
            assert list(spec.evidence_kinds.all()) == list(spec.evidence_kinds.order_by("position", "id"))
            assert list(spec.tasks.all()) == list(spec.tasks.order_by("position", "id"))


def test_versions_that_were_are_read_together(
    in_force: list[Funnel], cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    funnel = make.funnel()
    for note in ("一", "二", "三"):
        verbs.edit_draft(funnel, stages=plans(funnel), by=cast.linjing)
        verbs.publish(funnel, by=cast.linjing, note=note)
    funnel = make.funnel()
    funnels.forget()
    with django_assert_num_queries(1 + STATEMENTS):
        every = funnels.every_spec(funnel)
    assert {spec.version_id for spec in every} == set(funnel.versions.values_list("pk", flat=True))
    assert len(every) == StageSpec.objects.filter(version__funnel=funnel).count()


def test_a_draft_is_never_remembered(cast: Cast) -> None:
    funnel = make.funnel()
    draft = verbs.edit_draft(funnel, stages=plans(funnel), by=cast.linjing)
    before = funnels.specs(draft)
    verbs.edit_draft(funnel, stages=plans(funnel)[:-1], by=cast.linjing)
    assert len(funnels.specs(draft)) == len(before) - 1
