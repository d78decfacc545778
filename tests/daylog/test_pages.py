"""The pages of days: written on the phone, called down a list, looked at on the board."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from loudou.customers import verbs as customers
from loudou.customers.models import Sight
from loudou.customers.verbs import sighting
from loudou.daylog import verbs
from loudou.daylog.models import DayLog, DeskLog, Item, SpotCheck
from loudou.fieldwork import verbs as fieldwork
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast
from tests.daylog import files
from tests.daylog.files import bring
from tests.doors import enter
from tests.markup import tight
from tests.world import World


def browser(user: User) -> Client:
    return enter(Client(), user)


def text(client: Client, name: str, *args: object, query: str = "") -> str:
    return client.get(reverse(name, args=args) + query).content.decode()


def printed(reader: User, log: DayLog) -> str:
    answer = browser(reader).post(reverse("daylog:paper", args=[log.pk]))
    told = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    return told.replace(" ", "")  # the typesetter parts digits from characters


def test_the_log_writes_itself_and_is_handed_in(cast: Cast) -> None:
    deal = make.deal(cast.chenan, title="柔性产线二期")
    done = fieldwork.log_activity(
        kind="visit", by=cast.chenan, deal=deal, contact="许明华", result="确认方案"
    )
    client = browser(cast.chenan)
    shown = text(client, "daylog:write")
    assert "许明华" in shown
    assert "柔性产线二期" in shown
    sent = {
        "stop-TOTAL_FORMS": "2",
        "stop-INITIAL_FORMS": "1",
        "stop-0-customer": "甬江机电",
        "stop-0-persons": "许明华",
        "stop-0-result": "确认方案",
        "stop-0-activity": str(done.pk),
        "reflection": "下次先问预算",
        "plan": "准备报价单",
        "late_reason": "出差在途",
    }
    answer = client.post(reverse("daylog:write"), sent)
    log = DayLog.objects.get()
    assert answer["Location"] == reverse("daylog:log", args=[log.pk])
    assert [(line.customer_name, line.activity) for line in log.lines.all()] == [("甬江机电", done)]
    assert "准备报价单" in text(client, "daylog:log", log.pk)
    assert "下次先问预算" in text(browser(cast.wumin), "signoff:inbox")


def test_what_is_wrong_is_said_beside_the_item(cast: Cast) -> None:
    today = organisation().today
    item = verbs.import_item(cast.chenan, what="回访许明华", due_on=today, by=None)
    assert item is not None
    sent = {"stop-TOTAL_FORMS": "0", "stop-INITIAL_FORMS": "0", "reflection": "在公司", "late_reason": "在途"}
    answer = browser(cast.chenan).post(reverse("daylog:write"), sent)
    assert answer.status_code == 422
    assert "“回访许明华”未完成" in answer.content.decode()
    assert not DayLog.objects.exists()


def test_a_stop_asks_for_its_hour_alone_for_the_day_is_known(cast: Cast) -> None:
    """On the phone a date and a time are two wheels more than a time."""
    sent = {"stop-TOTAL_FORMS": "1", "stop-INITIAL_FORMS": "0", "stop-0-place": "宁波", "stop-0-at": "10:05"}
    with clock.at(make.instant("2026-04-14 17:40")):
        client = browser(cast.chenan)
        assert client.post(reverse("daylog:write"), sent).status_code == 302
        again = text(client, "daylog:write")
        address = reverse("daylog:hear", args=[cast.chenan.pk])
        heard = browser(cast.wangfang).post(address, sent | {"began_at": "17:31"})
        assert heard.status_code == 302
    assert 'type="time" name="stop-0-at" value="10:05"' in again
    assert DayLog.objects.get().lines.get().at == make.instant("2026-04-14 10:05")
    desk = DeskLog.objects.get()
    assert desk.lines.get().at == make.instant("2026-04-14 10:05")
    assert (desk.reported_at, desk.in_window) == (make.instant("2026-04-14 17:31"), True)


def test_what_is_no_hour_is_refused_beside_its_stop(cast: Cast) -> None:
    sent = {
        **{"stop-TOTAL_FORMS": "3", "stop-INITIAL_FORMS": "0", "late_reason": "在途"},
        **{"stop-0-place": "宁波", "stop-2-place": "绍兴", "stop-2-at": "25:61"},
    }
    writing = reverse("daylog:write"), browser(cast.chenan)
    hearing = reverse("daylog:hear", args=[cast.chenan.pk]), browser(cast.wangfang)
    for address, client in (writing, hearing):
        answer = client.post(address, sent)
        assert answer.status_code == 422
        field = answer.content.decode().split('id="id_stop-2-at"')[1].split("</div>")[0]
        assert '<ul class="errors">' in field
    assert not DayLog.objects.exists()
    assert not DeskLog.objects.exists()


def test_a_tap_notes_the_morning_check(cast: Cast) -> None:
    planned = verbs.plan_item(cast.chenan, what="把样机参数发给客户", by=cast.chenan)
    today = organisation().today
    Item.objects.filter(pk=planned.pk).update(due_on=today, since=today)
    type(cast.chenan).objects.filter(pk=cast.chenan.pk).update(phone="13700000020")
    client = browser(cast.wangfang)
    address = reverse("daylog:check_in", args=[cast.chenan.pk])
    answer = client.post(address, {"arrival": "late"}, headers={"HX-Request": "true"})
    call = answer.content.decode().split('href="tel:')[1].split("</a>")[0]
    spoken, seen = call.split('aria-label="')[1].split('"')[0], call.split('only-desk">')[1].split("<")[0]
    assert seen == "137 0000 0020" and seen in spoken  # who says what is seen finds the button (WCAG 2.5.3)
    assert 'id="call-' in answer.content.decode()
    assert "把样机参数发给客户" in answer.content.decode()
    assert 'value="late" aria-pressed="true"' in answer.content.decode()
    assert DeskLog.objects.get().arrival == "late"
    assert answer["HX-Trigger"] == "call-noted"  # for how many are called, which counts anew


def test_the_desk_hears_without_seeing_what_was_written(db: None) -> None:
    world = World()
    log, client = world.day_log, browser(world.cast.wangfang)
    assert "需求已确认" not in text(client, "daylog:hear", world.cast.chenan.pk)
    sent = {"stop-TOTAL_FORMS": "1", "stop-INITIAL_FORMS": "0", "stop-0-customer": "甬江机电"}
    sent |= {"stop-0-place": "绍兴", "stop-0-persons": "许明华", "stop-0-result": "需求已确认"}
    client.post(reverse("daylog:hear", args=[world.cast.chenan.pk]), sent)
    log.refresh_from_db()
    assert (log.pairs, log.differing) == (1, 1)
    assert 'class="differs">绍兴' in text(client, "daylog:log", log.pk)


def test_only_who_may_sign_is_asked_to(db: None) -> None:
    world = World()
    address = reverse("signoff:request", args=[Request.objects.about(world.day_log).get().pk])
    assert address in text(browser(world.cast.wumin), "daylog:log", world.day_log.pk)
    for user in (world.cast.wangfang, world.cast.chenan):
        assert address not in text(browser(user), "daylog:log", world.day_log.pk)


def test_a_finding_is_told_once(db: None) -> None:
    world = World()
    client, address = browser(world.cast.wangfang), reverse("daylog:spot_check", args=[world.spot_check.pk])
    refused = client.post(address, {"result": "false", "finding": ""})
    assert refused.status_code == 422
    client.post(address, {"result": "false", "finding": "客户称无人来访"})
    assert SpotCheck.objects.get().result == "false"
    assert "客户称无人来访" in text(browser(world.cast.chenan), "daylog:log", world.day_log.pk)


def test_the_board_tells_what_the_report_tells(db: None, tmp_path: Path) -> None:
    for kind, rows in files.team():
        bring(tmp_path, kind, rows)
    for kind, rows in (("day-logs", files.day_logs()), ("desk-logs", files.desk_logs())):
        bring(tmp_path, kind, rows)
    shown = text(browser(Cast().hezong), "daylog:board", query="?unit=D5&period=2026-04-14")
    for figure in ("80.0%", "87.5%", "90.0%", "85.0%", "91.7%"):
        assert figure in shown, figure
    assert "33/36" in shown


def test_on_a_free_day_the_board_shows_the_last_working_day(cast: Cast) -> None:
    with clock.at(datetime(2026, 4, 19, 10, tzinfo=organisation().zone)):  # a Sunday
        page = browser(cast.hezong).get(reverse("daylog:board")).content.decode()
    assert "<b>2026-04-17</b>" in page


@pytest.mark.parametrize(
    ("now", "shown", "today"),
    [
        ("2026-04-13 09:00", "2026-04-13", ""),  # before it there are no logs
        ("2026-04-14 16:59", "2026-04-13", "2026-04-14"),
        ("2026-04-14 17:00", "2026-04-14", ""),
        ("2026-04-18 19:00", "2026-04-17", ""),  # a Saturday
    ],
)
def test_the_board_opens_on_the_day_that_is_over(
    db: None, tmp_path: Path, now: str, shown: str, today: str
) -> None:
    for kind, rows in (*files.team(), ("day-logs", files.day_logs())):
        bring(tmp_path, kind, rows)
    with clock.at(make.instant(now)):
        client = browser(Cast().hezong)
        page = text(client, "daylog:board", query="?unit=D5")
        filed = client.post(reverse("daylog:board_file", args=["xlsx"]) + "?unit=D5")
        asked = text(client, "daylog:board", query="?unit=D5&period=2026-04-14")
    assert f"<b>{shown}</b>" in page
    assert "外勤field1" in page
    assert page.count('class="chip" href') == (1 if today else 0)
    assert not today or f'<a class="chip" href="?unit=D5&amp;period={today}">今天</a>' in page
    assert filed.status_code == 200
    assert Entry.objects.filter(event="report.taken_out").latest("pk").particulars["asked"]["period"] == shown
    assert "<b>2026-04-14</b>" in asked


def test_lists_are_cut_by_state(db: None) -> None:
    world = World()
    client = browser(world.cast.wangfang)
    address = reverse("daylog:log", args=[world.day_log.pk])
    assert address in text(client, "daylog:logs", query="?state=unsigned&period=" + str(clock.now().year))
    assert address not in text(client, "daylog:logs", query="?state=annulled")
    assert "没有日清单" in text(client, "daylog:logs", query="?state=missing")


def test_a_delegate_signs_while_the_signer_is_away(db: None) -> None:
    """heli signs for wumin what waits for wumin; what is heli's own record stays with others."""
    from loudou.signoff.queries import inbox

    world = World()
    request = Request.objects.about(world.day_log).get()
    assert not inbox(world.cast.liuyang).filter(pk=request.pk).exists()
    today = organisation().today
    from loudou.signoff import verbs as signoff

    signoff.delegate(world.cast.wumin, to=world.cast.liuyang, first=today, last=today, by=world.cast.wumin)
    liuyang = User.objects.get(username="liuyang")
    assert inbox(liuyang).filter(pk=request.pk).exists()
    log = verbs.confirm(request, opinion="代吴敏看过，行程与结果写得清楚", by=liuyang)
    assert log.signed_at is not None
    request.refresh_from_db()
    assert (request.signer, request.answered_by) == (world.cast.wumin, liuyang)


