"""Making and changing funnels."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.pipeline import verbs
from loudou.pipeline.models import Funnel, FunnelVersion, Stage, StageSpec
from loudou.pipeline.queries.funnels import draft_of, funnels_to_look_at, specs, stage_order, usable_funnels
from tests import make
from tests.cast import Cast
from tests.plans import plans

NAMES = {"zh-hans": "代理", "zh-hant": "代理", "en": "Agents"}


def stage(name: str = "Sign", rate: object = "0.5", **columns: Any) -> verbs.StagePlan:
    return verbs.StagePlan("", {"en": name}, Decimal(str(rate)), **columns)


def funnel(cast: Cast, *stages: verbs.StagePlan, code: str = "agents") -> Funnel:
    return verbs.add_funnel(code=code, names=NAMES, stages=stages or (stage(),), by=cast.linjing)


# Adding --------------------------------------------------------------------------------------------------------


def test_a_new_funnel_is_a_draft_until_it_is_published(cast: Cast) -> None:
    made = funnel(cast, stage("Meet", "0.1"), stage("Sign", "0.6"))
    assert made.current is None
    assert made not in usable_funnels(None)
    draft = draft_of(made)
    assert draft is not None
    assert [(spec.stage.code, spec.position) for spec in specs(draft)] == [("meet", 0), ("sign", 1)]
    published = verbs.publish(made, by=cast.linjing, note=" 第一版 ")
    assert (published.note, published.published_by) == ("第一版", cast.linjing)
    assert Funnel.objects.get(pk=made.pk) in usable_funnels(None)
    assert Entry.objects.filter(event="funnel.published", actor=cast.linjing).count() == 1


def test_a_code_is_given_once(cast: Cast) -> None:
    funnel(cast)
    with pytest.raises(Refused) as refusal:
        funnel(cast)
    assert refusal.value.field == "code"


def test_one_may_be_added_for_later(cast: Cast) -> None:
    made = verbs.add_funnel(code="later", names=NAMES, stages=[stage()], by=None, in_use=False)
    assert made.retired_at is not None


@pytest.mark.parametrize(
    ("field", "stages"),
    [
        ("stages", []),
        ("stages", [stage(str(number)) for number in range(13)]),
        ("stages", [replace(stage("A"), code="a"), replace(stage("B"), code="a")]),
        ("names", [stage("Sign"), stage("sign ")]),
        ("names", [stage("Sign"), verbs.StagePlan("", {"zh-hans": "签约", "en": "SIGN"}, Decimal(1))]),
        (
            "names",
            [
                verbs.StagePlan("", {"zh-hant": "簽約"}, Decimal(0)),
                verbs.StagePlan("", {"zh-hans": "签约"}, Decimal(0)),
            ],
        ),
        ("names", [stage("Won")]),
        ("names", [verbs.StagePlan("", {"zh-hant": "贏單"}, Decimal(0))]),
        (
            "evidence",
            [
                stage(
                    evidence=(verbs.EvidencePlan("", {"en": "Need"}), verbs.EvidencePlan("", {"en": "need"}))
                )
            ],
        ),
        ("evidence", [stage(tasks=(verbs.TaskPlan("", {"en": "Call"}), verbs.TaskPlan("", {"en": "Call"})))]),
        ("warn_days", [stage(warn_days=30, max_days=20)]),
        ("names", [verbs.StagePlan("", {"en": " "}, Decimal(0))]),
        ("names", [verbs.StagePlan("", {"en": "x" * 81}, Decimal(0))]),
        ("names", [verbs.StagePlan("", {"en": "bad\x00"}, Decimal(0))]),
        ("probability", [stage(rate="1.01")]),
        ("probability", [stage(rate="NaN")]),
        ("category", [stage(category="dream")]),
        ("required_fields", [stage(required_fields=("dream",))]),
        ("max_days", [stage(max_days=4000)]),
        ("max_days", [stage(tasks=(verbs.TaskPlan("", {"en": "Call"}, due_days=-1),))]),
        ("confirm_amount", [stage(confirm_amount=Decimal(-1))]),
        ("evidence", [stage(evidence=tuple(verbs.EvidencePlan("", {"en": str(n)}) for n in range(21)))]),
    ],
)
def test_what_cannot_be_meant_is_refused_beside_the_field(
    cast: Cast, field: str, stages: list[verbs.StagePlan]
) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.add_funnel(code="x", names=NAMES, stages=stages, by=cast.linjing)
    assert refusal.value.field == field
    assert not Funnel.objects.filter(code="x").exists()


def test_a_funnel_has_a_name(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.add_funnel(code="x", names={"en": ""}, stages=[stage()], by=cast.linjing)
    assert refusal.value.field == "names"


def test_codes_are_made_from_names_and_marks_are_numbered(cast: Cast) -> None:
    marks = (
        verbs.EvidencePlan("", {"en": "A"}),
        verbs.EvidencePlan("e1", {"en": "B"}),
        verbs.EvidencePlan("", {"en": "C"}),
    )
    chinese = verbs.StagePlan("", {"zh-hans": "签约"}, Decimal("0.5"))
    later = replace(chinese, names={"zh-hans": "交付"})
    made = funnel(cast, stage("Sign Ön", evidence=marks), stage("Sign on"), chinese, later)
    draft = draft_of(made)
    assert draft is not None
    found = specs(draft)
    assert [spec.stage.code for spec in found] == ["sign-on", "sign-on1", "s1", "s2"]
    assert [kind.code for kind in found[0].evidence_kinds.all()] == ["e2", "e1", "e3"]


# Editing -------------------------------------------------------------------------------------------------------


def test_a_draft_begins_from_the_version_in_force_and_leaves_it_alone(cast: Cast) -> None:
    b2b = make.funnel()
    draft = verbs.edit_draft(b2b, stages=plans(b2b)[:2], by=cast.linjing, version=0)
    assert (draft.number, draft.published_at) == (2, None)
    assert b2b.current is not None
    assert len(specs(b2b.current)) == 4


def test_a_stage_keeps_its_identity_and_everything_it_asks_for(cast: Cast) -> None:
    b2b = make.funnel()
    before = plans(b2b)
    verbs.edit_draft(b2b, stages=before, by=cast.linjing)
    verbs.publish(b2b, by=cast.linjing)
    assert plans(make.funnel()) == before
    assert Stage.objects.filter(funnel=b2b).count() == 4


def test_a_stage_that_newer_versions_dropped_keeps_its_place_in_the_order(cast: Cast) -> None:
    b2b = make.funnel()
    new = replace(stage("Trial", "0.6"), code="trial")
    verify, _develop, propose, close = plans(b2b)
    verbs.edit_draft(b2b, stages=[verify, propose, new, close], by=None)
    verbs.publish(b2b, by=None)
    codes = {row.pk: row.code for row in Stage.objects.filter(funnel=b2b)}
    order = stage_order(b2b.pk)
    assert [codes[key] for key in sorted(order, key=lambda key: order[key])] == [
        "verify",
        "develop",
        "propose",
        "trial",
        "close",
    ]


def test_two_who_edit_one_draft_are_told(cast: Cast) -> None:
    b2b = make.funnel()
    first = verbs.edit_draft(b2b, stages=plans(b2b), by=cast.linjing, version=0)
    with pytest.raises(Stale):
        verbs.edit_draft(b2b, stages=plans(b2b), by=cast.gaoming, version=0)
    second = verbs.edit_draft(b2b, stages=plans(b2b), by=cast.gaoming, version=first.version)
    with pytest.raises(Stale):
        verbs.edit_draft(b2b, stages=plans(b2b), by=cast.linjing, version=first.version)
    for act in (
        lambda: verbs.publish(b2b, by=cast.linjing, version=first.version),
        lambda: verbs.discard_draft(b2b, by=cast.linjing, version=first.version),
    ):
        with pytest.raises(Stale):
            act()
    verbs.publish(b2b, by=cast.linjing, version=second.version)
    with pytest.raises(Stale):
        verbs.publish(b2b, by=cast.linjing, version=second.version)


def test_a_discarded_draft_is_gone_the_first_one_stays(cast: Cast) -> None:
    b2b = make.funnel()
    verbs.edit_draft(b2b, stages=plans(b2b), by=None)
    verbs.discard_draft(b2b, by=cast.linjing)
    verbs.discard_draft(b2b, by=cast.linjing)
    assert draft_of(b2b) is None
    assert Entry.objects.filter(event="funnel.draft_discarded").count() == 1
    made = funnel(cast)
    verbs.discard_draft(made, by=cast.linjing)
    assert draft_of(made) is not None


# Publishing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stages",
    [
        [stage("A", "0.5"), stage("B", "0.4")],
        [stage("A", "0.5"), stage("B", 1), stage("C", 1)],
    ],
)
def test_a_draft_that_makes_no_sense_is_not_published(cast: Cast, stages: list[verbs.StagePlan]) -> None:
    made = funnel(cast, *stages)
    with pytest.raises(Refused) as refusal:
        verbs.publish(made, by=cast.linjing)
    assert refusal.value.field == "stages"


def test_without_a_draft_there_is_nothing_to_publish(cast: Cast) -> None:
    with pytest.raises(Refused):
        verbs.publish(make.funnel(), by=cast.linjing)


def test_what_is_wrong_with_a_draft_is_said_by_name(cast: Cast) -> None:
    for stages, told in (
        ([stage("A", "0.5"), stage("B", "0.7"), stage("C", "0.4")], "“C” comes after “B”"),
        ([stage("A", "0.5"), stage("B", 1), stage("C", 1)], "“B” and “C”"),
    ):
        made = verbs.add_funnel(code="", names={"en": told}, stages=stages, by=cast.linjing)
        with translation.override("en"), pytest.raises(Refused, match=told):
            verbs.publish(made, by=cast.linjing)


def test_equal_rates_and_days_may_stand(cast: Cast) -> None:
    made = funnel(cast, stage("A", "0.5", warn_days=20, max_days=20), stage("B", "0.5"), stage("C", 1))
    assert verbs.publish(made, by=cast.linjing).number == 1


def test_who_were_called_alike_before_are_mended_one_by_one(cast: Cast) -> None:
    """A version of two stages of one name, each asking twice for the same: what is not touched is not refused."""
    made = funnel(cast, *(stage(f"Stage {number}", "0.5") for number in (1, 2, 3)))
    draft = draft_of(made)
    assert draft is not None
    for spec in list(specs(draft))[:2]:
        spec.names = {"en": "Alike"}
        spec.save(update_fields=["names"])
        for code in ("e1", "e2"):
            spec.evidence_kinds.create(code=code, names={"en": "Letter"})
    verbs.publish(made, by=cast.linjing)
    made.refresh_from_db()
    first, _second, third = plans(made)
    with pytest.raises(Refused) as refusal:
        verbs.set_stage(made, stage=replace(third, names={"en": "alike"}), by=cast.linjing)
    assert refusal.value.field == "names"
    verbs.set_stage(made, stage=replace(first, names={"en": "First"}), by=cast.linjing)
    draft = verbs.set_stage(made, stage=replace(third, max_days=9), by=cast.linjing)
    assert [spec.names["en"] for spec in specs(draft)] == ["First", "Alike", "Stage 3"]
    with pytest.raises(Refused) as refusal:
        verbs.set_stage(
            made, stage=replace(first, evidence=(*first.evidence, first.evidence[0])), by=cast.linjing
        )
    assert refusal.value.field == "evidence"


# What it is called and who may use it --------------------------------------------------------------------------


def test_name_business_and_units(cast: Cast) -> None:
    b2b = make.funnel()
    changed = verbs.set_funnel(
        b2b, by=cast.linjing, names={"zh-hans": "设备直销"}, business=" 直销 ", units=[cast.unit("D1")]
    )
    assert (changed.names, changed.business) == ({"zh-hans": "设备直销"}, "直销")
    assert b2b in usable_funnels(cast.chenan)
    assert b2b not in usable_funnels(cast.sunqiang)
    with pytest.raises(Stale):
        verbs.set_funnel(b2b, by=cast.linjing, names=NAMES, version=b2b.version)
    with pytest.raises(Refused):
        verbs.set_funnel(b2b, by=cast.linjing, business="长" * 81)


def test_two_in_use_are_called_differently_in_every_language(cast: Cast) -> None:
    channel = make.funnel("channel")
    for names in (channel.names, {"en": "CHANNEL"}, {"zh-hant": channel.names["zh-hant"]}):
        with pytest.raises(Refused) as refusal:
            verbs.add_funnel(code="", names=names, stages=[stage()], by=cast.linjing)
        assert refusal.value.field == "names"
        with pytest.raises(Refused):
            verbs.set_funnel(make.funnel(), by=cast.linjing, names=names)
    assert verbs.set_funnel(channel, by=cast.linjing, names=channel.names).names == channel.names
    verbs.set_funnel(channel, by=cast.linjing, in_use=False)
    verbs.set_funnel(make.funnel(), by=cast.linjing, names={"en": "Channel"})
    with pytest.raises(Refused):
        verbs.set_funnel(channel, by=cast.linjing, in_use=True)
    verbs.set_funnel(channel, by=cast.linjing, names={"en": "Channel"})
    assert verbs.add_funnel(code="own", names={"en": "Channel"}, stages=[stage()], by=None).code == "own"


def test_there_is_one_default_and_it_is_in_use(cast: Cast) -> None:
    b2b, aida = make.funnel(), make.funnel("aida")
    with pytest.raises(Refused):
        verbs.set_funnel(b2b, by=cast.linjing, in_use=False)
    with pytest.raises(Refused):
        verbs.set_funnel(aida, by=cast.linjing, is_default=True)
    verbs.set_funnel(aida, by=cast.linjing, in_use=True, is_default=True)
    assert list(Funnel.objects.filter(is_default=True)) == [aida]
    assert verbs.set_funnel(b2b, by=cast.linjing, in_use=False).retired_at is not None
    assert Entry.objects.filter(event="funnel.retired").count() == 1
    retired = verbs.set_funnel(make.funnel(), by=cast.linjing, in_use=False)
    assert verbs.set_funnel(retired, by=cast.linjing, in_use=True).retired_at is None


def test_one_that_was_never_published_is_no_default(cast: Cast) -> None:
    with pytest.raises(Refused):
        verbs.set_funnel(funnel(cast), by=cast.linjing, is_default=True)


def test_who_may_not_does_not(cast: Cast) -> None:
    b2b = make.funnel()
    for act in (
        lambda: verbs.add_funnel(code="x", names=NAMES, stages=[stage()], by=cast.wumin),
        lambda: verbs.edit_draft(b2b, stages=plans(b2b), by=cast.wumin),
        lambda: verbs.discard_draft(b2b, by=cast.wumin),
        lambda: verbs.publish(b2b, by=cast.wumin),
        lambda: verbs.set_funnel(b2b, by=cast.wumin, business="x"),
    ):
        with pytest.raises(Forbidden):
            act()


def test_the_furniture_is_there_once_and_what_was_changed_stays(cast: Cast) -> None:
    from loudou.pipeline.furnish import furnish
    from loudou.pipeline.presets import PRESETS

    verbs.set_funnel(make.funnel(), by=None, names={"zh-hans": "我们的漏斗"})
    before = (Funnel.objects.count(), FunnelVersion.objects.count(), StageSpec.objects.count())
    furnish()
    assert (Funnel.objects.count(), FunnelVersion.objects.count(), StageSpec.objects.count()) == before
    assert Funnel.objects.count() == len(PRESETS)
    assert str(make.funnel()) == "我们的漏斗"


def test_all_funnels_in_use_are_to_be_looked_at_those_one_works_with_first(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    others = make.funnel()
    verbs.set_funnel(others, by=cast.linjing, units=[cast.unit("D1")])
    with django_assert_num_queries(1):
        seen = funnels_to_look_at(cast.sunqiang)
    assert {funnel.pk for funnel in seen} == {funnel.pk for funnel in funnels_to_look_at(None)}
    usable = usable_funnels(cast.sunqiang)
    assert others not in usable and seen[: len(usable)] == usable and seen[-1] == others
    assert funnels_to_look_at(None)[0] == others
