"""Warnings as people meet them: on their day, in the list, on their own page; the prevention ratio."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal
from loudou.signoff.models import Request
from loudou.warnings import verbs
from loudou.warnings.models import EarlyWarning
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.make import day, instant

BEGAN = instant("2026-03-02 09:00")


def page(user: User) -> Client:
    return enter(Client(), user)


def watch(*deals: Deal) -> None:
    verbs.watch([deal.pk for deal in deals], allowed={}, by=None)


@pytest.fixture
def warning(cast: Cast) -> EarlyWarning:
    watch(make.deal(cast.chenan))
    return EarlyWarning.objects.get()


def test_the_owners_day_says_why_and_what_next(cast: Cast, warning: EarlyWarning) -> None:
    home = page(cast.chenan).get("/").content.decode()
    panel = home[home.index(f'id="warning-{warning.pk}"') :]
    assert "没有下一步" in panel and "与客户约好下一步" in panel
    assert f"/warnings/{warning.pk}/done/" in panel and f"/warnings/{warning.pk}/dispute/" in panel
    assert f'id="warning-{warning.pk}"' not in page(cast.lina).get("/").content.decode()


def test_it_is_answered_from_the_day(cast: Cast, warning: EarlyWarning) -> None:
    client = page(cast.chenan)
    sent = client.post(f"/warnings/{warning.pk}/done/", {"version": 1, "back": "home"})
    assert (sent.status_code, sent["Location"]) == (302, "/")
    assert f'id="warning-{warning.pk}"' not in client.get("/").content.decode()
    assert client.post(f"/warnings/{warning.pk}/done/", {"version": 1}).status_code == 409


def test_many_on_one_day_are_counted_and_lead_to_the_list(cast: Cast) -> None:
    watch(*(make.deal(cast.chenan, title=f"商机 {number}") for number in range(8)))
    home = page(cast.chenan).get("/").content.decode()
    assert home.count('id="warning-') == 6 and "/warnings/" in home and "8" in home


def test_a_leader_sees_what_nobody_answered(cast: Cast, warning: EarlyWarning) -> None:
    client = page(cast.wumin)
    assert f'id="warning-{warning.pk}"' not in client.get("/").content.decode()
    EarlyWarning.objects.filter(pk=warning.pk).update(level=1)
    home = client.get("/").content.decode()
    assert f'id="warning-{warning.pk}"' in home and "陈安" in home[home.index("warning-") :]


def test_it_is_put_off_and_disputed_in_a_dialog(cast: Cast, warning: EarlyWarning) -> None:
    client, until = page(cast.chenan), str(organisation().today + timedelta(days=5))
    part = client.get(f"/warnings/{warning.pk}/snooze/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and 'name="until"' in part
    bad = client.post(f"/warnings/{warning.pk}/snooze/", {"until": until, "reason": ""})
    assert bad.status_code == 422
    client.post(f"/warnings/{warning.pk}/snooze/", {"until": until, "reason": "停产", "version": 1})
    assert client.post(f"/warnings/{warning.pk}/dispute/", {"reason": "x", "version": 1}).status_code == 409
    client.post(f"/warnings/{warning.pk}/dispute/", {"reason": "已约定下月", "version": 2})
    shown = client.get(f"/warnings/{warning.pk}/").content.decode()
    assert "已约定下月" in shown and "停产" in shown and f"/warnings/{warning.pk}/done/" not in shown
    inbox = page(cast.wumin).get(f"/signoff/{Request.objects.get().pk}/").content.decode()
    assert "已约定下月" in inbox
    said = {"opinion": "客户邮件我看过了，确实约在下月"}
    assert (
        page(cast.wumin).post(f"/signoff/{Request.objects.get().pk}/warnings/confirm/", said).status_code
        == 302
    )
    assert EarlyWarning.objects.get().state == "dismissed"


def test_a_dispute_is_sent_back_from_the_inbox(cast: Cast, warning: EarlyWarning) -> None:
    verbs.dispute(warning, reason="已约定下月", by=cast.chenan)
    to = f"/signoff/{Request.objects.get().pk}/warnings/refuse/"
    assert page(cast.wumin).post(to, {"opinion": "没有看到客户的回执，请补上"}).status_code == 302
    assert EarlyWarning.objects.get().state == "open"


def test_the_list_is_filtered_by_its_address(cast: Cast) -> None:
    mine, theirs = make.deal(cast.chenan, title="我的"), make.deal(cast.sunqiang, title="他的")
    watch(mine, theirs)
    one, other = EarlyWarning.objects.order_by("pk")
    verbs.finish(other, by=cast.sunqiang)
    client = page(cast.heli)

    def found(query: str) -> set[int]:
        text = client.get(f"/warnings/{query}").content.decode()
        return {int(key) for key in re.findall(r'id="warning-(\d+)"', text)}

    assert found("") == found("?state=open") == found("?owner=chenan") == {one.pk}
    assert found("?state=done") == found(f"?state=standing&unit={cast.sunqiang.unit.code}") == {other.pk}
    assert found("?state=standing") == found("?state=all") == {one.pk, other.pk}
    assert found("?state=ended") == found("?state=escalated") == found("?sign=silent") == set()
    assert found(f"?deal={mine.pk}") == {one.pk}
    nonsense = client.get("/warnings/?sign=doom&deal=999999&state=odd").content.decode()
    assert "sign" in nonsense and f'id="warning-{one.pk}"' in nonsense
    assert "没有符合" in client.get("/warnings/?sign=silent").content.decode()
    assert "盯盘" in page(cast.maxiao).get("/warnings/").content.decode()


def test_long_lists_go_on_below(cast: Cast) -> None:
    watch(*(make.deal(cast.chenan, title=f"商机 {number}", amount=number + 1) for number in range(51)))
    client = page(cast.chenan)
    (more,) = set(re.findall(r"after=([^\"&]+)", client.get("/warnings/").content.decode()))
    rest = client.get(f"/warnings/?after={more}", headers={"HX-Request": "true"}).content.decode()
    assert "商机 0<" in rest and "<html" not in rest


def test_pages_ask_as_often_with_ten_times_as_much(cast: Cast, django_assert_max_num_queries: Any) -> None:
    client, counts = page(cast.wumin), []
    for times in (3, 27):
        watch(*(make.deal(cast.chenan, title=f"商机 {number}") for number in range(times)))
        with django_assert_max_num_queries(20) as asked:
            assert client.get("/warnings/").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.fixture
def told(cast: Cast) -> None:
    """One warning prevented by chenan, one that occurred to lina, one unwarned limit of chenan's, one on hold."""
    with clock.at(BEGAN):
        later = {"expected_on": day("2026-06-30")}
        deals = [
            make.deal(cast.chenan, title="一", amount=100, **later),
            make.deal(cast.lina, title="二", amount=200, **later),
        ]
        resting = make.deal(cast.lina, title="三", amount=400, **later)
        watch(*deals, resting)
    with clock.at(BEGAN + timedelta(days=2)):
        pipeline.edit(deals[0], by=cast.chenan, next_step="送样", next_on=day("2026-06-01"))
        pipeline.lose(deals[1], by=cast.lina, code=make.reason(), review="输在价格，方案没有讲透收益")
        pipeline.hold(resting, by=cast.lina, wake_on=day("2026-05-01"), reason="客户搬厂")
        watch(*deals, resting)
    with clock.at(BEGAN + timedelta(days=21)):
        watch(*deals, resting)


