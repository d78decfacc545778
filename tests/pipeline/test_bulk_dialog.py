"""An act on several deals, out of the dialog of the list."""

from __future__ import annotations

from datetime import date

from django.contrib.messages import get_messages
from django.test import Client

from loudou.pipeline import verbs
from tests import make
from tests.cast import Cast
from tests.doors import enter


def test_out_of_the_dialog_one_comes_back_to_the_list_itself(cast: Cast, client: Client) -> None:
    """A redirect would be followed by the request of the dialog, and the whole list would stand in it."""
    deal = make.deal(cast.chenan)
    enter(client, cast.wumin)
    sent = {"act": "hand_over", "deal": deal.pk, "back": "?sort=due", "sure": "1"}
    sent |= {"owner": cast.lina.pk, "reason": "区域调整"}
    answer = client.post("/deals/bulk/", sent, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/deals/?sort=due")
    deal.refresh_from_db()
    assert deal.owner == cast.lina
    assert (
        client.post("/deals/bulk/", {**sent, "owner": cast.chenan.pk}).headers["Location"]
        == "/deals/?sort=due"
    )


def test_refused_all_for_one_reason_the_dialog_stays_with_what_was_typed(cast: Cast, client: Client) -> None:
    deals = [make.deal(cast.chenan, title=title) for title in ("一号线", "二号线")]
    enter(client, cast.chenan)
    sent = {"act": "date", "deal": [deal.pk for deal in deals], "sure": "1"}
    sent |= {"expected_on": "2020-01-05", "reason": "客户预算推迟"}
    answer = client.post("/deals/bulk/", sent)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert text.count("预期日期不能在过去。") == 1 and "客户预算推迟" in text


def test_refused_in_part_each_reason_is_told_once_with_its_deals(cast: Cast, client: Client) -> None:
    lost = [make.deal(cast.chenan, title=f"已输{number}号线") for number in range(12)]
    for deal in lost:
        verbs.lose(deal, by=cast.chenan, code=make.reason(), review="报价高三成")
    live = make.deal(cast.chenan, title="二号线")
    enter(client, cast.chenan)
    sent = {"act": "date", "deal": [deal.pk for deal in [*lost, live]], "sure": "1"}
    sent |= {"expected_on": "2040-01-05", "reason": "客户预算推迟"}
    done, refused = get_messages(client.post("/deals/bulk/", sent).wsgi_request)
    assert str(done) == "1 个商机已处理。"
    assert str(refused).startswith("已输0号线、已输1号线、")
    assert str(refused).endswith("已输9号线 等，另有 2 个：已关闭的商机，金额和日期不再变动；请先重开。")
    live.refresh_from_db()
    assert live.expected_on == date(2040, 1, 5)
