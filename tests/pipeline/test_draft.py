"""A draft is changed stage by stage; what it changes is said, and it is drawn."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import translation

from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.pipeline import verbs
from loudou.pipeline.changes import changes
from loudou.pipeline.figures.drafting import Difference, differences, placed, slabs
from loudou.pipeline.models import FunnelVersion
from loudou.pipeline.queries.funnels import draft_of, specs
from tests import make
from tests.cast import Cast
from tests.plans import plans


def codes(version: FunnelVersion) -> list[str]:
    return [spec.stage.code for spec in specs(version)]


# Stage by stage ------------------------------------------------------------------------------------------------


def test_the_first_change_begins_a_draft_and_the_version_in_force_stays(cast: Cast) -> None:
    funnel = make.funnel()
    first = replace(plans(funnel)[0], max_days=25)
    draft = verbs.set_stage(funnel, stage=first, by=cast.linjing, version=0)
    assert draft.number == 2
    assert [spec.max_days for spec in specs(draft)] == [25, 30, 30, 20]
    assert specs(make.funnel().current_id or 0)[0].max_days == 20
    assert Entry.objects.filter(event="funnel.edited", actor=cast.linjing).count() == 1


def test_a_new_stage_comes_last_and_keeps_its_code_when_it_is_changed(cast: Cast) -> None:
    funnel = make.funnel()
    pilot = verbs.StagePlan("", {"en": "Pilot"}, Decimal("0.9"))
    draft = verbs.set_stage(funnel, stage=pilot, by=cast.linjing)
    assert codes(draft) == ["verify", "develop", "propose", "close", "pilot"]
    draft = verbs.set_stage(funnel, stage=replace(pilot, code="pilot", names={"en": "Trial"}), by=None)
    assert codes(draft)[-1] == "pilot"
    assert str(specs(draft)[-1]) == "Trial"


def test_stages_are_placed_and_removed(cast: Cast) -> None:
    funnel = make.funnel()
    draft = verbs.place_stage(funnel, code="close", to=1, by=cast.linjing)
    assert codes(draft) == ["verify", "close", "develop", "propose"]
    draft = verbs.place_stage(funnel, code="verify", to=99, by=cast.linjing)
    assert codes(draft) == ["close", "develop", "propose", "verify"]
    draft = verbs.remove_stage(funnel, code="develop", by=cast.linjing, version=draft.version)
    assert codes(draft) == ["close", "propose", "verify"]


def test_the_last_stage_stays_and_what_is_gone_is_not_found(cast: Cast) -> None:
    funnel = make.funnel()
    for code in ("verify", "develop", "propose"):
        verbs.remove_stage(funnel, code=code, by=None)
    for code in ("close", "verify"):
        with pytest.raises(Refused):
            verbs.remove_stage(funnel, code=code, by=None)
    with pytest.raises(Refused):
        verbs.place_stage(funnel, code="verify", to=0, by=None)


def test_who_saw_another_draft_is_told_and_who_may_not_does_not(cast: Cast) -> None:
    funnel = make.funnel()
    draft = verbs.place_stage(funnel, code="close", to=0, by=cast.linjing, version=0)
    with pytest.raises(Stale):
        verbs.remove_stage(funnel, code="close", by=cast.linjing, version=0)
    for act in (
        lambda: verbs.set_stage(funnel, stage=plans(funnel)[0], by=cast.wumin),
        lambda: verbs.place_stage(funnel, code="close", to=0, by=cast.wumin),
        lambda: verbs.remove_stage(funnel, code="close", by=cast.wumin),
    ):
        with pytest.raises(Forbidden):
            act()
    assert draft_of(funnel) == draft


def test_a_funnel_gets_a_code_of_its_own(cast: Cast) -> None:
    stages = plans(make.funnel())
    made = [
        verbs.add_funnel(code="", names=names, stages=stages, by=cast.linjing).code
        for names in ({"en": "Café deals"}, {"en": "Cafe deals"}, {"zh-hans": "大项目"})
    ]
    assert made == ["cafe-deals", "cafe-deals1", "funnel1"]


# What it changes -----------------------------------------------------------------------------------------------


def test_what_two_versions_differ_in_stage_by_stage() -> None:
    before = [("a", {"rate": 1, "mark:x": "X"}), ("b", {"rate": 2}), ("c", {"rate": 3})]
    after = [("c", {"rate": 3}), ("a", {"rate": 5, "mark:y": "Y"}), ("n", {"rate": 4})]
    assert differences(before, after) == [
        Difference("moved", "c"),
        Difference("changed", "a", "rate", 1, 5),
        Difference("changed", "a", "mark:x", "X", None),
        Difference("changed", "a", "mark:y", None, "Y"),
        Difference("added", "n"),
        Difference("removed", "b"),
    ]
    assert differences(before, before) == []


def test_a_draft_says_in_words_what_it_changes() -> None:
    first = verbs.StagePlan("a", {"en": "A"}, Decimal("0.1"), required_fields=("amount",), confirm_entry=True)
    visit = verbs.TaskPlan("t1", {"en": "Visit"}, form="F03", required=True, due_days=2)
    mark = verbs.EvidencePlan("e1", {"en": "Letter"}, needs_file=True, required=False)
    later = replace(
        first,
        names={"en": "A", "zh-hant": "甲"},
        confirm_entry=False,
        confirm_amount=Decimal(500_000),
        category="commit",
        required_fields=(),
        norm={"en": "By post"},
        evidence=(mark,),
        tasks=(visit,),
    )
    with translation.override("en"):
        said = [(change.label, change.was, change.now) for change in changes([first], [later])]
    assert said == [
        ("name", "A", "in another language"),
        ("forecast category", "pipeline", "commit"),
        ("operating norm", "—", "By post"),
        ("required fields", "expected order amount", "—"),
        ("a manager confirms entry", "yes", "no"),
        ("a manager confirms entry from this amount", "—", "500,000.00"),
        ("mark", "", "Letter · with a file"),
        ("stage task", "", "Visit · required · F03 · 2 days"),
    ]


def test_placed_puts_one_item_elsewhere() -> None:
    assert placed("abcd", 0, 2) == list("bcad")
    assert placed("abcd", 3, -5) == list("dabc")
    assert placed("abcd", 1, 9) == list("acdb")


# How it is drawn -----------------------------------------------------------------------------------------------


def test_the_surer_a_deal_the_narrower_its_stage() -> None:
    drawn = slabs([Decimal("0.1"), Decimal("0.5")], width=100, height=40, gap=8)
    assert [(slab.top, slab.middle, slab.bottom) for slab in drawn] == [(0, 20, 40), (48, 68, 88)]
    assert [round(slab.right - slab.left, 2) for slab in drawn] == [92.6, 63.0]
    assert drawn[0].points == "3.7,0 96.3,0 81.5,40 18.5,40"
    assert drawn[1].points == "18.5,48 81.5,48 63,88 37,88"
    assert slabs([], width=100, height=40) == []