def test_the_ratio_is_told_by_sign_and_person(cast: Cast, told: None) -> None:
    with clock.at(instant("2026-03-31 12:00")):
        report = run("prevention", {"period": "2026-03"}, None)
        before = run("prevention", {"period": "2026-03", "as-of": "2026-03-10T00:00:00+08:00"}, None)
        own = run("prevention", {"period": "2026-03", "owner": "lina"}, None)
        other = run("prevention", {"period": "2026-02"}, None)
    counts = ("prevented", "prevented_amount", "occurred", "occurred_amount", "unannounced", "void", "ratio")
    assert [report[name] for name in counts] == [1, "100.00", 2, "300.00", 1, 1, "0.333333"]
    assert [(one["who"], one["occurred"], one["prevented"]) for one in report["people"]] == [
        ("chenan", 1, 1),
        ("lina", 1, 0),
    ]
    assert {one["sign"]: (one["announces"], one["occurred"]) for one in report["signs"]} == {
        "near_limit": ("over_limit", 1),
        "no_next_step": ("loss", 1),
    }
    assert [before[name] for name in counts] == [1, "100.00", 1, "200.00", 0, 1, "0.500000"]
    assert (own["occurred"], own["ratio"], before["standing"]) == (1, "0.000000", 0)
    assert (other["ratio"], other["ratio_reason"]) == (None, "no_base")


def test_a_funnel_narrows_it(cast: Cast, told: None) -> None:
    with clock.at(instant("2026-03-31 12:00")):
        assert run("prevention", {"period": "2026-03", "funnel": "b2b"}, None)["prevented"] == 1
        assert run("prevention", {"period": "2026-03", "funnel": "car"}, None)["prevented"] == 0


def test_what_a_funnel_narrows_opens_to_its_own_warnings_alone(cast: Cast, told: None) -> None:
    with clock.at(instant("2026-03-31 12:00")):
        client = page(cast.heli)
        shown = client.get("/warnings/prevention/?period=2026-03&funnel=b2b").content.decode()
        assert "funnel=b2b" in shown and "设备直销" in shown
        for state in ("prevented", "all"):
            query = f"?period=2026-03&state={state}"
            every = client.get(f"/warnings/{query}").content.decode().count('id="warning-')
            there = client.get(f"/warnings/{query}&funnel=b2b").content.decode()
            assert there.count('id="warning-') == every > 0 and "设备直销" in there
            for other in ("funnel=car", "source=web"):
                assert 'id="warning-' not in client.get(f"/warnings/{query}&{other}").content.decode()
        assert "funnel" in client.get("/warnings/?funnel=doom").content.decode()


def test_the_page_shows_what_the_report_says(cast: Cast, told: None) -> None:
    with clock.at(instant("2026-03-31 12:00")):
        client = page(cast.heli)
        shown = client.get("/warnings/prevention/?period=2026-03").content.decode()
        assert "33.3%" in shown and "李娜" in shown and "陈安" in shown
        opened = client.get("/warnings/?state=occurred&period=2026-03").content.decode()
        assert '2 · <span title="¥300">¥300</span>' in opened and opened.count('id="warning-') == 2
        standing = client.get("/warnings/").content.decode()
        assert " · <span title=" not in standing[: standing.index('id="warnings"')]
        assert "这段期间" in client.get("/warnings/prevention/?period=2026-02").content.decode()
        narrowed = client.get(f"/warnings/prevention/?owner=lina&unit={cast.lina.unit.code}").content.decode()
        assert "陈安" not in narrowed