def test_the_board_leaves_the_house_as_a_file_on_record(cast: Cast) -> None:
    client = enter(Client(), cast.wumin)
    for form, start in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        assert client.post(f"/field/board/file/{form}/").content.startswith(start)
    taken = Entry.objects.filter(event="report.taken_out")
    assert [entry.particulars["report"] for entry in taken] == ["three-e", "three-e"]


def test_what_is_open_stands_on_a_page_with_its_age_and_is_settled_there(cast: Cast) -> None:
    """Also what a locked day left behind, which no log can settle any more."""
    today = organisation().today
    item = verbs.import_item(cast.chenan, what="回访许明华", due_on=today - timedelta(days=9), by=None)
    other = verbs.import_item(cast.chenan, what="寄样件", due_on=today, by=None)
    assert item is not None and other is not None
    client, carry = browser(cast.chenan), f"item-{item.pk}"
    assert 'data-label="已拖天数">9</td>' in text(client, "daylog:items", query="?state=overdue")
    acts = (f'action="{reverse("daylog:close_item", args=[item.pk])}"', f'name="{carry}-cause"')
    assert all(act in text(client, "daylog:items") for act in acts)
    assert not any(act in text(browser(cast.wumin), "daylog:items") for act in acts)
    address = reverse("daylog:carry_item", args=[item.pk])
    refused = client.post(address, {f"{carry}-cause": "", f"{carry}-to": str(today)})
    assert (refused.status_code, '<details class="carry" open>' in refused.content.decode()) == (422, True)
    back = client.post(address, {f"{carry}-cause": "出差", f"{carry}-to": str(today - timedelta(days=10))})
    assert "顺延" in back.content.decode()
    client.post(address, {f"{carry}-cause": "客户出差", f"{carry}-to": str(today)})
    client.post(reverse("daylog:close_item", args=[other.pk]))
    other.refresh_from_db()
    assert other.closed_on == today
    assert "客户出差" in text(browser(cast.wumin), "daylog:items", query="?state=carried")
    stale = client.post(reverse("daylog:close_item", args=[item.pk]), {"version": "1"})
    assert stale.status_code == 422


