"""Negotiating a target, approving it, adjusting it while it runs, moving a territory (C9, M64)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from loudou.journal.models import Entry
from loudou.journal.sentences import plain_sentence
from loudou.kernel import clock
from loudou.kernel.allocation import CannotAllocate
from loudou.kernel.periods import Fiscal
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.models import Unit, User
from loudou.people.queries import organisation
from loudou.signoff.models import Request
from loudou.signoff.verbs import delegate
from loudou.targets import verbs
from loudou.targets.figures.agreeing import Evidence, Stretch, catch_up, coarsest, respread, zero_sum
from loudou.targets.models import Negotiation, Target
from loudou.targets.queries.agreeing import Team, bearers, catching_up, check_of, evidence_of
from tests.cast import Cast
from tests.doors import enter, led
from tests.exchange.calling import Calls
from tests.make import instant
from tests.targets.test_pages import text
from tests.targets.test_weighing import people_company, won

YEAR = Fiscal().parse("2026")
OPINION = "同意，按季检视一次进度"
WORDS = {"specific": "华东装备", "attainable": "在手商机充足", "relevant": "三年进前五"}


@pytest.fixture(autouse=True)
def december() -> Iterator[None]:
    with clock.at(instant("2025-12-10 10:00")):
        yield


@pytest.fixture
def talk(cast: Cast) -> Negotiation:
    """何立 offers 直销一部 27 million."""
    unit = Unit.objects.get(pk=cast.wumin.unit_id)
    return verbs.open_negotiation(
        unit=unit, metric="bookings", period=YEAR, envelope=Decimal(27_000_000), by=cast.heli, text="先谈谈"
    )


def propose(
    talk: Negotiation, cast: Cast, wan: int = 2700, parts: tuple[int, ...] = (972, 972, 810, 486), **more: Any
) -> Negotiation:
    people = (cast.chenan, cast.lina, cast.zhangwei, cast.zhoukai)
    amounts = {one.username: Decimal(part * 10_000) for one, part in zip(people, parts, strict=True)}
    said = {"comment": "新产线投产", **WORDS, **more}
    return verbs.propose_target(talk, amount=Decimal(wan * 10_000), parts=amounts, by=cast.wumin, **said)


def approve(talk: Negotiation, cast: Cast) -> None:
    request = verbs.submit_target(talk, by=cast.wumin)
    assert request.signer == cast.heli
    verbs.confirm_target(request, opinion=OPINION, by=cast.heli)


def of(user: User | None, name: str) -> Target:
    period = Fiscal().parse(name)
    return Target.objects.get(person=user, starts_on=period.start, ends_on=period.end)


def test_what_was_negotiated_becomes_targets_by_the_month(cast: Cast, talk: Negotiation) -> None:
    talk = propose(talk, cast, wan=2600, text="按在手商机", parts=(1000, 1000, 800, 440))
    talk = verbs.answer_proposal(talk, text="再看看漏斗", envelope=Decimal(27_500_000), by=cast.heli)
    talk = propose(talk, cast)
    approve(talk, cast)
    talk.refresh_from_db()
    assert talk.state == "approved" and [turn.from_above for turn in talk.rounds.all()] == [
        True,
        False,
        True,
        False,
    ]
    whole = of(None, "2026")
    assert (whole.amount, whole.approved_by, whole.relevant) == (27_000_000, cast.heli, "三年进前五")
    months = Target.objects.filter(person=cast.lina).exclude(ends_on=YEAR.end, starts_on=YEAR.start)
    assert months.count() == 12 and sum(one.amount for one in months) == 9_720_000
    assert Target.objects.filter(approved_by=None).count() == 0
    with pytest.raises(Refused) as refusal:
        verbs.adjust_target(whole, amount=Decimal(1), by=cast.heli)
    assert refusal.value.field == "amount"
    with pytest.raises(Refused):
        verbs.withdraw_targets([whole.pk], by=None)
    assert Entry.objects.filter(event="negotiation.approved").count() == 1
    assert str(talk.rounds.all()[0]).endswith("#1") and talk.in_money


def test_who_signs_for_one_who_is_away_sets_the_targets_as_well(cast: Cast, talk: Negotiation) -> None:
    """liuyang of another unit signs for heli and may set nothing there otherwise; on whose behalf is on record."""
    request = verbs.submit_target(propose(talk, cast), by=cast.wumin)
    today = organisation().today
    delegate(cast.heli, to=cast.liuyang, first=today, last=today, by=cast.heli)
    verbs.confirm_target(request, opinion=OPINION, by=cast.liuyang)
    assert (of(None, "2026").relevant, of(cast.lina, "2026").amount) == ("三年进前五", 9_720_000)
    signed = Entry.objects.get(event="signoff.signed")
    assert plain_sentence(signed).startswith("替何立签批 ")
    with translation.override("zh-hant"):
        assert plain_sentence(signed).startswith("替何立簽核 ")
    with translation.override("en"):
        assert f"for 何立: “{OPINION}”" in plain_sentence(signed)
    with pytest.raises(Forbidden):
        verbs.describe_target(of(None, "2026"), relevant="别的", by=cast.liuyang)


def test_people_who_carry_too_little_block_the_approval_until_a_director_waives(
    cast: Cast, talk: Negotiation, client: Client
) -> None:
    talk = propose(talk, cast, parts=(972, 972, 810, 400))
    check, ratio = check_of(talk)
    assert (check.shortfall, ratio.value) == (860_000, Decimal(3154) / Decimal(2700))
    request = verbs.submit_target(talk, by=cast.wumin)
    with pytest.raises(Refused) as refusal:
        verbs.confirm_target(request, opinion=OPINION, by=cast.heli)
    assert "860,000" in refusal.value.sentence and not Target.objects.exists()
    verbs.refuse_target(request, opinion="先把缺口补上，下周再来谈", by=cast.heli)
    talk.refresh_from_db()
    assert talk.state == "negotiating"
    with pytest.raises(Forbidden):
        verbs.waive_over_assignment(talk, reason="x", by=cast.wumin)
    with pytest.raises(Refused):
        verbs.waive_over_assignment(talk, reason=" ", by=cast.heli)
    talk = verbs.waive_over_assignment(talk, reason="渠道补足", by=cast.heli)
    approve(talk, cast)
    assert of(None, "2026").amount == 27_000_000 and of(cast.zhoukai, "2026").amount == 4_000_000
    assert led(client, cast.zhoukai, "negotiation.approved") == (200, "/analysis/targets/")


def test_each_guard_says_what_is_missing(cast: Cast, talk: Negotiation) -> None:
    def refused(act: Any) -> str:
        with pytest.raises(Refused) as refusal:
            act()
        return refusal.value.field

    unit = talk.unit
    terms = {"unit": unit, "metric": "bookings", "period": YEAR, "envelope": Decimal(1)}
    assert refused(lambda: verbs.open_negotiation(**terms, by=cast.heli)) == "period"
    assert refused(lambda: verbs.open_negotiation(**{**terms, "metric": "fame"}, by=cast.heli)) == "metric"
    with pytest.raises(Forbidden):
        verbs.open_negotiation(**{**terms, "metric": "deals"}, by=cast.wumin)
    assert refused(lambda: verbs.submit_target(talk, by=cast.wumin)) == "amount"
    with pytest.raises(Forbidden):
        verbs.answer_proposal(talk, text="不同意", by=cast.wumin)
    assert refused(lambda: verbs.answer_proposal(talk, text=" ", by=cast.heli)) == "text"
    bare = propose(talk, cast, comment="", specific="")
    assert refused(lambda: verbs.submit_target(bare, by=cast.wumin)) == "specific"
    unreal = propose(talk, cast, comment="")
    assert refused(lambda: verbs.submit_target(unreal, by=cast.wumin)) == "comment"
    with pytest.raises(Stale):
        propose(talk, cast, version=1)
    verbs.drop_negotiation(talk, by=cast.heli)
    assert refused(lambda: propose(talk, cast)) == ""
    root = Unit.objects.get(parent=None, code="HQ")
    top = verbs.open_negotiation(unit=root, metric="deals", period=YEAR, envelope=Decimal(100), by=None)
    assert not top.in_money and verbs.answer_proposal(top, text="可以", by=None).envelope == 100


def test_history_funnel_and_capacity_lie_beside_it(cast: Cast, talk: Negotiation) -> None:
    won(cast.lina, 1_200_000, "2025-06-01")
    evidence = evidence_of(Team(talk, people_company()))
    assert evidence.last_year == 1_200_000 and evidence.capacity is not None and evidence.capacity > 0
    assert not evidence.is_real(Decimal(27_000_000)) and evidence.is_real(Decimal(1_800_000))
    assert evidence.stretch(Decimal(750_000)).value == Decimal("0.5")
    lina = next(one for one in bearers(Team(talk, people_company())) if one.person == cast.lina)
    assert lina.evidence.last_year == 1_200_000 and lina.amount is None
    talk.metric = "cash"
    assert evidence_of(Team(talk, people_company())).is_real(Decimal(10**9))
    assert bearers(Team(talk, people_company()))[0].evidence.stretch(Decimal(1)).value is None


def test_a_running_target_changes_from_a_month_to_come_signed_one_level_above(
    cast: Cast, talk: Negotiation
) -> None:
    approve(propose(talk, cast), cast)
    whole = of(None, "2026")
    before = {n: of(None, f"2026-{n:02}").amount for n in range(1, 13)}
    terms = {"cause": "market", "reason": "行业下行"}
    with clock.at(instant("2026-06-10")):

        def refused(amount: int, day: date, **more: Any) -> str:
            said = {**terms, **more}
            with pytest.raises(Refused) as refusal:
                verbs.propose_adjustment([(whole, Decimal(amount))], effective_on=day, by=cast.wumin, **said)
            return refusal.value.field

        july = date(2026, 7, 1)
        assert refused(25_000_000, date(2026, 6, 1)) == "effective_on"
        assert refused(25_000_000, date(2026, 7, 2)) == "effective_on"
        assert refused(25_000_000, date(2027, 2, 1)) == "effective_on"
        assert refused(25_000_000, july, cause="whim") == "cause"
        assert refused(25_000_000, july, reason=" ") == "reason"
        assert refused(1_000_000, july) == "amount"  # less than what is frozen
        request = verbs.propose_adjustment(
            [(whole, Decimal(25_000_000))], effective_on=july, by=cast.wumin, **terms
        )
        assert request.owner == cast.heli and request.signer == cast.hezong
        with pytest.raises(Forbidden):
            verbs.confirm_target(request, opinion=OPINION, by=cast.heli)
        verbs.confirm_target(request, opinion=OPINION, by=cast.hezong)
    whole.refresh_from_db()
    after = {n: of(None, f"2026-{n:02}").amount for n in range(1, 13)}
    assert whole.amount == 25_000_000 and sum(after.values()) == 25_000_000
    assert all(after[n] == before[n] for n in range(1, 7)) and all(after[n] < before[n] for n in range(7, 13))
    edition = whole.editions.first()
    assert edition is not None and (edition.number, edition.cause, edition.effective_on) == (
        2,
        "market",
        july,
    )
    late = Request.objects.get(pk=request.pk)
    with pytest.raises(Refused):
        verbs.confirm_target(late, opinion="同意，请各部门照此执行", by=cast.hezong)


def test_a_territory_moves_targets_and_adds_nothing(cast: Cast, talk: Negotiation) -> None:
    approve(propose(talk, cast), cast)
    giver, taker = of(cast.zhoukai, "2026"), of(cast.lina, "2026")
    august = date(2026, 8, 1)
    with clock.at(instant("2026-07-10")):
        changes = [(giver, Decimal(4_000_000)), (taker, Decimal(10_600_000))]
        terms = {"effective_on": august, "cause": "territory", "reason": "宁波客户移交李娜"}
        with pytest.raises(Refused) as refusal:
            verbs.propose_adjustment(changes, by=cast.wumin, **terms)
        assert refusal.value.field == "amount"
        changes[1] = (taker, Decimal(10_580_000))
        request = verbs.propose_adjustment(changes, by=cast.wumin, **terms)
        verbs.confirm_target(request, opinion=OPINION, by=cast.hezong)
    months = Target.objects.filter(person__in=(cast.zhoukai, cast.lina), starts_on__lt=august).exclude(
        ends_on=YEAR.end
    )
    assert not any(one.editions.count() > 1 for one in months)
    giver.refresh_from_db()
    taker.refresh_from_db()
    assert giver.amount + taker.amount == 14_580_000 and giver.amount == 4_000_000
    second = verbs.propose_adjustment
    with clock.at(instant("2026-07-11")):
        asked = second(
            [(giver, Decimal(4_100_000))], effective_on=august, cause="error", reason="录错", by=cast.wumin
        )
        Target.objects.filter(pk=giver.pk).update(version=99)
        with pytest.raises(Refused):
            verbs.confirm_target(asked, opinion="同意，更正后通知本人", by=cast.hezong)


def test_what_was_missed_is_shown_and_never_added(cast: Cast, talk: Negotiation) -> None:
    approve(propose(talk, cast), cast)
    lina = of(cast.lina, "2026")
    with clock.at(instant("2026-11-10")):
        shown = catching_up(lina, people_company())
        due = sum((of(cast.lina, f"2026-{n:02}").amount for n in range(1, 11)), Decimal(0))
        official = of(cast.lina, "2026-11").amount + of(cast.lina, "2026-12").amount
        assert list(shown) == ["2026-11", "2026-12"] and sum(shown.values()) == due + official
        assert catching_up(of(None, "2026"), people_company())
        assert of(cast.lina, "2026").amount == 9_720_000
    assert catching_up(lina, people_company()) == {}
    lina.metric = "cash"
    with clock.at(instant("2026-11-10")):
        assert catching_up(lina, people_company()) == {}
        lina.metric, lina.family = "bookings", "数控机床"  # wins do not say how far a family is
        assert catching_up(lina, people_company()) == {}


def test_a_month_that_was_never_set_is_made_by_an_adjustment(cast: Cast) -> None:
    year = verbs.set_target(
        unit=None, person=cast.lina, metric="bookings", period=YEAR, amount=Decimal(1_200_000), by=None
    )
    with clock.at(instant("2026-06-10")):
        asked = verbs.propose_adjustment(
            [(year, Decimal(1_300_000))],
            effective_on=date(2026, 7, 1),
            cause="error",
            reason="录错",
            by=cast.wumin,
        )
        verbs.confirm_target(asked, opinion=OPINION, by=cast.heli)
    assert of(cast.lina, "2026").amount == 1_300_000
    assert Target.objects.filter(person=cast.lina).count() == 7


def test_figures_of_agreeing() -> None:
    parts = [
        Stretch("1", Decimal(30), Decimal(1), fixed=True),
        Stretch("2", Decimal(35), Decimal(1), False),
        Stretch("3", Decimal(35), Decimal(3), False),
    ]
    assert [line.after for line in respread(Decimal(70), parts)] == [30, 10, 30]
    with pytest.raises(CannotAllocate):
        respread(Decimal(29), parts)
    assert catch_up(parts, Decimal(10), ["1"]) == {"2": 40, "3": 50}
    assert catch_up(parts, Decimal(30), ["1"]) == {} and catch_up(parts, Decimal(0), ["1", "2", "3"]) == {}
    assert (coarsest(Decimal(50_000)), coarsest(Decimal("0.07")), coarsest(Decimal("0.001"))) == (
        10_000,
        Decimal("0.01"),
        Decimal("0.01"),
    )
    assert Evidence().known is None


def test_a_target_is_real_up_to_one_and_a_half_times_what_is_known() -> None:
    known = Evidence(last_year=Decimal(60), funnel=Decimal(40))
    assert known.is_real(Decimal(150)) and not known.is_real(Decimal("150.01"))
    assert Evidence().is_real(Decimal(10**9))


def test_what_is_fixed_may_be_all_there_is() -> None:
    parts = [Stretch("1", Decimal(30), Decimal(1), True), Stretch("2", Decimal(35), Decimal(1), False)]
    assert [line.after for line in respread(Decimal(30), parts)] == [30, 0]


def test_moves_that_add_are_told_from_moves_that_take_away() -> None:
    assert zero_sum([(Decimal(100), Decimal(80)), (Decimal(50), Decimal(90))]) == 20


def test_the_whole_way_on_pages(cast: Cast, client: Client) -> None:
    heli, wumin = enter(client, cast.heli), enter(Client(), cast.wumin)
    unit = Unit.objects.get(pk=cast.wumin.unit_id)
    assert "没有正在协商的目标" in text(wumin.get("/targets/negotiations/"))
    said = {
        "unit": str(unit.pk),
        "metric": "bookings",
        "period": "2026",
        "envelope": "2700万",
        "text": "先谈谈",
    }
    assert heli.post("/targets/negotiations/open/", {**said, "period": "x"}).status_code == 422
    assert heli.post("/targets/negotiations/open/", said).status_code == 302
    talk = Negotiation.objects.get()
    address = f"/targets/negotiations/{talk.pk}/"
    assert "2,700" in text(wumin.get(address)) and unit.name in text(wumin.get("/targets/negotiations/"))
    assert "120 % 检查" not in text(wumin.get(address))  # nobody carries anything yet: nothing is missing
    assert 'value="27,000,000"' in heli.get(address).content.decode()
    turn = {"amount": "2700万", "text": "按在手商机", "comment": "新产线", **WORDS, "version": "1"}
    misread = wumin.post(f"{address}propose/", {**turn, "part-lina": "much", "part-chenan": "1"})
    assert misread.status_code == 422
    assert re.findall(r'name="part-(\w+)"[^>]*aria-invalid="true"', misread.content.decode()) == ["lina"]
    assert wumin.post(f"{address}propose/", {**turn, "amount": "-1"}).status_code == 422
    assert (
        wumin.post(f"{address}propose/", {**turn, "part-lina": "3000万", "part-chenan": ""}).status_code
        == 302
    )
    assert wumin.post(f"{address}propose/", turn).status_code == 409
    assert heli.post(f"{address}answer/", {"envelope": "2700万", "text": ""}).status_code == 422
    assert heli.post(f"{address}answer/", {"envelope": "2800万", "text": "再加一点"}).status_code == 302
    assert wumin.post(f"{address}waive/", {"waiver": "x"}).status_code == 403
    assert heli.post(f"{address}waive/", {"waiver": ""}).status_code == 422
    assert heli.post(f"{address}waive/", {"waiver": "渠道补足"}).status_code == 302
    assert wumin.post(f"{address}submit/", {}).status_code == 302
    page = text(wumin.get(address))
    assert "何立" in page and "渠道补足" in page and "111.1%" in page
    request = Request.objects.get()
    assert "27,000,000" in text(heli.get(f"/signoff/{request.pk}/")).replace("2,700万", "27,000,000")
    assert heli.post(f"/signoff/{request.pk}/targets/refuse/", {"opinion": "短"}).status_code == 422
    assert heli.post(f"/signoff/{request.pk}/targets/confirm/", {"opinion": OPINION}).status_code == 302
    target = of(None, "2026")
    assert "已批准" in text(wumin.get(address)) and "提出调整" in text(wumin.get(f"/targets/{target.pk}/"))


def test_an_adjustment_and_a_move_on_pages(cast: Cast, talk: Negotiation, client: Client) -> None:
    approve(propose(talk, cast), cast)
    wumin = enter(client, cast.wumin)
    whole, giver, taker = of(None, "2026"), of(cast.zhoukai, "2026"), of(cast.lina, "2026")
    with clock.at(instant("2026-06-10")):
        session = wumin.session
        session["confirmed_at"] = clock.now().isoformat()
        session.save()
        page = f"/targets/{whole.pk}/adjustment/"
        assert wumin.get(page).status_code == 200
        said = {"amount": "2500万", "effective_on": "2026-07-01", "cause": "market", "reason": "行业下行"}
        look = wumin.post(page, {**said, "look": "1"})
        assert (
            look.status_code == 200
            and "冻结" in text(look)
            and not Request.objects.filter(state="waiting").exists()
        )
        assert wumin.post(page, {**said, "amount": "1"}).status_code == 422
        assert wumin.post(page, {**said, "effective_on": "2026-05-01"}).status_code == 422
        assert "等待" not in text(wumin.get(f"/targets/{whole.pk}/"))
        assert wumin.post(page, {**said, "version": str(whole.version)}).status_code == 302
        assert "等待何总签批" in text(wumin.get(f"/targets/{whole.pk}/"))
        move = f"/targets/{giver.pk}/transfer/"
        assert "李娜" in text(wumin.get(move))
        moved = {"effective_on": "2026-07-01", "reason": "移交宁波"}
        assert wumin.post(move, moved).status_code == 422
        assert wumin.post(move, {**moved, f"to-{taker.pk}": "much"}).status_code == 422
        assert "10,580,000" in text(wumin.post(move, {**moved, f"to-{taker.pk}": "86万", "look": "1"}))
        assert wumin.post(move, {**moved, f"to-{taker.pk}": "86万"}).status_code == 302
        assert Request.objects.filter(state="waiting").count() == 2
        shown = text(wumin.get(f"/targets/{whole.pk}/"))
        assert "提出调整" not in shown and "追赶" in shown  # one change at a time


def test_a_territory_moves_over_the_api_zero_sum(cast: Cast, talk: Negotiation) -> None:
    approve(propose(talk, cast), cast)
    giver, taker, other = (of(who, "2026") for who in (cast.zhoukai, cast.lina, cast.chenan))
    before = giver.amount + taker.amount + other.amount
    with clock.at(instant("2026-06-10")):
        call, address = Calls(cast.wumin), f"/targets/{giver.pk}/transfer"
        said = {"effective_on": "2026-07-01", "reason": "移交宁波", "version": giver.version}
        takers = [{"target": taker.pk, "amount": "500000"}, {"target": other.pk, "amount": "360000.01"}]
        whole = [{"target": of(None, "2026").pk, "amount": "1"}]
        assert call.post(address, {**said, "takers": whole}).status_code == 422
        assert call.post(address, {**said, "takers": takers, "version": 9}).status_code == 409
        asked = call.post(address, {**said, "takers": takers})
        assert asked.status_code == 202 and asked.json()["signer"] == cast.hezong.pk
        signing = f"/requests/{asked.json()['request']}/sign"
        signed = Calls(cast.hezong).post(signing, {"opinion": OPINION, "version": 1})
        assert signed.status_code == 200, signed.content
    after = [of(who, "2026").amount for who in (cast.zhoukai, cast.lina, cast.chenan)]
    assert sum(after) == before
    assert after == [
        giver.amount - Decimal("860000.01"),
        taker.amount + 500_000,
        other.amount + Decimal("360000.01"),
    ]


def test_a_month_of_a_count_is_negotiated_without_parts(cast: Cast) -> None:
    unit = Unit.objects.get(pk=cast.wumin.unit_id)
    month = Fiscal().parse("2026-03")
    talk = verbs.open_negotiation(unit=unit, metric="deals", period=month, envelope=Decimal(6), by=cast.heli)
    talk = verbs.propose_target(talk, amount=Decimal(5), by=cast.wumin, comment="试点", **WORDS)
    approve(talk, cast)
    target = Target.objects.get()
    assert (target.amount, target.currency, target.period) == (5, "", month)


def test_what_cannot_be_written_stops_the_approval(cast: Cast, talk: Negotiation) -> None:
    june = verbs.CellInput(talk.unit, None, Fiscal().parse("2026-06"), Decimal(7), locked=True)
    verbs.set_cells([june], metric="bookings", by=None)
    request = verbs.submit_target(propose(talk, cast), by=cast.wumin)
    with pytest.raises(Refused) as refusal:
        verbs.confirm_target(request, opinion=OPINION, by=cast.heli)
    assert "锁定" in refusal.value.sentence and Target.objects.count() == 1
    Request.objects.filter(pk=request.pk).update(act="pipeline.win")
    with pytest.raises(Refused):
        verbs.confirm_target(Request.objects.get(pk=request.pk), opinion=OPINION, by=cast.heli)


def test_an_adjustment_that_is_sent_back_or_says_the_same_changes_nothing(
    cast: Cast, talk: Negotiation
) -> None:
    approve(propose(talk, cast), cast)
    whole = of(None, "2026")
    terms = {"effective_on": date(2026, 7, 1), "cause": "error", "reason": "录错", "by": cast.wumin}
    with clock.at(instant("2026-06-10")):
        returned = verbs.propose_adjustment([(whole, Decimal(28_000_000))], **terms)
        verbs.refuse_target(returned, opinion="依据不足，请补充市场数据", by=cast.hezong)
        same = verbs.propose_adjustment([(whole, whole.amount)], **terms)
        verbs.confirm_target(same, opinion="核对无误，维持原目标", by=cast.hezong)
    whole.refresh_from_db()
    assert whole.amount == 27_000_000 and whole.editions.count() == 1


def test_a_target_in_another_currency_and_one_nobody_works_for_are_not_adjusted_so(cast: Cast) -> None:
    terms = {"effective_on": date(2026, 7, 1), "cause": "error", "reason": "录错", "by": cast.wumin}
    year = verbs.set_target(
        unit=cast.wumin.unit, metric="bookings", period=YEAR, amount=Decimal(100), by=None
    )
    with clock.at(instant("2026-06-10")):
        Target.objects.update(currency="USD")
        year.refresh_from_db()
        with pytest.raises(Refused) as refusal:
            verbs.propose_adjustment([(year, Decimal(200))], **terms)
        assert refusal.value.field == "amount"
        Target.objects.update(currency="CNY")
        year.refresh_from_db()
        for month in range(7, 13):
            verbs.set_season(month=month, index=Decimal(0), by=None)
        with pytest.raises(Refused) as refusal:
            verbs.propose_adjustment([(year, Decimal(200))], **terms)
        assert "权重" in refusal.value.sentence
