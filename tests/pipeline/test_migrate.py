"""Moving running deals to the version of their funnel that is in force."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Funnel, FunnelMigration, Stage, Visit
from loudou.pipeline.tasks import carry_on_migrations
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast
from tests.jobs import run
from tests.plans import plans


@pytest.fixture
def deals(cast: Cast) -> list[Deal]:
    """One at each of the first two stages, a resting one, a lost one; then a version without the first stage."""
    first, second = make.deal(cast.chenan), make.advance(make.deal(cast.lina))
    resting, lost = make.deal(cast.sunqiang), make.deal(cast.chenan)
    verbs.hold(resting, by=cast.sunqiang, wake_on=clock.now().date() + timedelta(days=30), reason="等预算")
    verbs.lose(lost, by=cast.wumin, code=make.reason(), review="贵了")
    funnel = make.funnel()
    verbs.edit_draft(funnel, stages=plans(funnel)[1:], by=None)
    verbs.publish(funnel, by=None)
    return [first, second, resting, lost]


def stage(code: str) -> int:
    return Stage.objects.get(funnel=make.funnel(), code=code).pk


def where(deals: list[Deal]) -> list[tuple[str, int]]:
    """Stage and version number of each."""
    rows = {
        deal.pk: deal
        for deal in Deal.objects.filter(pk__in=[deal.pk for deal in deals]).select_related(
            "spec__stage", "funnel_version"
        )
    }
    return [(rows[deal.pk].spec.stage.code, rows[deal.pk].funnel_version.number) for deal in deals]


def test_running_deals_go_where_the_mapping_says_closed_ones_stay(deals: list[Deal], cast: Cast) -> None:
    count = verbs.migrate(make.funnel(), mapping={stage("verify"): stage("develop")}, by=cast.linjing)
    assert count == 3
    assert where(deals) == [("develop", 2), ("develop", 2), ("develop", 2), ("verify", 1)]
    deals[2].refresh_from_db()
    assert deals[2].outcome == "on_hold"
    entry = Entry.objects.filter(event="deal.migrated", subject_id=deals[0].pk).get()
    assert entry.particulars["number"] == 2


def test_no_deal_moves_by_it_its_stay_goes_on(deals: list[Deal], cast: Cast) -> None:
    verbs.migrate(make.funnel(), mapping={stage("verify"): stage("develop")}, by=cast.linjing)
    stay = Visit.objects.get(deal=deals[0])
    assert (stay.stage.code, stay.entered_at, stay.left_at) == ("develop", deals[0].created_at, None)


def test_what_was_shown_stays_shown_where_the_same_is_asked_for(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    make.fill_gate(deal, cast.chenan)
    task = make.specs_of(deal)[0].tasks.all()[0]
    verbs.complete_task(deal, task=task, by=cast.chenan)
    gone = verbs.give_evidence(
        deal, kind=make.specs_of(deal)[1].evidence_kinds.all()[0], by=cast.chenan, note="清单"
    )
    verbs.withdraw_evidence(gone, by=cast.chenan, reason="错了")
    funnel = make.funnel()
    verify, *rest = plans(funnel)
    fewer = verbs.StagePlan(
        "verify", verify.names, verify.probability, evidence=verify.evidence[:3], tasks=verify.tasks
    )
    verbs.edit_draft(funnel, stages=[fewer, *rest], by=None)
    verbs.publish(funnel, by=None)
    verbs.migrate(make.funnel(), mapping={}, by=cast.linjing)
    deal.refresh_from_db()
    assert (deal.gate_done, deal.gate_total) == (3, 3)
    assert deal.tasks_done.get().task.spec.version.number == 2
    gone.refresh_from_db()
    assert gone.kind.spec.version.number == 1


def test_every_stage_a_deal_stands_in_needs_a_place(deals: list[Deal], cast: Cast) -> None:
    for mapping in ({}, {stage("verify"): 0}):
        with pytest.raises(Refused) as refusal:
            verbs.migrate(make.funnel(), mapping=mapping, by=cast.linjing)
        assert refusal.value.field == "mapping"
        with pytest.raises(Refused):
            verbs.begin_migration(make.funnel(), mapping=mapping, by=cast.linjing)
    assert where(deals)[0] == ("verify", 1)


def test_open_questions_about_steps_end_where_the_stage_changes(cast: Cast, deals: list[Deal]) -> None:
    asked = verbs.skip(deals[0], to=make.specs_of(deals[0])[2], by=cast.chenan, reason="招标").request
    kept = verbs.skip(deals[1], to=make.specs_of(deals[1])[3], by=cast.lina, reason="招标").request
    assert asked is not None
    assert kept is not None
    verbs.migrate(make.funnel(), mapping={stage("verify"): stage("develop")}, by=cast.linjing)
    asked.refresh_from_db()
    kept.refresh_from_db()
    assert (asked.state, kept.state) == (Request.State.WITHDRAWN, Request.State.WAITING)


def test_a_funnel_without_a_version_has_nothing_to_move_to(cast: Cast) -> None:
    made = verbs.add_funnel(code="x", names={"en": "X"}, stages=plans(make.funnel()), by=None)
    with pytest.raises(Refused):
        verbs.migrate(made, mapping={}, by=cast.linjing)


# In steps, by the worker ---------------------------------------------------------------------------------------


def begin(cast: Cast) -> FunnelMigration:
    mapping = {stage("verify"): stage("develop")}
    return verbs.begin_migration(make.funnel(), mapping=mapping, by=cast.linjing)


def test_the_worker_moves_them_in_steps_and_says_when_it_is_done(deals: list[Deal], cast: Cast) -> None:
    migration = begin(cast)
    assert (migration.total, migration.done) == (3, 0)
    step = verbs.carry_on(migration, by=None, size=2)
    assert (step.done, step.ended_at) == (2, None)
    assert run(carry_on_migrations) == 1
    migration.refresh_from_db()
    assert (migration.done, migration.stopped) == (3, False)
    assert migration.ended_at is not None
    assert where(deals)[0] == ("develop", 2)
    assert Entry.objects.filter(event="deal.migrated", actor=cast.linjing).count() == 3
    ended = Entry.objects.get(event="funnel.migration_ended")
    assert Notice.objects.filter(recipient=cast.linjing, entry=ended).exists()
    assert verbs.carry_on(migration, by=None).done == 3
    assert run(carry_on_migrations) == 0


def test_one_at_a_time(deals: list[Deal], cast: Cast) -> None:
    begin(cast)
    with pytest.raises(Refused):
        begin(cast)


def test_what_comes_to_an_older_version_behind_it_is_not_forgotten(deals: list[Deal], cast: Cast) -> None:
    begin(cast)
    FunnelMigration.objects.update(reached=deals[-1].pk + 1_000)
    assert run(carry_on_migrations) == 3
    assert where(deals)[0] == ("develop", 2)


def test_it_can_be_stopped_and_begun_again(deals: list[Deal], cast: Cast) -> None:
    migration = begin(cast)
    verbs.carry_on(migration, by=None, size=1)
    stopped = verbs.stop_migration(migration, by=cast.linjing)
    assert (stopped.done, stopped.stopped) == (1, True)
    assert verbs.stop_migration(migration, by=cast.linjing).ended_at == stopped.ended_at
    assert run(carry_on_migrations) == 0
    assert begin(cast).total == 2


def test_a_newer_version_ends_it(deals: list[Deal], cast: Cast) -> None:
    migration = begin(cast)
    funnel = Funnel.objects.get(pk=migration.funnel_id)
    verbs.edit_draft(funnel, stages=plans(funnel), by=None)
    verbs.publish(funnel, by=None)
    ended = verbs.carry_on(migration, by=None)
    assert (ended.done, ended.ended_at is not None) == (0, True)


def test_what_the_system_began_nobody_needs_to_hear_of(deals: list[Deal], cast: Cast) -> None:
    verbs.begin_migration(make.funnel(), mapping={stage("verify"): stage("develop")}, by=None)
    assert run(carry_on_migrations) == 3
    assert not Notice.objects.filter(entry__event="funnel.migration_ended").exists()


def test_who_may_not_does_not_and_who_saw_another_version_is_told(deals: list[Deal], cast: Cast) -> None:
    migration = begin(cast)
    for act in (
        lambda: verbs.migrate(make.funnel(), mapping={}, by=cast.wumin),
        lambda: verbs.begin_migration(make.funnel(), mapping={}, by=cast.wumin),
        lambda: verbs.stop_migration(migration, by=cast.wumin),
    ):
        with pytest.raises(Forbidden):
            act()
    with pytest.raises(Stale):
        verbs.begin_migration(make.funnel(), mapping={}, by=cast.linjing, version=1)
