"""The first page: what each person lives in, true and within its budget."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from loudou.desk.queries import day, house, strip, team
from loudou.journal.models import Delivery
from loudou.kernel import clock
from loudou.kernel.numbers import ZERO
from loudou.people import verbs as people
from loudou.people.models import Organisation, User
from loudou.people.queries import organisation
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal
from loudou.signoff.models import Request
from loudou.signoff.queries import waiting_keys
from tests import make
from tests.cast import Cast
from tests.doors import PEOPLE, enter
from tests.world import World


def home(user: User) -> str:
    answer = enter(Client(), user).get("/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def stepping(owner: User, title: str, in_days: int, **details: Any) -> Deal:
    """A deal whose next step is due in so many days."""
    day_ = organisation().today + timedelta(days=in_days)
    return make.deal(owner, title=title, next_step=f"{title}的下一步", next_on=day_, **details)


def test_the_day_begins_with_what_is_due_then_what_is_late(cast: Cast) -> None:
    for title, in_days in (("后天", 2), ("前天", -2), ("今天", 0), ("昨天", -1), ("下月", 30)):
        stepping(cast.chenan, title, in_days)
    found = day.my_day(cast.chenan, organisation())
    told = [(task.kind, task.deal.title, task.days) for task in found.tasks if task.kind != "gate"]
    assert told == [("due", "今天", 0), ("late", "前天", 2), ("late", "昨天", 1), ("soon", "后天", 2)]
    page = home(cast.chenan)
    assert page.index("今天的下一步") < page.index("前天的下一步") < page.index("后天的下一步")
    assert "晚 2 天" in page


def test_who_rests_too_long_is_taken_up_again(cast: Cast) -> None:
    deal = make.deal(cast.chenan, title="休眠")
    verbs.hold(deal, by=cast.chenan, wake_on=organisation().today + timedelta(days=5), reason="客户搬厂")
    assert not day.my_day(cast.chenan, organisation()).tasks
    with clock.at(clock.now() + timedelta(days=7)):
        (task,) = day.my_day(cast.chenan, organisation()).tasks
        assert (task.kind, task.days) == ("wake", 2)


def test_one_item_short_names_the_item(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    make.fill_gate(deal, cast.chenan)
    evidence = deal.evidence.filter(withdrawn_at=None).first()
    assert evidence is not None
    name = str(evidence.kind)
    verbs.withdraw_evidence(evidence, by=cast.chenan, reason="客户收回了")
    (task,) = (task for task in day.my_day(cast.chenan, organisation()).tasks if task.kind == "gate")
    assert task.text == name


def test_an_empty_day_says_how_to_begin(cast: Cast) -> None:
    assert 'href="/deals/open/"' in home(cast.chenan)
    assert day.my_day(cast.chenan, organisation()).has_deals is False


def test_who_leads_an_empty_house_is_told_how_to_begin(cast: Cast) -> None:
    beginning = "新建第一个商机"
    assert beginning in home(cast.heli) and beginning in home(cast.wumin)
    make.deal(cast.lina)
    assert beginning not in home(cast.heli)


def test_the_strip_counts_what_the_list_shows(cast: Cast) -> None:
    make.deal(cast.chenan, amount=100_000)
    make.advance(make.deal(cast.chenan, amount=50_000))
    make.deal(cast.lina, amount=7)
    (mine,) = strip.strips(strip.whose(cast.chenan))
    assert (mine.count, mine.amount) == (2, Decimal(150_000))
    assert [step.count for step in mine.steps][:2] == [1, 1]
    (theirs,) = strip.strips(strip.whose(cast.wumin))
    assert theirs.count == 3
    (everything,) = strip.strips(strip.whose(cast.hezong))
    assert everything.count == 3
    assert strip.strips(strip.whose(cast.maxiao)) == []


def test_wins_of_the_month_are_counted(cast: Cast) -> None:
    deal = make.at_last_stage(cast.chenan, amount=80_000)
    make.fill_gate(deal, None)
    verbs.win(deal, by=None)
    company = organisation()
    wins = day.won_since(company.today.replace(day=1), company, strip.whose(cast.chenan))
    assert (wins.count, wins.amount) == (1, Decimal(80_000))
    assert "8万" in home(cast.chenan)
    assert [deal.pk for deal in house.recent_wins(cast.qianjin)] == [deal.pk]
    assert deal.title in home(cast.qianjin)


def test_finance_sees_how_far_the_books_are_closed_and_the_rates_in_force(cast: Cast) -> None:
    today = organisation().today
    for kind, since, rate in (
        ("plan", 400, "7.1"),
        ("plan", 30, "7.2"),
        ("spot", 1, "7.25"),
        ("spot", -5, "8.8888"),
    ):
        day_ = today - timedelta(days=since)
        people.set_rate(currency="USD", kind=kind, valid_from=day_, rate=Decimal(rate), by=cast.qianjin)
    shown = home(cast.qianjin)
    assert "尚未封账" in shown and "月度封账" in shown
    assert [f"{one.kind} {one.rate.normalize()}" for one in house.books(organisation()).rates] == [
        "plan 7.2",
        "spot 7.25",
    ]
    assert "7.25" in shown and "8.8888" not in shown
    last = today.replace(day=1) - timedelta(days=1)
    Organisation.objects.update(closed_through=last)
    assert f"已封至 {last.year}-{last:%m-%d}" in home(cast.qianjin)
    assert 'id="books"' not in home(cast.linjing)


def test_a_manager_sees_the_team_and_its_trouble(cast: Cast) -> None:
    stepping(cast.chenan, "拖延", -9, amount=900_000)
    make.deal(cast.lina, title="没有下一步", amount=1)
    company = organisation()
    rows = {row.who.name: row for row in team.members(cast.wumin, company)}  # type: ignore[union-attr]
    assert (rows["陈安"].count, rows["陈安"].amount, rows["陈安"].bare) == (1, Decimal(900_000), 0)
    assert rows["李娜"].bare == 1
    assert {trouble.code: trouble.count for trouble in team.troubles(cast.wumin, company)} == {
        "urgent": 1,
        "next_overdue": 1,
        "no_next_step": 1,
    }
    page = home(cast.wumin)
    assert "陈安" in page
    assert "拖延" in page


def test_a_large_team_is_shown_by_unit(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "SMALL_TEAM", 3)
    make.deal(cast.chenan, amount=100)
    make.deal(cast.sunqiang, amount=20)
    make.deal(cast.maxiao, amount=3)
    company = organisation()
    below = {row.who.code: row for row in team.members(cast.heli, company)}  # type: ignore[union-attr]
    assert (below["D1"].amount, below["D2"].count, below["D3"].amount) == (Decimal(100), 1, ZERO)
    regions = {row.who.code: row.amount for row in team.members(cast.hezong, company)}  # type: ignore[union-attr]
    assert regions == {"CENTER": Decimal(120), "SOUTH": Decimal(3), "NORTH": ZERO}
    assert "直销一部" in home(cast.heli)


def test_what_waits_for_a_signature_comes_first(cast: Cast) -> None:
    World().request  # noqa: B018 - made when first asked for
    assert len(waiting_keys(cast.wumin)) == 1
    Request.objects.update(due_at=clock.now() - timedelta(hours=1))
    page = home(cast.wumin)
    assert "跳阶商机" in page
    assert "逾期" in page


def test_operations_see_the_gaps_in_the_data(cast: Cast) -> None:
    make.deal(cast.chenan, title="没有客户")
    assert "no_customer" in {gap.code for gap in house.gaps(cast.linjing, organisation())}
    assert "flag=no_customer" in home(cast.linjing)


def test_administrators_see_the_accounts(cast: Cast) -> None:
    for _n in range(5):
        people.sign_in(username="lina", password="wrong", address=None)
    found = house.accounts(cast.gaoming)
    assert [user.username for user in found.locked] == ["lina"]
    assert {user.username for user in found.bare_keepers} >= {"gaoming", "anran"}
    people.add_person(username="lost", name="没有部门", unit=None, roles_held=[], by=None)
    people.add_person(username="astray", name="没部门的销售", unit=None, roles_held=["rep"], by=None)
    people.add_person(username="chief", name="总经理", unit=None, roles_held=["admin", "gm"], by=None)
    people.add_person(username="checker", name="审计", unit=None, roles_held=["auditor"], by=None)
    assert house.accounts(cast.gaoming).homeless == 2
    Delivery.objects.create(
        recipient="x@example.org",
        payload={},
        made_at=clock.now(),
        due_at=clock.now(),
        given_up_at=clock.now(),
    )
    assert house.undelivered() == 1
    page = home(cast.gaoming)
    assert "李娜" in page


def test_security_sees_what_happened_at_the_doors(cast: Cast) -> None:
    people.sign_in(username="lina", password="wrong", address=None)
    people.make_token(cast.lina, name="报表", scopes=["read"], days=3, by=cast.lina)
    assert house.failures_today() == 1
    assert [token.name for token in house.expiring_tokens()] == ["报表"]
    page = home(cast.anran)
    assert "报表" in page


def test_the_auditor_sees_how_history_stands(cast: Cast) -> None:
    assert not house.verified().good
    from loudou.journal.verify import Verdict

    people.note_verification(Verdict(rows=7), by=None)
    stands = house.verified()
    assert (stands.good, stands.until) == (True, 7)
    people.note_verification(Verdict(rows=7, bad_id=3, fault="content"), by=None)
    assert not house.verified().good
    assert 'class="red grow"' in home(cast.yanzheng)


def test_an_empty_house_says_what_is_left_to_do(cast: Cast) -> None:
    codes = {step.code: step.done for step in house.steps()}
    assert codes == {"organisation": False, "units": True, "people": True, "customers": False, "deals": False}
    assert 'id="getting-started"' in home(cast.gaoming)
    make.deal(cast.chenan)
    assert house.steps() == []
    assert 'id="getting-started"' not in home(cast.gaoming)


def test_what_came_back_stands_on_the_first_page(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    verbs.add_note(deal, text="先见决策人再报价", by=cast.wumin)
    (answer,) = day.answers(cast.chenan)
    assert answer.entry.event == "deal.noted"
    assert f'id="answer-{answer.pk}"' in home(cast.chenan)
    assert [touched.pk for touched in day.touched(cast.chenan)] == [deal.pk]


@pytest.mark.parametrize("kind", [kind for kind in PEOPLE if kind != "anonymous"])
def test_it_asks_as_often_with_ten_times_as_much(
    db: None, kind: str, django_assert_max_num_queries: Any
) -> None:
    world = World()
    client = enter(Client(), getattr(world.cast, str(PEOPLE[kind])))
    counts = []
    for times in (2, 18):
        world.grow(times)
        client.get("/")
        with django_assert_max_num_queries(20) as asked:
            assert client.get("/").status_code == 200
        counts.append(len(asked))
    assert counts[1] <= counts[0] + 1
