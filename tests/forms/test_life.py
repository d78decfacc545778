"""A form on its way: proposed, justified, approved by two, issued within the day's budget, changed, retired (C13)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from loudou.forms import verbs
from loudou.forms.furnish import furnish
from loudou.forms.models import Form, FormVersion
from loudou.forms.verbs import Filled
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.signoff.models import Request
from tests.cast import Cast
from tests.forms.making import MARKET, approve, field, filled, issued, justified

State = FormVersion.State


def requests(version: FormVersion) -> dict[str, Request]:
    return {one.act: one for one in Request.objects.about(version).waiting()}


def test_two_sign_before_it_is_issued(cast: Cast) -> None:
    version = verbs.ask_approval(justified(cast), by=cast.heli)
    asked = requests(version)
    assert set(asked) == {"forms.owner", "forms.council"}
    with pytest.raises(Forbidden):
        verbs.confirm_form(asked["forms.council"], opinion="自己提的自己签，省一道手续", by=cast.heli)
    with pytest.raises(Forbidden):
        verbs.confirm_form(asked["forms.owner"], opinion="经理不能替销售内勤签字", by=cast.hezong)
    verbs.confirm_form(asked["forms.owner"], opinion="字段不多，先试一个季度再看", by=cast.linjing)
    version.refresh_from_db()
    assert version.state == State.ASKED
    with pytest.raises(Refused):
        verbs.issue(version, by=cast.linjing)
    verbs.confirm_form(asked["forms.council"], opinion="同意，季度末看浪费率再定去留", by=cast.hezong)
    version.refresh_from_db()
    assert version.state == State.APPROVED
    form = verbs.issue(version, by=cast.linjing)
    assert (form.is_issued, form.current) == (True, version)


def test_who_keeps_sales_operations_gives_their_word_by_asking(cast: Cast) -> None:
    version = verbs.ask_approval(justified(cast, by=cast.linjing), by=cast.linjing)
    assert set(requests(version)) == {"forms.council"}


def test_sent_back_it_is_written_again(cast: Cast) -> None:
    version = verbs.ask_approval(justified(cast), by=cast.heli)
    with pytest.raises(Refused):
        verbs.edit_version(version, by=cast.heli, names="改名")
    verbs.refuse_form(requests(version)["forms.owner"], opinion="与日清单重复太多，请并进去", by=cast.linjing)
    version.refresh_from_db()
    assert (version.state, requests(version)) == (State.RETURNED, {})
    again = verbs.edit_version(version, by=cast.heli, fields=MARKET[:2], seen=version.version)
    assert (again.state, len(again.questions)) == (State.PROPOSED, 2)
    with pytest.raises(Stale):
        verbs.edit_version(version, by=cast.heli, names="旧版", seen=1)
    with pytest.raises(Refused):
        verbs.ask_approval(again, by=cast.heli)
    verbs.drop_version(again, reason="并入日清单", by=cast.heli)
    with pytest.raises(Refused):
        verbs.edit_version(again, by=cast.heli, names="再来")
    with pytest.raises(Refused):
        filled(again.form, cast.chenan)


def test_more_than_half_an_hour_a_day_needs_a_word(cast: Cast) -> None:
    version = approve(cast, justified(cast, minutes="12"))
    with pytest.raises(Refused) as refusal:
        verbs.issue(version, by=cast.linjing)
    assert refusal.value.field == "despite"
    assert verbs.issue(version, by=cast.linjing, despite="试行一个月").is_issued


def test_the_next_version_replaces_and_records_keep_theirs(cast: Cast) -> None:
    form = issued(cast)
    made = filled(form, cast.chenan)
    second = verbs.change_form(form, by=cast.heli)
    with pytest.raises(Refused):
        verbs.change_form(form, by=cast.heli)
    verbs.edit_version(second, by=cast.heli, fields=[*MARKET, field("price", "money", "价格")])
    second.refresh_from_db()
    said: dict[str, Any] = {"serves": ["follow"], "readers": ["manager"], "fillers": ["rep"]}
    verbs.justify(second, by=cast.heli, decision="定价", minutes=Decimal(5), times=1, period="week", **said)
    second.refresh_from_db()
    form = verbs.issue(approve(cast, second), by=cast.linjing)
    first, current = form.versions.order_by("number")
    assert (first.state, current.state, current.number) == (State.REPLACED, State.ISSUED, 2)
    made.refresh_from_db()
    assert made.form_version == first
    assert filled(form, cast.lina, price="12万").answers["price"] == "120000.00"


def test_retired_nobody_is_asked_for_it(cast: Cast) -> None:
    form = issued(cast)
    verbs.change_form(form, by=cast.heli)
    retired = verbs.retire_form(form, reason="没人看", by=cast.linjing)
    assert not retired.is_issued
    assert form.versions.filter(state=State.DROPPED).count() == 1
    assert verbs.retire_form(retired, reason="再停", by=cast.linjing).retired_reason == "没人看"
    for act in (lambda: filled(form, cast.chenan), lambda: verbs.change_form(retired, by=cast.linjing)):
        with pytest.raises(Refused):
            act()
    with pytest.raises(Refused):
        verbs.retire_form(Form.objects.get(code="F08"), reason="太多", by=cast.linjing)


def test_what_is_being_approved_is_not_retired(cast: Cast) -> None:
    form = issued(cast)
    second = verbs.change_form(form, by=cast.heli)
    said: dict[str, Any] = {"readers": ["manager"], "fillers": ["rep"], "reason": "看价格"}
    verbs.justify(second, by=cast.heli, decision="定价", minutes=Decimal(5), times=1, period="week", **said)
    second.refresh_from_db()
    version = approve(cast, second)
    with pytest.raises(Refused):
        verbs.retire_form(form, reason="不要了", by=cast.linjing)
    Form.objects.filter(pk=form.pk).update(retired_at=version.proposed_at, retired_reason="并发停用")
    with pytest.raises(Refused):
        verbs.issue(version, by=cast.linjing)


def test_a_justification_says_who_reads_it_and_what_for(cast: Cast) -> None:
    version = justified(cast)
    good: dict[str, Any] = {
        **{"decision": "看市场", "readers": ["manager"], "fillers": ["rep"], "minutes": Decimal(5)},
        **{"times": 1, "period": "day", "reason": "需要"},
    }
    wrong: list[dict[str, Any]] = [
        {"readers": []},
        {"fillers": []},
        {"readers": ["king"]},
        {"serves": ["nowhere/never"]},
        {"minutes": Decimal(0)},
        {"times": 51},
        {"period": "hour"},
        {"reason": " "},
        {"decision": "x" * 601},
    ]
    for change in wrong:
        with pytest.raises(Refused):
            verbs.justify(version, by=cast.heli, **{**good, **change})
    FormVersion.objects.filter(pk=version.pk).update(decision={})
    with pytest.raises(Refused):
        verbs.justify(version, by=cast.heli, **{**good, "decision": ""})


def test_fields_that_make_no_form_are_refused(cast: Cast) -> None:
    version = justified(cast)
    wrong = [
        [field("a"), field("a")],
        [field("A b")],
        [field("a", "moon")],
        [field("a", label="x" * 81)],
        [field("a", help={"en": "x" * 301})],
        [field("a", rule="past")],
        [field("a", "number", least=3, most=2)],
        [field("a", "choice", choices=("one",))],
        [field("a", "choice", choices=("one", "one"))],
        [field("a", "multi", choices=("one", "x" * 81))],
        [field("a", choices=("one", "two"))],
        [field("a", label="\x00")],
        [field(f"a{number}") for number in range(41)],
    ]
    for fields in wrong:
        with pytest.raises(Refused):
            verbs.edit_version(version, by=cast.heli, fields=fields)
    empty = verbs.propose_form(code="E1", names="空表", by=cast.heli)
    with pytest.raises(Refused):
        verbs.edit_version(empty, by=cast.heli, names={"zh-hans": ""})
    said: dict[str, Any] = {"readers": ["manager"], "fillers": ["rep"], "reason": "看价格"}
    verbs.justify(empty, by=cast.heli, decision="定价", minutes=Decimal(5), times=1, period="week", **said)
    empty.refresh_from_db()
    with pytest.raises(Refused):
        verbs.ask_approval(empty, by=cast.heli)


def test_numbers_are_taken_once_and_pages_keep_their_fields(cast: Cast) -> None:
    for code in ("F02", "x", "中文", "a b"):
        with pytest.raises(Refused):
            verbs.propose_form(code=code, names="表", by=cast.linjing)
    page = verbs.change_form(Form.objects.get(code="F08"), by=cast.linjing)
    with pytest.raises(Refused):
        verbs.edit_version(page, by=cast.linjing, fields=MARKET)
    assert verbs.edit_version(page, by=cast.linjing, names="日清").names["zh-hans"] == "日清"


def test_a_form_is_kept_by_its_owner(cast: Cast) -> None:
    form = issued(cast)
    with pytest.raises(Forbidden):
        verbs.change_form(form, by=cast.wumin)
    with pytest.raises(Refused):
        verbs.give_form(form, to=cast.chenan, by=cast.linjing)
    verbs.give_form(form, to=cast.wumin, by=cast.linjing)
    form.refresh_from_db()
    assert verbs.change_form(form, by=cast.wumin).number == 2
    with pytest.raises(Forbidden):
        verbs.propose_form(code="X1", names="表", by=cast.chenan)
    with pytest.raises(Forbidden):  # for the house, or for units that are not theirs
        verbs.propose_form(code="X2", names="表", by=cast.wumin, unit=cast.maxiao.unit)


def test_only_whom_it_is_for_fills_it_in(cast: Cast) -> None:
    form = issued(cast, unit=cast.unit("D1"))
    filled(form, cast.chenan)
    for user in (cast.maxiao, cast.wumin):
        with pytest.raises(Forbidden):
            filled(form, user)
    with pytest.raises(Refused):
        verbs.fill_form(Form.objects.get(code="F08"), Filled({}), by=cast.chenan)


def test_furnishing_again_changes_nothing(cast: Cast) -> None:
    versions = FormVersion.objects.count()
    Form.objects.get(code="F18").versions.update(minutes=9)
    furnish()
    assert FormVersion.objects.count() == versions
    assert FormVersion.objects.get(form__code="F18").minutes == 9
    with pytest.raises(Forbidden):
        verbs.add_form(code="Z1", names={"en": "Z"}, fields=MARKET, by=cast.chenan)
    made = verbs.add_form(
        code="Z1", names={"en": "Z"}, fields=MARKET, minutes=Decimal(1), times=1, period="week", by=None
    )
    assert made.is_issued


def test_a_request_of_another_kind_is_not_approved_here(cast: Cast) -> None:
    form = issued(cast, signed=True)
    made = filled(form, cast.chenan)
    asked = Request.objects.about(made).get()
    with pytest.raises(Refused):
        verbs.confirm_form(asked, opinion="这不是审批表单的签字", by=cast.wumin)
