"""Mailed reports: asked for, written with what their reader may see then, sent once, stopped with one click."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from python_calamine import CalamineWorkbook

from loudou.broadcasts import verbs
from loudou.broadcasts.letters import letter, stop_address, subscription_of
from loudou.broadcasts.models import Subscription
from loudou.broadcasts.tasks import mail_reports
from loudou.journal.models import Delivery, Entry
from loudou.journal.tasks import deliver
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.models import User
from tests import jobs, make
from tests.cast import Cast
from tests.doors import enter
from tests.make import instant

FRIDAY, MONDAY = "2026-04-17 12:00", "2026-04-20 08:05"


@pytest.fixture(autouse=True)
def has_mail(settings: Any) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, mail=object())


def subscribed(user: User, **given: Any) -> Subscription:
    """The forecast sheet on Mondays at eight, asked for on a Friday."""
    User.objects.filter(pk=user.pk).update(email=f"{user.username}@example.org")
    user.email = f"{user.username}@example.org"
    asked = {"page": "insight:forecast_sheet", "query": "", "name": "周一预测", "grain": "week", "day": 0}
    asked["form"] = "xlsx"
    with clock.at(instant(FRIDAY)):
        return verbs.subscribe(**{**asked, "hour": 8, **given}, by=user)


def run(at: str = MONDAY) -> int:
    with clock.at(instant(at)):
        return int(jobs.run(mail_reports))


def sent(at: str = MONDAY) -> list[Any]:
    """The mails that left the house."""
    with clock.at(instant(at)):
        jobs.run(deliver)
    return list(mail.outbox)


def test_one_that_stumbles_keeps_nobody_elses_waiting(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    stumbling = subscribed(cast.chenan)
    subscribed(cast.wumin)

    def write(one: Subscription) -> Any:
        if one.pk == stumbling.pk:
            raise RuntimeError("stumbled")
        return letter(one)

    monkeypatch.setattr("loudou.broadcasts.tasks.letter", write)
    assert run() == 1
    assert [message.to for message in sent()] == [["wumin@example.org"]]
    stumbling.refresh_from_db()
    assert stumbling.trouble and stumbling.next_at > instant(
        MONDAY
    )  # tried again next week, not every five minutes


def test_a_report_is_mailed_once_with_table_link_and_workbook(cast: Cast) -> None:
    with clock.at(instant(FRIDAY)):
        make.deal(cast.chenan, title="柔性产线", amount=800_000, expected_on=make.day("2026-06-01"))
        make.deal(cast.lina, title="别人的", amount=500_000, expected_on=make.day("2026-06-01"))
    subscribed(cast.chenan)
    assert run("2026-04-20 07:59") == 0
    assert run() == 1
    assert run() == 0 and run("2026-04-20 09:00") == 0
    [message] = sent()
    assert message.to == ["chenan@example.org"] and message.subject.startswith("周一预测")
    assert "柔性产线" in message.body and "别人的" not in message.body
    assert f"{settings.SITE_ADDRESS}/analysis/forecast-sheet/" in message.body
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    [(name, content, _kind)] = message.attachments
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert name.endswith(".xlsx") and any("柔性产线" in row for row in rows)
    assert Delivery.objects.get().enclosed is None
    told = Entry.objects.get(event="subscription.mailed")
    assert (told.particulars["rows"], told.channel) == (1, "job")
    found = Subscription.objects.get()
    assert found.next_at == instant("2026-04-27 08:00") and found.sent_at == instant(MONDAY)


def test_what_was_missed_is_made_up_for_once(cast: Cast) -> None:
    subscribed(cast.chenan, grain="day")
    assert run("2026-05-07 10:00") == 1
    assert Subscription.objects.get().next_at == instant("2026-05-08 08:00")


def test_two_workers_send_one(cast: Cast) -> None:
    found = subscribed(cast.chenan)
    with clock.at(instant(MONDAY)):
        written, due = letter(found), found.next_at
        assert verbs.send_letter(found, written, due_at=due, by=None)
        assert not verbs.send_letter(found, written, due_at=due, by=None)
        verbs.note_failure(found, "zu spät", due_at=due, by=None)
    assert Delivery.objects.count() == 1 and Subscription.objects.get().trouble == ""


@pytest.mark.parametrize(
    ("language", "sheet", "stop"),
    [
        ("zh-hans", "销售预测表", "停止"),
        ("zh-hant", "銷售預測表", "停止"),
        ("en", "Forecast sheet", "Stop these mails"),
    ],
)
def test_it_speaks_the_language_of_its_reader(language: str, sheet: str, stop: str, cast: Cast) -> None:
    subscribed(cast.chenan)
    User.objects.filter(pk=cast.chenan.pk).update(language=language)
    run()
    [message] = sent()
    assert message.body.startswith(sheet) and stop in message.body


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("forecasts:accuracy", "预测精度"),
        ("odds:outlook", "期间预测"),
        ("insight:cohorts", "按月同批"),
        ("insight:bottlenecks", "瓶颈与漏损"),
    ],
)
def test_boards_and_shapes_are_mailed_too(page: str, title: str, cast: Cast) -> None:
    subscribed(cast.wumin, page=page, query="")
    assert run() == 1
    [message] = sent()
    assert message.body.startswith(title)
    [(name, content, _kind)] = message.attachments
    assert name.endswith(".xlsx") and CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names


def test_what_may_be_seen_is_judged_when_it_is_sent(cast: Cast) -> None:
    with clock.at(instant(FRIDAY)):
        make.deal(cast.lina, title="李娜的商机", expected_on=make.day("2026-06-01"))
    subscribed(cast.wumin, query="unit=D1&owner=nobody")
    User.objects.filter(pk=cast.wumin.pk).update(roles=["rep"])
    run()
    [message] = sent()
    assert "李娜的商机" not in message.body
    assert "未能理解，已忽略：owner" in message.body


def test_without_the_right_nothing_is_sent_and_it_says_why(cast: Cast) -> None:
    subscribed(cast.chenan)
    User.objects.filter(pk=cast.chenan.pk).update(roles=["hr"])
    assert run() == 0
    found = Subscription.objects.get()
    assert found.trouble and found.next_at == instant("2026-04-27 08:00")
    assert Entry.objects.filter(event="subscription.failed").exists() and not Delivery.objects.exists()
    User.objects.filter(pk=cast.chenan.pk).update(roles=["rep"], is_active=False)
    assert run("2026-04-27 09:00") == 0
    assert "邮箱" in Subscription.objects.get().trouble


def test_a_list_says_how_long_it_is_and_names_nobody(cast: Cast) -> None:
    with clock.at(instant(FRIDAY)):
        make.deal(cast.chenan, title="机密商机")
    subscribed(cast.chenan, page="pipeline:list", name="我的商机")
    run()
    [message] = sent()
    assert "1 行" in message.body and "机密商机" not in message.body and message.attachments == []


def test_who_may_not_export_gets_no_workbook(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    found = subscribed(cast.chenan)
    monkeypatch.setattr("loudou.broadcasts.letters.may", lambda user, right: False)
    with clock.at(instant(MONDAY)):
        assert letter(found).file is None


def test_without_mail_nothing_is_written(cast: Cast, settings: Any) -> None:
    subscribed(cast.chenan)
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, mail=None)
    assert run() == 0 and Subscription.objects.get().sent_at is None


def test_what_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused):
        subscribed(cast.chenan, page="people:people")
    with pytest.raises(Refused) as refusal:
        subscribed(cast.chenan, day=7)
    assert refusal.value.field == "weekday"
    for given in ({"grain": "month", "day": 29}, {"name": " "}, {"query": "unit=" + "x" * 2000}):
        with pytest.raises(Refused):
            subscribed(cast.chenan, **given)
    with pytest.raises(Forbidden):
        subscribed(cast.gaoming)
    with pytest.raises(Refused, match="邮箱"):
        verbs.subscribe(page="insight:funnel", query="", name="x", grain="day", day=0, hour=8, by=cast.lina)


def test_thirty_are_the_most(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loudou.broadcasts.verbs.subscriptions.MOST", 1)
    subscribed(cast.chenan)
    with pytest.raises(Refused):
        subscribed(cast.chenan)


def test_only_its_owner_changes_and_stops_it(cast: Cast) -> None:
    found = subscribed(cast.chenan, query="?unit=D1&after=xyz")
    assert found.query == "unit=D1"
    given: dict[str, Any] = {"name": "每日", "grain": "day", "day": 3, "hour": 9, "form": "pdf"}
    with pytest.raises(Forbidden):
        verbs.edit_subscription(found, by=cast.lina, **given)
    with pytest.raises(Forbidden):
        verbs.stop_subscription(found, by=cast.lina)
    with clock.at(instant(FRIDAY)):
        verbs.stop_subscription(found, by=cast.chenan)
        verbs.stop_subscription(found, by=cast.chenan)
        assert run() == 0
        changed = verbs.edit_subscription(found, by=cast.chenan, version=2, **given)
    assert (changed.stopped_at, changed.day, changed.next_at) == (None, 0, instant("2026-04-20 09:00"))
    with pytest.raises(Stale):
        verbs.edit_subscription(found, by=cast.chenan, version=1, **given)
    assert Entry.objects.filter(event="subscription.stopped").count() == 1


def test_the_link_of_a_mail_stops_it_and_nothing_else(cast: Cast, client: Client) -> None:
    found = subscribed(cast.chenan)
    path = urlsplit(stop_address(found)).path
    assert "停止" in client.get(path).content.decode()
    assert Subscription.objects.get().stopped_at is None  # looking at it stops nothing
    assert client.put(path).status_code == 405
    checking = Client(enforce_csrf_checks=True)  # mail programs send no token (RFC 8058)
    assert checking.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Subscription.objects.get().stopped_at is not None
    assert Entry.objects.get(event="subscription.stopped").actor_id == cast.chenan.pk
    assert subscription_of(f"{found.pk}:forged") is None
    assert client.get("/mail/stop/1:forged/").status_code == 404


def test_from_the_page_to_the_list(cast: Cast, client: Client) -> None:
    subscribed(cast.chenan)
    enter(client, cast.chenan)
    menu = client.get("/views/?page=insight:funnel&query=by%3Downer").content.decode()
    [to] = re.findall(r'href="(/subscriptions/new/[^"]*)"', menu)
    assert "漏斗分析" in client.get(to.replace("&amp;", "&")).content.decode()
    assert "subscriptions/new" not in client.get("/views/?page=desk:notices").content.decode()
    data = {
        "page": "insight:funnel",
        "query": "by=owner",
        "name": "月初漏斗",
        "grain": "month",
        "month_day": 1,
        "hour": 7,
        "form": "pdf",
    }
    assert client.post("/subscriptions/new/", data).status_code == 302
    assert client.post("/subscriptions/new/", {**data, "hour": "x"}).status_code == 422
    page = client.get("/subscriptions/").content.decode()
    assert "月初漏斗" in page and "每月 1 日 07:00" in page and "每周一" in page
    found = Subscription.objects.get(name="月初漏斗")
    edit = f"/subscriptions/{found.pk}/"
    assert client.post(edit, {**data, "grain": "week", "weekday": 4, "version": 1}).status_code == 302
    assert client.post(edit, {**data, "version": 1}).status_code == 409
    client.post(f"{edit}stop/")
    assert "已停止" in client.get("/subscriptions/").content.decode()
    assert client.get("/subscriptions/new/?page=people:people").status_code == 404


def test_while_mail_is_off_no_next_one_is_promised(cast: Cast, settings: Any) -> None:
    subscribed(cast.wumin)
    client = enter(Client(), cast.wumin)
    assert "邮件恢复后" not in client.get("/subscriptions/").content.decode()
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, mail=None)
    assert "邮件恢复后" in client.get("/subscriptions/").content.decode()


def test_it_comes_as_pdf_or_as_a_link_alone(cast: Cast) -> None:
    with clock.at(instant(FRIDAY)):
        make.deal(cast.chenan, title="柔性产线", amount=800_000, expected_on=make.day("2026-06-01"))
    for form in ("pdf", "link"):
        subscribed(cast.chenan, form=form, name=form)
    assert run() == 2
    printed, linked = sorted(sent(), key=lambda message: message.subject, reverse=True)
    [(name, content, kind)] = printed.attachments
    assert name.endswith(".pdf") and content.startswith(b"%PDF") and kind == "application/pdf"
    assert "柔性产线" in printed.body and "随信附件" in printed.body
    assert linked.attachments == [] and "柔性产线" not in linked.body
    assert f"{settings.SITE_ADDRESS}/analysis/forecast-sheet/" in linked.body and "1 行" in linked.body


def test_what_it_comes_as_is_changed(cast: Cast, client: Client) -> None:
    found = subscribed(cast.chenan)
    enter(client, cast.chenan)
    data = {"name": "周一预测", "grain": "week", "weekday": 0, "hour": 8, "form": "link", "version": 1}
    assert client.post(f"/subscriptions/{found.pk}/", data).status_code == 302
    assert (
        Subscription.objects.get().form == "link"
        and "仅链接" in client.get("/subscriptions/").content.decode()
    )
    assert (
        client.post(f"/subscriptions/{found.pk}/", {**data, "form": "doc", "version": 2}).status_code == 422
    )
