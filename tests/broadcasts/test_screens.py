"""Screens on the wall: a link of their own that shows boards and nothing else, until it expires or is taken back."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from loudou.broadcasts import verbs
from loudou.broadcasts.models import Screen
from loudou.forecasts import verbs as forecasts
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.models import User
from loudou.targets import verbs as targets
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.make import instant

NOW = "2026-04-17 12:00"
APRIL = Fiscal().parse("2026-04")
BOARDS = ("funnel", "attainment", "leaders", "three_e")


def put_up(
    cast: Cast, *, names: str = "full", boards: tuple[str, ...] = BOARDS, **given: Any
) -> tuple[Screen, str]:
    asked = {
        "name": "一部大屏",
        "unit": cast.unit("D1"),
        "seconds": 20,
        "days": 30,
        "by": cast.wumin,
        **given,
    }
    with clock.at(instant(NOW)):
        return verbs.make_screen(names=names, boards=boards, **asked)


def page(client: Client, secret: str, board: int = 0, at: str = NOW) -> str:
    with clock.at(instant(at)):
        response = client.get(f"/tv/{secret}/?n={board}")
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def selling(cast: Cast) -> None:
    """Two people of 直销一部 with targets, one of whom won; a deal of somebody else's unit."""
    with clock.at(instant(NOW)):
        make.deal(cast.chenan, title="机密商机", amount=300_000)
        make.deal(cast.maxiao, title="外区商机", amount=900_000)
        for user, amount in ((cast.chenan, 400_000), (cast.lina, 100_000)):
            targets.set_target(
                unit=None,
                person=user,
                metric="bookings",
                period=Fiscal().parse("2026-Q2"),
                amount=Decimal(amount),
                by=None,
            )
        targets.set_target(
            unit=cast.unit("D1"),
            person=None,
            metric="bookings",
            period=Fiscal().parse("2026-Q2"),
            amount=Decimal(500_000),
            by=None,
        )


def test_it_shows_its_unit_and_names_no_customer(selling: None, cast: Cast, client: Client) -> None:
    _screen, secret = put_up(cast)
    shown = page(client, secret)
    assert "¥30万" in shown and "¥120万" not in shown
    assert "机密商机" not in shown and "/deals/" not in shown
    assert 'data-next="?n=1"' in shown and 'data-next="?n=0"' in page(client, secret, 3)
    assert "¥50万" in page(client, secret, 1)
    assert "晨检" in page(client, secret, 3)
    assert page(client, secret, 0).count("csrfmiddlewaretoken") == 0


@pytest.mark.parametrize(("names", "told"), [("full", "陈安"), ("short", "陈＊"), ("none", "#1")])
def test_people_are_called_as_was_chosen(
    names: str, told: str, selling: None, cast: Cast, client: Client
) -> None:
    _screen, secret = put_up(cast, names=names, boards=("leaders",))
    shown = page(client, secret)
    assert told in shown and ("陈安" in shown) == (names == "full")
    assert re.findall(r"<tr><td>(\d+)</td>", shown) == ["1", "1"]  # both at nothing: they share a place


def test_the_link_expires_is_taken_back_and_renewed(cast: Cast, client: Client) -> None:
    screen, secret = put_up(cast)
    assert secret not in Screen.objects.get().digest
    with clock.at(instant(NOW) + timedelta(days=31)):
        assert client.get(f"/tv/{secret}/").status_code == 404
    with clock.at(instant(NOW)):
        verbs.revoke_screen(screen, by=cast.wumin)
        verbs.revoke_screen(screen, by=cast.wumin)
        assert client.get(f"/tv/{secret}/").status_code == 404
        _again, other = verbs.renew_screen(screen, days=7, by=cast.wumin)
        assert client.get(f"/tv/{secret}/").status_code == 404
    assert page(client, other) and client.post(f"/tv/{other}/").status_code == 405
    User.objects.filter(pk=cast.wumin.pk).update(is_active=False)
    with clock.at(instant(NOW)):
        assert client.get(f"/tv/{other}/").status_code == 404
    events = Entry.objects.filter(event__startswith="screen.").order_by("pk").values_list("event", flat=True)
    assert list(events) == ["screen.made", "screen.revoked", "screen.rekeyed"]


def test_what_its_owner_may_not_see_any_more_is_not_shown(selling: None, cast: Cast, client: Client) -> None:
    _screen, secret = put_up(cast)
    User.objects.filter(pk=cast.wumin.pk).update(roles=["hr"])
    assert "无可显示" in page(client, secret)
    User.objects.filter(pk=cast.wumin.pk).update(roles=["manager"], unit=cast.unit("D2"))
    assert "无可显示" in page(client, secret)


def test_it_is_noted_when_it_was_looked_at(cast: Cast, client: Client) -> None:
    _screen, secret = put_up(cast)
    page(client, secret)
    page(client, secret, at="2026-04-17 12:04")
    assert Screen.objects.get().seen_at == instant(NOW)
    page(client, secret, at="2026-04-17 12:06")
    assert Screen.objects.get().seen_at == instant("2026-04-17 12:06")


