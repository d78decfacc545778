"""Problems and rules by file: taken as they were, idempotent, refused with reasons, taken out and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from loudou.exchange.exporting.handing import hand
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden
from loudou.people import verbs as people
from loudou.problems import verbs
from loudou.problems.models import Problem, Rule
from tests import make
from tests.cast import Cast
from tests.daylog.files import bring
from tests.make import day, instant

RULE = {
    "编号": "GZ-9",
    "原因": "备件未备库",
    "标题": "备件最低库存",
    "适用范围": "主机备件",
    "内容": "低于两套即补",
    "负责人": "wumin",
    "生效日期": "2026-01-05",
    "复审日期": "2026-07-01",
}
PROBLEM = {
    "编号": "WT-1",
    "问题": "延迟交货",
    "问题描述": "晚了三周",
    "类别": "交付",
    "发生日期": "2026-01-09",
    "负责人": "chenan",
    "应急措施": "先发替代件",
    "原因": "备件未备库",
    "性质": "例常",
    "关闭日期": "2026-02-01",
    "验证结果": "客户签收",
}
PLAIN = {"问题": "报价写错", "发生日期": "2026-01-10", "负责人": "lina"}


def test_they_are_taken_as_they_were_and_only_once(cast: Cast, tmp_path: Path) -> None:
    for _time in range(2):
        assert bring(tmp_path, "rules", [RULE]).counts.refused == 0
        assert bring(tmp_path, "problems", [PROBLEM, PLAIN]).counts.refused == 0
    closed, plain = Problem.objects.order_by("happened_on")
    assert (closed.state, closed.kind, closed.rule, closed.area) == (
        "closed",
        "routine",
        Rule.objects.get(code="GZ-9"),
        "delivery",
    )
    assert closed.closed_at is not None and closed.closed_at.isoformat() == "2026-01-31T16:00:00+00:00"
    assert (plain.state, plain.area, plain.what) == ("registered", "other", "报价写错")
    for kind in ("rules", "problems"):
        file = tmp_path / f"{kind}-out.csv"
        hand(kind, username=None, output=file, form="csv", filters={}, bom=False)
        text = file.read_text("utf-8")
        assert "备件未备库" in text
    assert "2026-02-01" in text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"负责人": "niemand"}, "没有用户名为“niemand”的人。"),
        ({"客户编号": "KH-0"}, "没有编号为“KH-0”的客户。"),
        ({"商机编号": "SJ-0"}, "没有编号为“SJ-0”的商机。"),
        ({"性质": ""}, "已关闭的问题须写明是例外还是例常。"),
        ({"原因": ""}, "请写明原因。"),
        ({}, "例常问题须有规则才能关闭：请先制定规则。"),
        ({"性质": "例外", "验证结果": ""}, "请写明如何验证。"),
    ],
)
def test_what_cannot_be_is_refused(cast: Cast, tmp_path: Path, change: dict[str, str], reason: str) -> None:
    result = bring(tmp_path, "problems", [{**PROBLEM, **change}])
    assert [note.reason for note in result.notes] == [reason]
    assert not Problem.objects.exists()


def test_how_far_a_problem_had_come_is_told_by_what_is_known(cast: Cast, tmp_path: Path) -> None:
    open_ = {**PROBLEM, "关闭日期": "", "验证结果": ""}
    rows = [
        {**open_, "编号": "A"},
        {**open_, "编号": "B", "性质": ""},
        {**open_, "编号": "C", "性质": "", "原因": ""},
    ]
    bring(tmp_path, "problems", rows)
    states = dict(Problem.objects.values_list("code", "state"))
    assert states == {"A": "classified", "B": "cause", "C": "contained"}
    result = bring(tmp_path, "rules", [{**RULE, "复审日期": "2026-01-05"}])
    assert [note.reason for note in result.notes] == ["复审日期须晚于生效日期。"]


def test_what_a_file_brought_goes_back(cast: Cast) -> None:
    rule = verbs.import_rule(
        cause="x",
        title="t",
        content="c",
        owner=cast.wumin,
        effective_on=day("2026-01-01"),
        review_on=day("2026-02-01"),
        by=None,
    )
    problem = verbs.import_problem(
        title="t", what="", area="other", happened_on=day("2026-01-01"), owner=cast.lina, by=None
    )
    assert rule is not None and problem is not None
    with pytest.raises(Forbidden):
        verbs.withdraw_problems([problem.pk], by=cast.lina)
    verbs.withdraw_problems([problem.pk], by=cast.linjing)
    verbs.withdraw_rules([rule.pk], by=cast.linjing)
    assert not Problem.objects.exists() and not Rule.objects.exists()


def test_a_problem_belongs_to_the_unit_its_owner_stood_in_when_it_happened(cast: Cast) -> None:
    former, later = cast.lina.unit, cast.sunqiang.unit
    with clock.at(instant("2026-04-01 09:00")):
        people.join_unit(cast.lina, unit=later, by=None)
    told = {"what": "", "area": "other", "owner": cast.lina, "by": None}
    units = [
        verbs.import_problem(title=title, happened_on=day(title), **told).unit
        for title in ("2026-03-31", "2026-04-01")
    ]
    assert units == [former, later] and former != later


def test_numbers_somebody_typed_are_passed_over_and_a_deal_brings_its_customer(cast: Cast) -> None:
    told = {"what": "", "area": "other", "happened_on": day("2026-01-01"), "owner": cast.lina, "by": None}
    first = verbs.import_problem(title="一", **told)
    assert first is not None
    head, number = first.code.rsplit("-", 1)
    deal = make.deal(cast.chenan)
    taken = verbs.import_problem(title="二", code=f"{head}-{int(number) + 1:04d}", deal=deal, **told)
    third = verbs.import_problem(title="三", **told)
    assert taken is not None and taken.customer == deal.customer
    assert third is not None and third.code == f"{head}-{int(number) + 2:04d}"
    rule = {"title": "t", "content": "c", "owner": cast.wumin, "by": None}
    days = {"effective_on": day("2026-01-01"), "review_on": day("2026-02-01")}
    one = verbs.import_rule(cause="a", **rule, **days)
    assert one is not None
    following = f"GZ-{int(one.code[3:]) + 1:04d}"
    assert verbs.import_rule(cause="b", code=following, **rule, **days) is not None
    last = verbs.import_rule(cause="c", **rule, **days)
    assert last is not None and last.code == f"GZ-{int(one.code[3:]) + 2:04d}"
