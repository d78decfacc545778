"""Packs of periods (F14, F15) and weekly meetings (R153): what they gather, when they freeze, what follows."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from loudou.daylog import verbs as daylog
from loudou.exchange.exporting.handing import hand
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal, Grain, Period
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.models import Unit, User
from loudou.people.queries import organisation
from loudou.pipeline import verbs as pipeline
from loudou.reviews import verbs
from loudou.reviews.models import Action, Meeting, Pack
from loudou.reviews.papers import minutes_paper
from loudou.reviews.queries.kept import commitments
from loudou.reviews.queries.shown import brought_forward
from loudou.reviews.verbs.meetings import MOST
from loudou.signoff import facts
from loudou.signoff.models import Request
from loudou.steering import verbs as steering
from loudou.targets import verbs as targets
from loudou.tasks import verbs as tasks
from loudou.tasks.models import Task
from loudou.warnings import verbs as warnings
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.markup import tight
from tests.world import World

OPINION = "原因找得准，下月先把老客户走一遍"


def today() -> date:
    return organisation().today


def month() -> Period:
    return Fiscal().of(today(), Grain.MONTH)


def part(content: list[dict], name: str) -> dict:  # type: ignore[type-arg]
    return next(one for one in content if one["name"] == name)


def test_a_report_is_put_together_from_the_records(cast: Cast) -> None:
    pipeline.win(make.at_last_stage(cast.chenan, amount=600_000), by=None)
    pipeline.lose(make.deal(cast.chenan, amount=50_000), by=None, code=make.reason())
    targets.set_target(
        unit=None,
        person=cast.chenan,
        metric="bookings",
        period=month(),
        amount=Decimal(1_200_000),
        by=None,
    )
    pack = verbs.open_pack("report", period=month(), by=cast.chenan)
    assert part(pack.content, "targets")["rows"][0][:4] == ["bookings", "1200000.00", "600000.00", "0.500000"]
    results = {key: value for key, _kind, value in part(pack.content, "results")["figures"]}
    assert (results["won"], results["won_amount"], results["lost"], results["rate"]) == (
        1,
        "600000.00",
        1,
        "0.500000",
    )
    assert part(pack.content, "losses")["rows"][0][1:] == [1, "50000.00"]
    assert verbs.open_pack("report", period=month(), by=cast.chenan).pk == pack.pk
    duty = verbs.open_pack("duty", period=month(), by=cast.chenan)
    assert "promotions" in {one["name"] for one in duty.content} - {one["name"] for one in pack.content}


def test_what_was_invoiced_and_received_is_told_as_it_came_from_elsewhere(cast: Cast) -> None:
    def told(kind: str, by: User, **about: Unit) -> list[object]:
        content = verbs.open_pack(kind, period=month(), by=by, **about).content
        return next((one["figures"] for one in content if one["name"] == "collections"), [])

    assert told("report", cast.lina) == []
    first, before = month().start, month().start - timedelta(days=1)
    rows = [
        targets.ActualRow("invoiced", first, Decimal(90_000), person=cast.chenan),
        targets.ActualRow("cash", first, Decimal("40000.50"), person=cast.chenan),
        targets.ActualRow("cash", before, Decimal(7_000), person=cast.chenan),
        targets.ActualRow("cash", first, Decimal("-500"), person=cast.lina),
        targets.ActualRow("cash", first, Decimal(1_000), person=cast.sunqiang),
    ]
    targets.record_actuals(rows, by=None)
    assert told("report", cast.chenan) == [["invoiced", "money", "90000.00"], ["cash", "money", "40000.50"]]
    unit = told("report", cast.wumin, about=cast.unit("D1"))
    assert unit == [["invoiced", "money", "90000.00"], ["cash", "money", "39500.50"]]
    assert told("duty", cast.sunqiang) == [["cash", "money", "1000.00"]]


def test_a_unit_is_reported_by_who_leads_it(cast: Cast) -> None:
    pipeline.win(make.at_last_stage(cast.lina, amount=300_000), by=None)
    pack = verbs.open_pack("report", period=month(), by=cast.wumin, about=cast.unit("D1"))
    assert ["won_amount", "money", "300000.00"] in part(pack.content, "results")["figures"]
    for by, unit in ((cast.wumin, "D2"), (cast.chenan, "D1")):
        with pytest.raises(Refused):
            verbs.open_pack("report", period=month(), by=by, about=cast.unit(unit))


def test_expenses_are_told_by_unit_and_category_in_words(cast: Cast) -> None:
    year, unit = Fiscal().of(today(), Grain.YEAR), cast.unit("D1")
    budget = steering.set_budget(unit=unit, period=year, by=None)
    steering.set_line(budget, category="exhibition", month=month().start, amount=Decimal(20_000), by=None)
    pack = verbs.open_pack("duty", period=month(), by=cast.heli, about=unit)
    line = part(pack.content, "expenses")["rows"][0]
    assert line[:3] == [unit.name, "exhibition", "20000.00"]
    shown = enter(Client(), cast.heli).get(f"/reviews/{pack.pk}/").content.decode()
    assert f"<td>{unit.name}</td><td>展会</td>" in tight(shown)


def test_what_is_no_report_is_refused(cast: Cast) -> None:
    later = Fiscal().of(today() + timedelta(days=400), Grain.MONTH)
    for kind, period, field in (
        ("weather", month(), "kind"),
        ("report", Period(today(), today() + timedelta(days=2)), "period"),
        ("report", later, "period"),
    ):
        with pytest.raises(Refused) as refused:
            verbs.open_pack(kind, period=period, by=cast.chenan)
        assert refused.value.field == field
    with pytest.raises(Forbidden):
        verbs.open_pack("report", period=month(), by=cast.linjing)


def test_handed_in_it_is_frozen_read_and_kept_as_it_was(cast: Cast) -> None:
    pack = verbs.open_pack("report", period=month(), by=cast.chenan)
    with pytest.raises(Refused) as causes:
        verbs.hand_in(pack, by=cast.chenan)
    assert causes.value.field == "causes"
    pack = verbs.write_pack(pack, by=cast.chenan, causes="新客户少", plan="每周两家", version=pack.version)
    with pytest.raises(Stale):
        verbs.write_pack(pack, by=cast.chenan, causes="别的", version=1)
    with pytest.raises(Forbidden):
        verbs.write_pack(pack, by=cast.wumin, causes="别的")
    pipeline.win(make.at_last_stage(cast.chenan, amount=100_000), by=None)
    pack = verbs.refresh_pack(pack, by=cast.chenan)
    pack = verbs.hand_in(pack, by=cast.chenan)
    kept, digest = pack.content, pack.content_hash
    pipeline.win(make.at_last_stage(cast.chenan, amount=900_000), by=None)
    with pytest.raises(Refused):
        verbs.refresh_pack(pack, by=cast.chenan)
    request = Request.objects.get(act="reviews.pack")
    assert request.signer == cast.wumin
    pack = verbs.confirm_pack(request, opinion=OPINION, by=cast.wumin)
    assert (pack.state, pack.read_by, pack.opinion) == ("read", cast.wumin, OPINION)
    assert (pack.content, pack.content_hash) == (kept, digest)
    with pytest.raises(Refused):
        verbs.write_pack(pack, by=cast.chenan, causes="别的")


def test_its_signer_sees_what_was_reached(cast: Cast) -> None:
    """On one screen; what is not counted in money is not shown as money, neither there nor on the page."""
    pipeline.win(make.at_last_stage(cast.chenan, amount=600_000), by=None)
    aims = (("bookings", Decimal(1_200_000)), ("deals", Decimal("1.6")))
    for metric, amount in aims:
        targets.set_target(
            unit=None, person=cast.chenan, metric=metric, period=month(), amount=amount, by=None
        )
    pack = verbs.open_pack("report", period=month(), by=cast.chenan)
    verbs.write_pack(pack, by=cast.chenan, causes="客户少", plan="多跑")
    verbs.hand_in(pack, by=cast.chenan)
    told = {fact.label: fact.text for fact in facts.told(Request.objects.get().facts, full_amounts=True)}
    assert told["目标"] == "签约 ¥600,000 / ¥1,200,000 50%，成交数 1 / 1.6 63%"
    assert told["赢单金额"] == "¥600,000"
    client = enter(Client(), cast.wumin)
    page = client.get(f"/reviews/{pack.pk}/").content.decode()
    assert '<td class="num">1.60</td><td class="num">1</td>' in tight(page)
    assert client.post(f"/reviews/{pack.pk}/pdf/").content.startswith(b"%PDF")


def test_sent_back_it_is_written_on(cast: Cast) -> None:
    pack = verbs.open_pack("report", period=month(), by=cast.chenan)
    verbs.write_pack(pack, by=cast.chenan, causes="客户少", plan="多跑")
    verbs.hand_in(pack, by=cast.chenan)
    back = verbs.refuse_pack(Request.objects.get(), opinion="原因太笼统，请写到具体客户", by=cast.wumin)
    assert back.state == "returned" and back.is_open
    verbs.write_pack(back, by=cast.chenan, causes="甬江机电改期")
    assert verbs.hand_in(back, by=cast.chenan).state == "handed_in"


def held(cast: Cast, *todos: verbs.Todo) -> Meeting:
    begun = clock.now() - timedelta(hours=2)
    meeting = verbs.plan_meeting(cast.unit("D1"), starts_at=begun, by=cast.wumin)
    return verbs.hold_meeting(
        meeting, minutes="看了红灯", decisions=["先跑老客户", " "], todos=todos, by=cast.wumin
    )


def test_minutes_hold_twenty_actions_and_no_more(cast: Cast) -> None:
    todos = [
        verbs.Todo(f"第{number}件", cast.lina, today() + timedelta(days=1)) for number in range(MOST + 1)
    ]
    with pytest.raises(Refused):
        held(cast, *todos)
    assert held(cast, *todos[1:]).state == "held"


def test_an_agenda_leads_each_reader_only_where_they_may_go(cast: Cast) -> None:
    warnings.watch([make.deal(cast.chenan).pk], allowed={}, by=None)
    task = tasks.set_task(cast.chenan, title="送样机", due_on=today(), by=cast.chenan)
    Task.objects.filter(pk=task.pk).update(due_on=today() - timedelta(days=3))
    call = daylog.ask_help(cast.lina, matter="要一台样机", by=cast.lina)
    type(call).objects.filter(pk=call.pk).update(due_at=clock.now() - timedelta(hours=1))
    meeting = verbs.plan_meeting(cast.unit("D1"), starts_at=clock.now(), by=cast.wumin)
    told = {
        "warning": reverse("warnings:warning", args=[part(meeting.agenda, "warnings")["rows"][0][-1][1]]),
        "task": reverse("tasks:task", args=[task.pk]),
        "call": reverse("daylog:support_request", args=[call.pk]),
    }
    for who, wanted in (
        (cast.wumin, {"warning", "task", "call"}),
        (cast.chenan, {"warning", "task"}),
        (cast.lina, {"call"}),
    ):
        client = Client()
        client.force_login(who)
        shown = client.get(reverse("reviews:meeting", args=[meeting.pk])).content.decode()
        assert "送样机" in shown and "要一台样机" in shown
        assert {name for name, url in told.items() if f'href="{url}"' in shown} == wanted
        assert all(client.get(told[name]).status_code == 200 for name in wanted)


def test_the_records_make_the_agenda(cast: Cast) -> None:
    warnings.watch([make.deal(cast.chenan).pk], allowed={}, by=None)
    task = tasks.set_task(cast.chenan, title="送样机", due_on=today(), by=cast.chenan)
    Task.objects.filter(pk=task.pk).update(due_on=today() - timedelta(days=3))
    call = daylog.ask_help(cast.lina, matter="要一台样机", by=cast.lina)
    type(call).objects.filter(pk=call.pk).update(due_at=clock.now() - timedelta(hours=1))
    targets.set_target(
        unit=None,
        person=cast.chenan,
        metric="bookings",
        period=Fiscal().of(today(), Grain.QUARTER),
        amount=Decimal(9_000_000),
        by=None,
    )
    meeting = verbs.plan_meeting(cast.unit("D1"), starts_at=clock.now(), place="二楼", by=cast.wumin)
    assert [row[0] for row in part(meeting.agenda, "overdue")["rows"]] == ["送样机", "要一台样机"]
    assert part(meeting.agenda, "warnings")["rows"][0][3] == "陈安"
    assert part(meeting.agenda, "red_targets")["rows"][0][0] == "陈安"
    assert set(meeting.attendees.all()) >= {cast.chenan, cast.lina, cast.wumin}
    assert cast.sunqiang not in meeting.attendees.all()
    with pytest.raises(Forbidden):
        verbs.plan_meeting(cast.unit("D2"), starts_at=clock.now(), by=cast.wumin)
    with pytest.raises(Refused):
        verbs.plan_meeting(cast.unit("D1"), starts_at=clock.now() - timedelta(days=8), by=cast.wumin)
    with pytest.raises(Refused):
        verbs.plan_meeting(cast.unit("D1"), starts_at=meeting.starts_at, by=cast.wumin)


def test_a_meeting_is_called_between_two_others(cast: Cast) -> None:
    unit, now = cast.unit("D1"), clock.now()
    first = held(cast, verbs.Todo("走访两家", cast.chenan, today()))
    weekly = verbs.plan_meeting(unit, starts_at=now + timedelta(days=5), by=cast.wumin)
    urgent = verbs.plan_meeting(unit, starts_at=now + timedelta(days=1), by=cast.wumin)
    weekly.refresh_from_db()
    assert (urgent.previous, weekly.previous) == (first, urgent)
    verbs.cancel_meeting(urgent, reason="客户改期", by=cast.wumin)
    weekly.refresh_from_db()
    assert weekly.previous == first
    with pytest.raises(Refused):
        verbs.plan_meeting(unit, starts_at=first.starts_at - timedelta(hours=1), by=cast.wumin)


def test_a_meeting_that_did_not_take_place_is_passed_over_by_one_that_was_held_since(cast: Cast) -> None:
    unit, now = cast.unit("D1"), clock.now()
    first = held(cast, verbs.Todo("走访两家", cast.chenan, today()))
    skipped = verbs.plan_meeting(unit, starts_at=now + timedelta(minutes=1), by=cast.wumin)
    second = verbs.plan_meeting(unit, starts_at=now + timedelta(minutes=2), by=cast.wumin)
    with clock.at(now + timedelta(minutes=3)):
        verbs.hold_meeting(second, minutes="到会五人", by=cast.wumin)
        verbs.cancel_meeting(skipped, reason="没开成", by=cast.wumin)
    second.refresh_from_db()
    assert second.previous == first


def test_actions_become_tasks_and_the_next_meeting_follows_them_up(cast: Cast) -> None:
    due = today() + timedelta(days=7)
    first = held(cast, verbs.Todo("走访两家", cast.chenan, due), verbs.Todo("补样机", cast.lina, due))
    assert (first.state, first.decisions) == ("held", ["先跑老客户"])
    task = Task.objects.get(owner=cast.chenan)
    assert (task.title, task.origin, task.origin_key, task.due_on) == (
        "走访两家",
        "meeting",
        str(first.pk),
        due,
    )
    tasks.finish_task(task, by=cast.chenan, result="两家都去了")
    second = verbs.plan_meeting(cast.unit("D1"), starts_at=clock.now() + timedelta(days=7), by=cast.wumin)
    assert second.previous == first
    shown = enter(Client(), cast.wumin).get(f"/meetings/{second.pk}/").content.decode()
    assert "两家都去了" in shown and "补样机" in shown
    with pytest.raises(Refused):
        verbs.hold_meeting(second, minutes="早了", by=cast.wumin)
    with pytest.raises(Refused):
        verbs.cancel_meeting(second, reason=" ", by=cast.wumin)
    assert verbs.cancel_meeting(second, reason="出差", by=cast.wumin).previous is None
    third = verbs.plan_meeting(cast.unit("D1"), starts_at=clock.now() + timedelta(days=8), by=cast.wumin)
    assert third.previous == first
    assert verbs.refresh_agenda(third, by=cast.wumin).version == 2
    with pytest.raises(Refused):
        verbs.refresh_agenda(first, by=cast.wumin)


def test_what_is_not_done_comes_back_until_it_is(cast: Cast) -> None:
    due, now = today() + timedelta(days=40), clock.now()
    with clock.at(now - timedelta(days=21)):
        first = held(cast, *(verbs.Todo(what, cast.chenan, due) for what in ("走访两家", "补样机", "谈付款")))
    with clock.at(now - timedelta(days=14)):
        tasks.finish_task(Task.objects.get(title="补样机"), by=cast.chenan, result="补了")
        second = held(cast, verbs.Todo("讲丢单", cast.lina, due))
    with clock.at(now - timedelta(days=7)):
        tasks.finish_task(Task.objects.get(title="谈付款"), by=cast.chenan, result="三七开")
        tasks.finish_task(Task.objects.get(title="讲丢单"), by=cast.lina, result="讲了")
        third = held(cast)
    assert (third.previous, second.previous) == (second, first)

    def brought(meeting: Meeting) -> list[str]:
        return [action.task.title for action in brought_forward(meeting)]

    # A meeting hears all that the one before gave, and of older ones what was open when it began.
    assert brought(first) == []
    assert brought(second) == ["走访两家", "补样机", "谈付款"]
    assert brought(third) == ["讲丢单", "走访两家", "谈付款"]
    fourth = verbs.plan_meeting(cast.unit("D1"), starts_at=now + timedelta(days=1), by=cast.wumin)
    assert brought(fourth) == ["走访两家"]
    shown = enter(Client(), cast.wumin).get(f"/meetings/{fourth.pk}/").content.decode()
    assert "走访两家" in shown and "讲丢单" not in shown
    assert f'href="/meetings/{first.pk}/"' in shown
    paper = minutes_paper(fourth, [], brought_forward(fourth), cast.wumin)
    assert paper.tables[0].groups[0].rows == [("走访两家", cast.chenan.name, due, "待办")]


def test_minutes_say_something_and_not_too_much(cast: Cast) -> None:
    meeting = World().meeting
    for wrong in ({"minutes": " "}, {"minutes": "好", "decisions": ["一"] * 21}, {"minutes": "长" * 8001}):
        with pytest.raises(Refused):
            verbs.hold_meeting(meeting, by=cast.wumin, **wrong)  # type: ignore[arg-type]


def test_commitments_are_kept_by_their_day(cast: Cast) -> None:
    held(cast, *(verbs.Todo(name, cast.chenan, today()) for name in ("一", "二", "三", "四")))
    assert commitments(cast.lina, month()) == {}
    one, two, three, _four = Action.objects.order_by("pk")
    tasks.finish_task(one.task, by=cast.chenan)
    tasks.drop_task(two.task, reason="客户停产", by=cast.chenan)
    tasks.finish_task(three.task, by=cast.chenan)
    Task.objects.filter(pk=three.task_id).update(due_on=today() - timedelta(days=1))
    whole = Period(today() - timedelta(days=9), today() + timedelta(days=1))
    assert commitments(cast.chenan, whole) == {"given": 3, "kept": 1, "share": "0.333333"}


def test_a_report_is_written_and_handed_in_on_its_page(cast: Cast) -> None:
    client, name = enter(Client(), cast.chenan), Fiscal().name(month())
    sent = client.post("/reviews/open/", {"kind": "duty", "period": name})
    pack = Pack.objects.get()
    assert sent["Location"] == f"/reviews/{pack.pk}/"
    assert "述职" in client.get(sent["Location"]).content.decode()
    assert client.post(f"/reviews/{pack.pk}/hand-in/", {"causes": "", "version": "1"}).status_code == 422
    told = {"causes": "新客户少", "lessons": "早报价", "plan": "每周两家", "version": "2"}
    assert client.post(f"/reviews/{pack.pk}/hand-in/", told).status_code == 302
    boss = enter(Client(), cast.wumin)
    shown = boss.get(f"/reviews/{pack.pk}/").content.decode()
    assert "新客户少" in shown and "每周两家" in shown and 'name="causes"' not in shown
    assert boss.post(f"/reviews/{pack.pk}/pdf/").content.startswith(b"%PDF")
    request = Request.objects.get()
    boss.post(f"/signoff/{request.pk}/reviews/confirm/", {"opinion": OPINION})
    assert OPINION in client.get(f"/reviews/{pack.pk}/").content.decode()
    assert pack.get_kind_display() in boss.get("/reviews/?kind=duty&state=read&unit=D1").content.decode()
    assert f"/reviews/{pack.pk}/" not in boss.get("/reviews/?kind=report").content.decode()


def test_minutes_are_written_on_the_meetings_page(cast: Cast) -> None:
    client = enter(Client(), cast.wumin)
    begun = (clock.now() - timedelta(minutes=30)).astimezone(organisation().zone)
    told = {"unit": cast.unit("D1").pk, "starts_at": f"{begun:%Y-%m-%dT%H:%M}", "place": "二楼"}
    sent = client.post("/meetings/plan/", told)
    meeting = Meeting.objects.get()
    assert sent["Location"] == f"/meetings/{meeting.pk}/"
    todo = {"todo-TOTAL_FORMS": "1", "todo-INITIAL_FORMS": "0", "todo-0-what": "走访两家"}
    minutes = {"minutes": "看了红灯", "decisions": "先跑老客户\n少报价", "version": "1"}
    assert client.post(sent["Location"], todo | minutes).status_code == 422
    whole = {"todo-0-owner": cast.chenan.pk, "todo-0-due_on": str(today() + timedelta(days=3))}
    assert client.post(sent["Location"], todo | minutes | whole).status_code == 302
    shown = client.get(sent["Location"]).content.decode()
    assert "走访两家" in shown and "少报价" in shown
    assert client.post(f"/meetings/{meeting.pk}/pdf/").content.startswith(b"%PDF")
    assert client.post(f"/meetings/{meeting.pk}/cancel/", {"reason": ""}).status_code == 422
    assert "二楼" not in client.get("/meetings/?state=planned").content.decode()
    assert f"/meetings/{meeting.pk}/" in client.get("/meetings/?unit=D1&state=held").content.decode()


def test_they_are_taken_out_as_they_were(cast: Cast, tmp_path: Path) -> None:
    World().pack  # noqa: B018
    held(cast, verbs.Todo("走访两家", cast.chenan, today()))
    for kind, text in (("period-reports", "新客户少"), ("meetings", "走访两家 · chenan")):
        out = tmp_path / f"{kind}.csv"
        hand(kind, username=None, output=out, form="csv", filters={}, bom=False)
        assert text in out.read_text("utf-8")