def test_what_is_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Forbidden):
        put_up(cast, by=cast.chenan)
    for given in ({"boards": ()}, {"boards": ("salaries",)}, {"days": 0}, {"days": 366}, {"name": " "}):
        with pytest.raises(Refused):
            put_up(cast, **given)
    screen, _secret = put_up(cast)
    with pytest.raises(Forbidden):
        verbs.revoke_screen(screen, by=cast.heli)
    monkeypatch.setattr("loudou.broadcasts.verbs.screens.MOST", 1)
    with pytest.raises(Refused):
        put_up(cast)


def test_from_the_page(cast: Cast, client: Client) -> None:
    enter(client, cast.wumin)
    data = {
        "name": "大厅",
        "boards": ["funnel"],
        "names": "none",
        "seconds": 15,
        "days": 10,
        "unit": cast.unit("D1").pk,
    }
    assert client.post("/screens/new/", data).status_code == 302
    shown = client.get("/screens/").content.decode()
    [link] = re.findall(r'href="([^"]*/tv/[^"]*)"', shown)
    assert "大厅" in shown and "/tv/" not in client.get("/screens/").content.decode()  # shown once
    assert client.get(link[link.index("/tv/") :]).status_code == 200
    found = Screen.objects.get()
    assert client.post("/screens/new/", {**data, "boards": []}).status_code == 422
    assert client.post(f"/screens/{found.pk}/renew/", {"days": 5}).status_code == 302
    assert client.post(f"/screens/{found.pk}/renew/", {"days": 0}).status_code == 422
    assert client.post(f"/screens/{found.pk}/down/").status_code == 302
    assert "已撤下" in client.get("/screens/").content.decode()


def test_what_opens_without_signing_in_takes_the_password(cast: Cast) -> None:
    """A link that lives for a year is asked for like a token (AU-19); what was typed goes on with the password."""
    client = Client()
    client.force_login(cast.wumin)  # signed in long ago
    given = {"name": "一部大屏", "boards": ["funnel"], "names": "full", "seconds": 20, "days": 30}
    asked = client.post("/screens/new/", given)
    assert asked.status_code == 403 and 'value="一部大屏"' in asked.content.decode()
    assert not Screen.objects.exists()
    assert enter(client, cast.wumin).post("/screens/new/", given).status_code == 302


REPORTS = ("promotion", "contacts", "forecast", "accuracy", "narrowing")


def board(client: Client, secret: str, name: str) -> list[list[str]]:
    """The lines of a board of a screen that shows the reports P02 to P06."""
    shown = page(client, secret, REPORTS.index(name))
    assert "机密商机" not in shown and "/deals/" not in shown
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", shown, re.S)
    return [[re.sub("<.*?>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in rows]


def test_the_reports_of_the_funnel_hang_on_the_wall(selling: None, cast: Cast, client: Client) -> None:
    with clock.at(instant("2026-04-01 10:00")):
        forecasts.submit(cast.wumin, period=APRIL, submitted=Decimal(0), reason="先按零报", by=cast.wumin)
        forecasts.lock_period(APRIL, by=None)
        make.deal(cast.chenan, title="机密商机二号", amount=500_000, expected_on=make.day("2026-06-30"))
    _screen, secret = put_up(cast, boards=REPORTS)
    promoted = board(client, secret, "promotion")
    assert promoted[0] == ["阶段", "期初", "流入", "流出", "退出", "流失", "滞留"]
    assert promoted[1] == ["验证", "0", "2", "0", "0", "0", "2"]
    assert "0 / 2" in page(client, secret, REPORTS.index("contacts"))
    sheet = board(client, secret, "forecast")
    assert sheet[1] == ["验证", "2", "¥80万", "¥8万"] and sheet[-1] == ["总计", "2", "¥80万", "¥8万"]
    assert [row[0] for row in board(client, secret, "accuracy")] == ["层级", "部门经理"]
    assert board(client, secret, "narrowing")[1][0] == "验证"


def test_a_period_that_still_runs_is_not_counted_on_the_wall(cast: Cast, client: Client) -> None:
    """As on the page of the board: what is not over says nothing of the forecast yet (C12)."""
    for month in ("2026-03", "2026-04"):
        with clock.at(instant(f"{month}-02 10:00")):
            period = Fiscal().parse(month)
            forecasts.submit(
                cast.wumin, period=period, submitted=Decimal(100), reason="先按百报", by=cast.wumin
            )
            forecasts.lock_period(period, by=None)
    _screen, secret = put_up(cast, boards=("accuracy",))
    assert board(client, secret, "accuracy")[1][-1] == "0 / 1"


def test_a_board_without_anything_to_tell_says_so(cast: Cast, client: Client) -> None:
    _screen, secret = put_up(cast, boards=("accuracy",))
    assert "还没有可显示的内容" in page(client, secret)


def test_a_board_can_fill_the_screen(cast: Cast, client: Client) -> None:
    """The script shows the button where there is a full screen to go to."""
    _screen, secret = put_up(cast, boards=("funnel",))
    shown = page(client, secret)
    assert "data-full hidden" in shown and "全屏" in shown
