"""The sign-off inbox, as wumin and others see it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from loudou.kernel import clock
from loudou.people.models import User
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast

OPINION = "招标文件已看过，同意跳过"


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def ask(owner: User, title: str = "柔性产线", days_ago: float = 0) -> Request:
    """The owner asks their superior to let a deal skip a stage."""
    with clock.at(clock.now() - timedelta(days=days_ago)):
        deal = make.deal(owner, title=title)
        asked = verbs.skip(deal, to=make.specs_of(deal)[2], by=owner, reason="客户直接招标").request
    assert asked is not None
    return asked


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_the_most_overdue_comes_first_and_is_open_to_be_signed(cast: Cast) -> None:
    ask(cast.chenan, "新的")
    old = ask(cast.lina, "旧的", days_ago=9)
    page = text(browser(cast.wumin).get(reverse("signoff:inbox")))
    assert page.index("旧的") < page.index("新的")
    assert f'action="{reverse("pipeline:confirm", args=[old.pk])}"' in page
    assert "1 / 2" in page
    assert "超时" in page
    assert "缺证据" in page
    assert "客户直接招标" in page


def test_signing_goes_on_to_the_next(cast: Cast) -> None:
    second, first = ask(cast.chenan, "新的"), ask(cast.lina, "旧的", days_ago=9)
    client = browser(cast.wumin)
    answer = client.post(
        reverse("pipeline:confirm", args=[first.pk]), {"opinion": OPINION, "version": first.version}
    )
    assert answer["Location"] == reverse("signoff:request", args=[second.pk])
    assert "已签：旧的" in text(client.get(answer["Location"]))
    last = client.post(reverse("pipeline:refuse", args=[second.pk]), {"opinion": "先补齐材料再来，不急"})
    assert last["Location"] == reverse("signoff:inbox")
    assert "没有等您签的" in text(client.get(last["Location"]))
    assert Deal.objects.get(pk=first.subject_id).spec.stage.code == "propose"
    second.refresh_from_db()
    assert second.state == "returned"


@pytest.mark.parametrize("opinion", ["", "同意", "同意，但要注意：", "坏\x00坏坏坏坏坏坏坏坏坏坏"])
def test_what_is_no_opinion_is_said_beside_it_and_stays(cast: Cast, opinion: str) -> None:
    asked = ask(cast.chenan)
    answer = browser(cast.wumin).post(reverse("pipeline:confirm", args=[asked.pk]), {"opinion": opinion})
    assert answer.status_code == 422
    assert 'class="errors"' in text(answer)
    if opinion and "\x00" not in opinion:
        assert f">\n{opinion}</textarea>" in answer.content.decode()
    asked.refresh_from_db()
    assert asked.state == "waiting"


def test_who_saw_another_version_gets_409(cast: Cast) -> None:
    """And a way back to the page that asked, which keeps what was typed: the address itself takes no GET."""
    asked = ask(cast.chenan)
    page = reverse("signoff:request", args=[asked.pk])
    address = reverse("pipeline:confirm", args=[asked.pk])
    given = {"opinion": OPINION, "version": asked.version + 1}
    wumin = browser(cast.wumin)
    answer = wumin.post(address, given, headers={"Referer": f"http://testserver{page}"})
    assert answer.status_code == 409
    assert f'<a class="btn" href="{page}">' in answer.content.decode()
    assert wumin.get(address).status_code == 405
    assert f'data-draft="sign-{asked.pk}"' in wumin.get(page).content.decode()
    elsewhere = wumin.post(address, given, headers={"Referer": "http://evil.example/signoff/"})
    assert "evil" not in elsewhere.content.decode()


def test_a_gate_that_shut_meanwhile_is_said_on_the_page(cast: Cast) -> None:
    deal = make.advance(make.deal(cast.chenan))
    make.fill_gate(deal, cast.chenan)
    asked = verbs.move(deal, to=make.specs_of(deal)[2], by=cast.chenan).request
    assert asked is not None
    verbs.withdraw_evidence(deal.evidence.get(kind__code="presales"), by=cast.chenan, reason="改期了")
    answer = browser(cast.wumin).post(reverse("pipeline:confirm", args=[asked.pk]), {"opinion": OPINION})
    assert answer.status_code == 422
    assert "售前到访" in text(answer)


def test_opening_is_noted_by_a_post_alone(cast: Cast) -> None:
    asked = ask(cast.chenan)
    client = browser(cast.wumin)
    address = reverse("signoff:opened", args=[asked.pk])
    assert address in text(client.get(reverse("signoff:request", args=[asked.pk])))
    asked.refresh_from_db()
    assert asked.opened_at is None
    assert client.post(address).status_code == 204
    asked.refresh_from_db()
    assert asked.opened_at is not None
    assert address not in text(client.get(reverse("signoff:request", args=[asked.pk])))


def test_who_asked_sees_for_whom_it_waits_and_may_withdraw(cast: Cast) -> None:
    asked = ask(cast.chenan)
    client = browser(cast.chenan)
    listed = text(client.get(reverse("signoff:inbox")))
    assert "柔性产线" in listed
    page = text(client.get(reverse("signoff:request", args=[asked.pk])))
    assert "等 吴敏 签" in page
    assert "pipeline:confirm" not in page
    assert "<textarea" not in page
    answer = client.post(reverse("signoff:withdraw", args=[asked.pk]))
    assert "已撤回" in text(client.get(answer["Location"]))


def test_an_answered_one_shows_opinion_waiting_and_reading_time(cast: Cast) -> None:
    asked = ask(cast.chenan, days_ago=9)
    with clock.at(clock.now() - timedelta(minutes=5)):
        from loudou.signoff.verbs import open_request

        open_request(asked, by=cast.wumin)
    verbs.confirm(asked, opinion=OPINION, by=cast.wumin)
    page = text(browser(cast.chenan).get(reverse("signoff:request", args=[asked.pk])))
    for word in (OPINION, "吴敏", "等了 9 天", "看了 5 分", "超时", asked.content_hash[:16]):
        assert word in page
    answered = text(browser(cast.wumin).get(reverse("signoff:inbox"), {"box": "answered"}))
    assert "柔性产线" in answered


def test_earlier_answers_about_the_same_are_at_hand(cast: Cast) -> None:
    first = ask(cast.chenan)
    verbs.refuse(first, opinion="先补齐材料再来，不急", by=cast.wumin)
    deal = Deal.objects.get(pk=first.subject_id)
    again = verbs.skip(deal, to=make.specs_of(deal)[2], by=cast.chenan, reason="材料已补").request
    assert again is not None
    page = text(browser(cast.wumin).get(reverse("signoff:request", args=[again.pk])))
    assert "先补齐材料再来，不急" in page


def test_boxes_kinds_and_late_ones_filter_in_the_address(cast: Cast) -> None:
    ask(cast.chenan, "新的")
    ask(cast.lina, "旧的", days_ago=9)
    edited = make.deal(cast.zhoukai, title="金额翻倍")
    verbs.edit(edited, by=cast.zhoukai, amount=edited.amount * 3, reason="加了二期")
    client = browser(cast.wumin)

    def titles(**query: str) -> set[str]:
        page = text(client.get(reverse("signoff:inbox"), {"list": "1", **query}))
        listed = page[page.index('id="requests"') :].split("</ol>")[0] if 'id="requests"' in page else ""
        return {title for title in ("新的", "旧的", "金额翻倍") if title in listed}

    assert titles() == {"新的", "旧的", "金额翻倍"}
    assert titles(late="1") == {"旧的"}
    assert titles(act="pipeline.amount") == {"金额翻倍"}
    assert titles(act="nonsense", box="nonsense") == {"新的", "旧的", "金额翻倍"}
    assert titles(box="asked") == set()
    assert titles(box="all") == {"新的", "旧的", "金额翻倍"}


def test_a_long_list_goes_on_by_key(cast: Cast) -> None:
    for number in range(32):
        ask(cast.chenan, f"商机 {number:02}")
    client = browser(cast.wumin)
    page = text(client.get(reverse("signoff:inbox")))
    more = re.search(r'hx-get="([^"]*after=[^"]*)"', page)
    assert more is not None
    rest = text(client.get(more.group(1).replace("&amp;", "&"), headers={"HX-Request": "true"}))
    assert rest.count('class="sign-row"') == 2
    assert "<html" not in rest


def test_a_page_asks_as_often_with_ten_times_as_much(cast: Cast, django_assert_max_num_queries: Any) -> None:
    client = browser(cast.wumin)
    ask(cast.chenan)
    client.get(reverse("signoff:inbox"))
    counts = []
    for times in (1, 20):
        for number in range(times):
            ask(cast.chenan, f"商机 {number}", days_ago=2)
        with django_assert_max_num_queries(20) as asked:
            client.get(reverse("signoff:inbox"))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_request_whose_subject_has_no_page_is_shown_without_a_link(cast: Cast) -> None:
    asked, client = ask(cast.chenan), browser(cast.wumin)
    page = reverse("signoff:request", args=[asked.pk])
    linked = f'href="{reverse("pipeline:deal", args=[asked.subject_id])}"'
    assert linked in text(client.get(page))
    Request.objects.filter(pk=asked.pk).update(subject_type="nowhere.thing")
    shown = client.get(page)
    assert shown.status_code == 200 and linked not in text(shown) and asked.title in text(shown)