def test_a_log_with_an_open_query_is_found(db: None) -> None:
    world = World()
    address = reverse("daylog:log", args=[world.query.log_id])
    client = browser(world.cast.wangfang)
    assert address in text(client, "daylog:logs", query="?state=asked")
    with clock.at(world.query.due_at + timedelta(minutes=1)):
        verbs.judge_query(world.query, verdict="integrity", by=world.cast.wangfang)
    assert address not in text(client, "daylog:logs", query="?state=asked")


def test_a_log_is_printed_beside_what_the_desk_heard(cast: Cast) -> None:
    world = World()
    log = world.query.log
    client = browser(cast.wangfang)
    answer = client.post(reverse("daylog:paper", args=[log.pk]))
    assert answer["Content-Type"] == "application/pdf"
    told = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    for word in ("宁波", "绍兴", "许明华", "需求已确认", "准备报价单", "出差在途"):
        assert word in told
    assert Entry.objects.filter(event="daylog.printed", actor=cast.wangfang).count() == 1
    assert browser(cast.lina).post(reverse("daylog:paper", args=[log.pk])).status_code == 404


def test_the_paper_has_every_field_of_both_logs(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """F08: the customer's address and phone, as the reader may see them; F09: both calls, by whom."""
    monkeypatch.setattr(sighting, "_counted", set())
    known = {"name": "甬江机电", "address": "鄞州大道9号", "phone": "13800138000"}
    met = customers.add_customer(by=cast.chenan, **known)
    other = customers.add_customer(name="宁海泵业", by=cast.maxiao, address="跃龙路2号", phone="13900139000")
    stops = [
        verbs.Stop(customer=met, outcome="agreed", result="确认方案", place="宁波"),
        verbs.Stop(customer=other, topics="样机"),
    ]
    with clock.at(make.instant("2026-04-14 08:05")):
        verbs.check_arrival(cast.chenan, arrival="late", by=cast.wangfang)
    with clock.at(make.instant("2026-04-14 17:46")):
        began = make.instant("2026-04-14 17:31")
        verbs.hear_report(cast.chenan, stops=stops[:1], by=cast.wangfang, began_at=began)
        log = verbs.submit_log(cast.chenan, day=organisation().today, stops=stops, by=cast.chenan)
        of_manager = printed(cast.wumin, log)
        of_desk = printed(cast.wangfang, log)
    for told in (of_manager, of_desk):
        for word in (
            "地址、电话",
            "鄞州大道9号",
            "约定下一步",
            "确认方案",
            "迟到",
            "08:05",
            "17:31",
            "17:46",
            "王芳",
        ):
            assert word in told, word
    assert "13800138000" in of_manager
    assert "138****8000" in of_desk
    assert "13900139000" not in of_manager
    assert Sight.objects.get().user == cast.wumin  # who was shown a whole number
    assert "跃龙路2号" not in of_manager  # another team's customer, whom the manager does not see


def test_an_annulled_log_says_so_on_paper(db: None) -> None:
    world = World()
    verbs.annul_log(world.day_log, reason="客户称无人来访", by=world.cast.wangfang)
    told = printed(world.cast.hezong, world.day_log)
    assert "已作废" in told
    assert "客户称无人来访" in told


def test_who_need_not_know_what_the_desk_heard_sees_what_was_written_alone(db: None) -> None:
    world = World()
    log, cast = world.query.log, world.cast
    User.objects.filter(pk=cast.sunqiang.pk).update(roles=["legal"])
    for reader in (cast.qianjin, cast.sunqiang):
        shown = text(browser(reader), "daylog:log", log.pk)
        assert "宁波" in shown
        for word in ("绍兴", "总部听到的", "晨检", "询问"):
            assert word not in shown
        paper = PdfReader(io.BytesIO(browser(reader).post(reverse("daylog:paper", args=[log.pk])).content))
        told = paper.pages[0].extract_text()
        assert "宁波" in told
        assert "绍兴" not in told
    for reader in (cast.chenan, cast.wumin, cast.hezong, cast.wangfang, cast.yanzheng):
        shown = text(browser(reader), "daylog:log", log.pk)
        assert "绍兴" in shown
        assert "总部听到的" in shown


def test_only_who_owes_a_log_is_told_that_one_is_missing(cast: Cast) -> None:
    """A manager may write one; nobody waits for it (C4: per rep and working day)."""
    with clock.at(make.instant("2026-04-15 09:00")):
        told = {user: text(browser(user), "daylog:write") for user in (cast.chenan, cast.wumin)}
    missing = f"{reverse('daylog:write')}?day=2026-04-14"
    assert missing in told[cast.chenan]
    assert missing not in told[cast.wumin]


def test_the_first_page_asks_for_what_is_open_of_ones_days(db: None) -> None:
    """Today's log, a day that can still be made up for, and what the desk asks: each a tap away on the phone."""
    world = World()
    cast, day = world.cast, world.query.log.day
    assert f"/field/queries/{world.query.pk}/" in text(browser(cast.chenan), "daylog:today")
    assert 'id="log-today"' in text(browser(cast.chenan), "daylog:today")
    to = browser(cast.chenan).get(reverse("daylog:query", args=[world.query.pk]))
    assert to["Location"] == reverse("daylog:log", args=[world.query.log_id]) + f"#query-{world.query.pk}"
    verbs.answer_query(world.query, answer="客户的新厂在绍兴", by=cast.chenan)
    assert f"/field/queries/{world.query.pk}/" not in text(browser(cast.chenan), "daylog:today")
    assert f"{day}" in str(world.query) and "persons" not in str(world.query)


def test_a_day_off_is_no_missing_log(cast: Cast) -> None:
    """Wednesday morning: Tuesday can be made up for, unless one was on leave; who leads owes none and is asked nothing."""
    with clock.at(make.instant("2026-04-15 09:00")):
        tuesday = make.day("2026-04-14")
        shown = text(browser(cast.chenan), "daylog:today")
        assert f"day={tuesday}" in shown and "今天还没有记录" in shown
        verbs.note_absence(cast.chenan, first=tuesday, last=tuesday, kind="leave", by=cast.wumin)
        shown = text(browser(cast.chenan), "daylog:today")
        assert f"day={tuesday}" not in shown and "今天还没有记录" in shown
        verbs.submit_log(
            cast.chenan, day=make.day("2026-04-15"), reflection="在公司", by=cast.chenan, stops=[]
        )
        shown = text(browser(cast.chenan), "daylog:today")
        assert "<b>已提交</b>" in shown and "写日清单" not in shown
        assert (
            "hidden"
            in tight(text(browser(cast.wumin), "daylog:today")).split('"log-today-head"')[1].split(">")[0]
        )
    with clock.at(make.instant("2026-04-15 12:30")):
        assert f"day={tuesday}" not in text(browser(cast.lina), "daylog:today")


def test_behind_a_log_that_is_not_true_the_records_that_still_count_are_named(cast: Cast) -> None:
    with clock.at(make.instant("2026-04-14 17:40")):
        done = fieldwork.log_activity(
            kind="visit", by=cast.chenan, deal=make.deal(cast.chenan), contact="许明华", result="确认方案"
        )
        stops = [verbs.Stop(customer_name="甬江机电", activity=done), verbs.Stop(place="绍兴")]
        log = verbs.submit_log(cast.chenan, day=organisation().today, stops=stops, by=cast.chenan)
        check = verbs.target_check(log, by=cast.wangfang)
        client, address = browser(cast.wangfang), reverse("daylog:spot_check", args=[check.pk])
        assert "仍在计数" not in client.get(address).content.decode()
        told = client.post(address, {"result": "false", "finding": "客户称无人来访"})
        assert told["Location"] == address
        page = client.get(address).content.decode()
        assert "还有 1 条记录仍在计数" in page and reverse("fieldwork:activity", args=[done.pk]) in page
        fieldwork.annul_activity(done, reason="客户称无人来访", by=cast.wangfang)
        assert "仍在计数" not in client.get(address).content.decode()
