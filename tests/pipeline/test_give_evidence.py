"""Showing promotion marks, taking them back, doing stage tasks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, EvidenceKind, File, Funnel, StageTask
from tests import make
from tests.cast import Cast
from tests.plans import plans


@pytest.fixture
def deal(cast: Cast) -> Deal:
    return make.deal(cast.chenan)


def mark(deal: Deal, code: str = "budget", place: int = 0) -> EvidenceKind:
    return make.specs_of(deal)[place].evidence_kinds.get(code=code)


def file(deal: Deal, cast: Cast) -> File:
    return verbs.add_file(
        deal,
        name="预算.pdf",
        kind="application/pdf",
        size=9,
        sha256="0" * 64,
        stored_as=f"x{deal.pk}",
        by=cast.chenan,
    )


def test_it_counts_and_is_written_down_with_its_ground(deal: Deal, cast: Cast) -> None:
    shown = verbs.give_evidence(deal, kind=mark(deal), by=cast.chenan, note=" 技改预算批文 12 号 ")
    assert (shown.note, shown.given_by, shown.source) == ("技改预算批文 12 号", cast.chenan, "person")
    version = deal.version
    deal.refresh_from_db()
    assert (deal.gate_done, deal.gate_total, deal.version) == (1, 5, version + 1)
    entry = Entry.objects.get(event="deal.evidence_given")
    assert entry.particulars["kind"]["zh-hans"] == "预算来源"


def test_twice_is_once(deal: Deal, cast: Cast) -> None:
    first = verbs.give_evidence(deal, kind=mark(deal), by=cast.chenan, note="批文")
    assert verbs.give_evidence(deal, kind=mark(deal), by=cast.chenan, note="又来") == first
    assert Entry.objects.filter(event="deal.evidence_given").count() == 1


def test_a_file_or_another_rooms_record_speaks_for_itself(deal: Deal, cast: Cast) -> None:
    attached = file(deal, cast)
    by_file = verbs.give_evidence(deal, kind=mark(deal), by=cast.chenan, file=attached)
    by_visit = verbs.give_evidence(deal, kind=mark(deal, "need"), by=None, source="visit:7")
    assert (by_file.file, by_visit.source) == (attached, "visit:7")


@pytest.mark.parametrize("note", ["", "  ", "长" * 501, "坏\x00"])
def test_a_person_says_what_shows_it(deal: Deal, cast: Cast, note: str) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.give_evidence(deal, kind=mark(deal), by=cast.chenan, note=note)
    assert refusal.value.field == "note"


def test_a_mark_that_is_a_file_needs_one_that_is_there(cast: Cast) -> None:
    funnel = make.funnel()
    first, *rest = plans(funnel)
    paper = verbs.EvidencePlan("paper", {"en": "Paper"}, needs_file=True)
    verbs.edit_draft(funnel, by=None, stages=[_with(first, paper), *rest])
    verbs.publish(funnel, by=None)
    deal = make.deal(cast.chenan)
    gone, strange = file(deal, cast), file(make.deal(cast.chenan), cast)
    verbs.remove_file(gone, by=cast.chenan)
    gone.refresh_from_db()
    for wrong in (None, gone, strange):
        with pytest.raises(Refused) as refusal:
            verbs.give_evidence(deal, kind=mark(deal, "paper"), by=cast.chenan, note="见附件", file=wrong)
        assert refusal.value.field == "file"


def _with(plan: verbs.StagePlan, item: verbs.EvidencePlan) -> verbs.StagePlan:
    return replace(plan, evidence=(*plan.evidence, item))


def _published(code: str) -> Funnel:
    """A ready preset, put to use."""
    return verbs.set_funnel(make.funnel(code), by=None, in_use=True)


def test_a_mark_of_another_funnel_is_none(deal: Deal, cast: Cast) -> None:
    strange = mark(make.deal(cast.chenan, funnel=_published("car")), "reached")
    with pytest.raises(Refused) as refusal:
        verbs.give_evidence(deal, kind=strange, by=cast.chenan, note="试试")
    assert refusal.value.field == "kind"


def test_its_own_day_is_kept_but_not_the_future(deal: Deal, cast: Cast) -> None:
    yesterday = clock.now() - timedelta(days=1)
    assert (
        verbs.give_evidence(deal, kind=mark(deal), by=cast.chenan, note="批文", at=yesterday).given_at
        == yesterday
    )
    with pytest.raises(Refused):
        verbs.give_evidence(
            deal, kind=mark(deal, "need"), by=cast.chenan, note="批文", at=clock.now() + timedelta(days=1)
        )


def test_one_taken_back_stays_on_record_and_may_be_given_anew(deal: Deal, cast: Cast) -> None:
    shown = verbs.give_evidence(deal, kind=mark(deal), by=cast.chenan, note="批文")
    with pytest.raises(Refused) as refusal:
        verbs.withdraw_evidence(shown, by=cast.wumin, reason=" ")
    assert refusal.value.field == "reason"
    gone = verbs.withdraw_evidence(shown, by=cast.wumin, reason="批文是去年的")
    assert (gone.withdrawn_by, gone.withdrawn_reason) == (cast.wumin, "批文是去年的")
    assert verbs.withdraw_evidence(shown, by=cast.wumin, reason="再一次").withdrawn_reason == "批文是去年的"
    deal.refresh_from_db()
    assert deal.gate_done == 0
    assert Entry.objects.get(event="deal.evidence_withdrawn").particulars["reason"] == "批文是去年的"
    assert verbs.give_evidence(deal, kind=mark(deal), by=cast.chenan, note="今年的批文") != shown


def test_a_task_is_done_once(deal: Deal, cast: Cast) -> None:
    task = make.specs_of(deal)[0].tasks.all()[0]
    done = verbs.complete_task(deal, task=task, by=cast.chenan, note=" 已填 ")
    assert (done.note, done.done_by) == ("已填", cast.chenan)
    assert verbs.complete_task(deal, task=task, by=cast.wumin) == done
    assert Entry.objects.filter(event="deal.task_done").count() == 1


def test_a_task_of_another_funnel_is_none_and_a_note_has_an_end(deal: Deal, cast: Cast) -> None:
    other = make.deal(cast.chenan, funnel=_published("car"))
    strange = StageTask.objects.create(spec=other.spec, code="call", names={"en": "Call"})
    with pytest.raises(Refused) as refusal:
        verbs.complete_task(deal, task=strange, by=cast.chenan)
    assert refusal.value.field == "task"
    with pytest.raises(Refused) as refusal:
        verbs.complete_task(deal, task=make.specs_of(deal)[0].tasks.all()[0], by=cast.chenan, note="长" * 301)
    assert refusal.value.field == "note"


def test_a_closed_deals_gate_stays_as_it_is(deal: Deal, cast: Cast) -> None:
    shown = verbs.give_evidence(deal, kind=mark(deal), by=cast.chenan, note="批文")
    task = make.specs_of(deal)[0].tasks.all()[0]
    verbs.lose(deal, by=cast.chenan, code=make.reason(), review="贵了")
    for act in (
        lambda: verbs.give_evidence(deal, kind=mark(deal, "need"), by=cast.chenan, note="批文"),
        lambda: verbs.withdraw_evidence(shown, by=cast.chenan, reason="试试"),
        lambda: verbs.complete_task(deal, task=task, by=cast.chenan),
    ):
        with pytest.raises(Refused):
            act()


def test_who_may_not_does_not(deal: Deal, cast: Cast) -> None:
    shown = verbs.give_evidence(deal, kind=mark(deal), by=cast.chenan, note="批文")
    task = make.specs_of(deal)[0].tasks.all()[0]
    for act in (
        lambda: verbs.give_evidence(deal, kind=mark(deal, "need"), by=cast.lina, note="批文"),
        lambda: verbs.withdraw_evidence(shown, by=cast.lina, reason="试试"),
        lambda: verbs.complete_task(deal, task=task, by=cast.lina),
    ):
        with pytest.raises(Forbidden):
            act()
