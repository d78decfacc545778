"""The settings pages: what they show, to whom, and that their forms keep what was typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.test import Client

from loudou.environment import read
from loudou.journal.models import Delivery
from loudou.people import verbs
from loudou.people.models import Calendar, Membership, User
from tests.cast import Cast
from tests.doors import enter


@pytest.fixture
def admin(cast: Cast) -> Client:
    return enter(Client(), cast.gaoming)


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_directory_finds_people_by_pinyin_initials_role_and_unit(cast: Cast, admin: Client) -> None:
    for query, found, hidden in (
        ("q=chenan", "陈安", "李娜"),
        ("q=ca", "陈安", "李娜"),
        ("q=陈", "陈刚", "李娜"),
        ("role=rep", "马骁", "林静"),
        ("unit=CENTER", "赵敏", "马骁"),
        ("unit=D1&role=manager", "吴敏", "陈安"),
        ("state=no_second_factor&q=lina", "李娜", "陈安"),
    ):
        page = text(admin, f"/settings/people/?{query}").split("<tbody>")[1]
        assert found in page, query
        assert hidden not in page, query
    assert "没有符合条件的人" in text(admin, "/settings/people/?q=zzz")
    assert "陈安" in text(admin, "/settings/people/?role=king&state=x&unit=NOWHERE")


def test_the_count_goes_on_with_what_is_looked_for_while_one_types(admin: Client) -> None:
    part = admin.get("/settings/people/", {"q": "chenan"}, headers={"HX-Request": "true"}).content.decode()
    assert '<span hx-swap-oob="innerHTML:[data-counted]">1</span>' in part
    assert text(admin, "/settings/people/").count("data-counted") == 2  # the page's and the phone's head


def test_closed_and_idle_accounts_have_lists_of_their_own(cast: Cast, admin: Client) -> None:
    verbs.deactivate(cast.maxiao, by=None)
    assert "马骁" not in text(admin, "/settings/people/").split("<tbody>")[1]
    assert "马骁" in text(admin, "/settings/people/?state=closed").split("<tbody>")[1]
    verbs.sign_in(username="lina", password="x", address=None)
    User.objects.filter(username="lina").update(last_login="2020-01-01T00:00:00Z")
    verbs.edit_person(cast.chenan, joined_on=date(2999, 1, 1), by=None)
    idle = text(admin, "/settings/people/?state=idle").split("<tbody>")[1]
    assert "李娜" in idle
    assert "陈安" not in idle  # only just joined


def test_who_was_only_just_added_has_not_stayed_away(cast: Cast, admin: Client) -> None:
    verbs.add_person(username="xin", name="新来的", unit=cast.chenan.unit, roles_held=["rep"], by=None)
    verbs.add_person(username="jiu", name="旧来的", unit=cast.chenan.unit, roles_held=["rep"], by=None)
    Membership.objects.filter(user__username="jiu").update(since=date(2020, 1, 1))
    idle = text(admin, "/settings/people/?state=idle").split("<tbody>")[1]
    assert "旧来的" in idle
    assert "新来的" not in idle


def test_a_long_directory_goes_on(cast: Cast, admin: Client) -> None:
    for n in range(60):
        verbs.add_person(username=f"n{n:02}", name=f"新人{n:02}", unit=None, roles_held=[], by=None)
    page = text(admin, "/settings/people/")
    assert "81" in page
    link = page.split('id="people-more"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    rest = admin.get(link, headers={"HX-Request": "true"}).content.decode()
    assert rest.count('<tr id="person-') == 31
    assert "people-more" not in rest


def test_a_dealer_sees_themselves_and_who_looks_after_them(cast: Cast) -> None:
    dealer = verbs.add_person(
        username="dealer", name="经销商", unit=None, roles_held=["partner"], manager=cast.chengang, by=None
    )
    client = enter(Client(), dealer)
    page = text(client, "/settings/people/").split("<tbody>")[1]
    assert page.count('<tr id="person-') == 2
    assert text(client, f"/settings/people/{cast.chengang.pk}/")
    text(client, f"/settings/people/{cast.lina.pk}/", status=404)
    text(client, "/settings/units/", status=403)
    verbs.edit_person(cast.chengang, phone="13911112222", by=None)
    card = text(client, f"/settings/people/{cast.chengang.pk}/")
    assert "13911112222" not in card and "139 1111 2222" not in card
    assert ">139 1111 2222<" in text(enter(Client(), cast.lina), f"/settings/people/{cast.chengang.pk}/")


def test_a_colleague_s_card_tells_nothing_of_the_account(cast: Cast) -> None:
    page = text(enter(Client(), cast.chenan), f"/settings/people/{cast.lina.pk}/")
    for word in ("上次登录", "第二因素", "停用账户", "编辑"):
        assert word not in page
    keeper = text(enter(Client(), cast.yanzheng), f"/settings/people/{cast.lina.pk}/")
    assert "上次登录" in keeper
    assert "停用账户" not in keeper
    text(enter(Client(), cast.chenan), "/settings/people/999999/", status=404)


def test_adding_a_person_shows_the_first_password_once(cast: Cast, admin: Client) -> None:
    given = {"name": "新人", "username": "newbie", "unit": cast.unit("D1").pk, "manager": cast.wumin.pk}
    answer = admin.post("/settings/people/add/", {**given, "roles": ["rep"], "entry": "password"})
    assert answer.status_code == 302
    user = User.objects.get(username="newbie")
    assert (user.manager, user.roles, user.must_change_password) == (cast.wumin, ["rep"], True)
    page = text(admin, answer.url)
    password = page.split('<code class="secret">')[1].split("<")[0]
    assert user.check_password(password)
    assert password not in text(admin, answer.url)


def test_adding_by_mail_needs_an_address_and_keeps_nothing_without(
    cast: Cast, admin: Client, settings: object
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, mail=read({"SMTP_URL": "smtp://localhost"}).mail)  # type: ignore[attr-defined]
    given = {"name": "新人", "username": "newbie", "entry": "mail", "manager_text": "wumin"}
    assert admin.post("/settings/people/add/", given).status_code == 422
    assert not User.objects.filter(username="newbie").exists()
    answer = admin.post("/settings/people/add/", {**given, "email": "new@example.org"})
    assert answer.status_code == 302
    assert Delivery.objects.get().recipient == "new@example.org"
    assert User.objects.get(username="newbie").manager == cast.wumin


def test_a_manager_is_chosen_by_name_without_a_script(cast: Cast, admin: Client) -> None:
    path = f"/settings/people/{cast.lina.pk}/edit/"
    given = {"name": "李娜", "username": "lina", "version": cast.lina.version}
    assert admin.post(path, {**given, "manager": "", "manager_text": "刘洋"}).status_code == 302
    cast.lina.refresh_from_db()
    assert cast.lina.manager == cast.liuyang
    for nobody in ("某某", "999999", "x" * 300):
        answer = admin.post(path, {**given, "version": "", "manager_text": nobody})
        assert answer.status_code == 422
        assert "请从列表中选一个人" in answer.content.decode()
    stale = admin.post(path, {**given, "phone": "1", "manager_text": ""})
    assert stale.status_code == 409
    answer = admin.post(path, {**given, "version": "", "name": "", "phone": "5"})
    assert answer.status_code == 422
    assert 'value="5"' in answer.content.decode()


def test_human_resources_see_no_roles_to_give(cast: Cast) -> None:
    client = enter(Client(), cast.renli)
    assert 'name="roles"' not in text(client, "/settings/people/add/")
    given = {"name": "新人", "username": "newbie", "entry": "password", "roles": ["admin"]}
    assert client.post("/settings/people/add/", given).status_code == 302
    assert User.objects.get(username="newbie").roles == []
    text(client, f"/settings/people/{cast.lina.pk}/roles/", status=403)


def test_roles_are_given_on_their_page(cast: Cast, admin: Client) -> None:
    path = f"/settings/people/{cast.lina.pk}/roles/"
    assert 'value="rep" ' in text(admin, path)
    answer = admin.post(path, {"roles": ["admin", "auditor"], "version": cast.lina.version})
    assert answer.status_code == 422
    assert "必须是不同的人" in answer.content.decode()
    assert admin.post(path, {"roles": ["manager"], "version": cast.lina.version}).status_code == 302
    assert User.objects.get(username="lina").roles == ["manager"]
    assert admin.post(path, {"roles": ["rep"], "version": cast.lina.version}).status_code == 409


def test_moving_closing_and_opening(cast: Cast, admin: Client) -> None:
    base = f"/settings/people/{cast.lina.pk}"
    assert admin.post(f"{base}/unit/", {"unit": cast.unit("D2").pk, "on": "2020-01-01"}).status_code == 422
    assert admin.post(f"{base}/unit/", {"unit": cast.unit("D2").pk, "on": "2026-04-01"}).status_code == 302
    assert "直销二部" in text(admin, f"{base}/")
    assert "会话和令牌已失效" in admin.post(f"{base}/deactivate/", follow=True).content.decode()
    assert "重新启用账户" in text(admin, f"{base}/")
    admin.post(f"{base}/reactivate/")
    assert User.objects.get(username="lina").is_active
    answer = admin.post(f"{base}/password/", follow=True)
    assert '<code class="secret">' in answer.content.decode()
    assert admin.post(f"/settings/people/{cast.gaoming.pk}/deactivate/").status_code == 422


def test_a_lock_shows_and_is_undone(cast: Cast, admin: Client) -> None:
    for _n in range(5):
        verbs.sign_in(username="lina", password="wrong", address=None)
    assert "已锁定" in text(admin, f"/settings/people/{cast.lina.pk}/")
    admin.post(f"/settings/people/{cast.lina.pk}/unlock/")
    assert "已锁定" not in text(admin, f"/settings/people/{cast.lina.pk}/").replace("锁定了", "")


def test_suggestions_for_a_field(cast: Cast) -> None:
    client = enter(Client(), cast.chenan)
    found = text(client, "/people/suggest/?owner_text=wm")
    assert f'data-value="{cast.wumin.pk}"' in found and 'data-text="吴敏"' in found
    assert "没有匹配的人" in text(client, "/people/suggest/?q=zzz")
    assert text(client, "/people/suggest/").count('role="option"') == 12


def test_the_tree_grows_moves_and_shrinks(cast: Cast, admin: Client) -> None:
    d1 = cast.unit("D1")
    page = text(admin, "/settings/units/")
    assert "直销一部" in page and "6 人" in page
    assert f'value="{d1.pk}" selected' in text(admin, f"/settings/units/add/?parent={d1.pk}")
    given = {"code": "D1A", "name": "一组", "kind": "team", "parent": d1.pk}
    assert admin.post("/settings/units/add/", given).url == "/settings/units/"
    again = admin.post("/settings/units/add/", given)
    assert again.status_code == 422 and "已有代码" in again.content.decode()
    unit = cast.unit("D1A")
    page = text(admin, f"/settings/units/{d1.pk}/move/")
    assert "2 个部门" in page and "6 人" in page
    path = f"/settings/units/{unit.pk}"
    assert (
        admin.post(f"{path}/", {"name": "二组", "kind": "team", "version": unit.version}).status_code == 302
    )
    assert (
        admin.post(f"{path}/", {"name": "三组", "kind": "team", "version": unit.version}).status_code == 409
    )
    assert admin.post(f"{path}/", {"name": "", "kind": "team"}).status_code == 422
    assert admin.post(f"{path}/move/", {"parent": unit.pk, "on": "2999-01-01"}).status_code == 422
    assert admin.post(f"{path}/move/", {"parent": cast.unit("D2").pk, "on": "2099-01-01"}).status_code == 302
    assert "2099-01-01" in text(admin, f"{path}/")
    assert admin.post(f"{path}/retire/").url == "/settings/units/"
    assert "二组" in text(admin, "/settings/units/")
    assert admin.post(f"/settings/units/{d1.pk}/retire/").status_code == 422
    text(admin, "/settings/units/999999/", status=404)


def test_an_empty_tree_says_what_to_do(cast: Cast) -> None:
    from loudou.people.models import Unit

    Unit.objects.update(retired_at="2026-01-01T00:00:00Z")
    assert "先建公司" in text(enter(Client(), cast.gaoming), "/settings/units/")


def test_the_organisation_is_read_by_many_and_changed_by_one(cast: Cast, admin: Client) -> None:
    page = text(admin, "/settings/organisation/")
    version = page.split('name="version" value="')[1].split('"')[0]
    given = {
        **{"name": "恒远设备", "base_currency": "CNY", "fiscal_first_month": "4", "time_zone": "Asia/Taipei"},
        **{"calendar": Calendar.objects.get(code="TW").pk, "back_date_days": "3", "reopen_days": "180"},
        **{"hold_days": "60", "confirm_amount": "50万", "version": version},
    }
    assert admin.post("/settings/organisation/", given).status_code == 302
    assert admin.post("/settings/organisation/", {**given, "name": "别的"}).status_code == 409
    bad = admin.post("/settings/organisation/", {**given, "hold_days": "-1", "confirm_amount": "lots"})
    assert bad.status_code == 422
    reader = enter(Client(), cast.yanzheng)
    page = text(reader, "/settings/organisation/")
    assert "Asia/Taipei" in page and "¥50万" in page and '<form method="post" class="body' not in page
    assert reader.post("/settings/organisation/", given).status_code == 403


def test_the_table_of_rights_is_on_one_screen(cast: Cast) -> None:
    from loudou.people.grants import GRANTS

    page = text(enter(Client(), cast.yanzheng), "/settings/roles/")
    for right in GRANTS:
        assert right in page
    assert "narrow/?" not in page
    security = enter(Client(), cast.anran)
    assert "narrow/?" in text(security, "/settings/roles/")
    path = "/settings/roles/narrow/?verb_name=pipeline.see&role=manager"
    assert "查看商机" in text(security, path)
    answer = security.post(
        "/settings/roles/narrow/", {"verb_name": "pipeline.see", "role": "manager", "reach": "OWN"}
    )
    assert answer.url == "/settings/roles/"
    page = text(security, "/settings/roles/")
    assert page.count("narrowed") == 2  # the legend and the one
    assert "checked" in text(security, path).split('value="OWN"')[1][:10]
    assert (
        security.post(
            "/settings/roles/narrow/", {"verb_name": "pipeline.see", "role": "manager", "reach": "ALL"}
        ).status_code
        == 422
    )
    text(security, "/settings/roles/narrow/?verb_name=no.verb&role=rep", status=403)
    text(security, "/settings/roles/narrow/?verb_name=pipeline.see&role=hr", status=403)


def test_every_right_has_words() -> None:
    from loudou.people.grants import GRANTS
    from loudou.people.policy import RIGHTS

    assert set(GRANTS) - set(RIGHTS) == set(), "say in people/policy.py what the right is"
    assert set(RIGHTS) - set(GRANTS) == set()


def test_a_year_shows_holidays_and_make_up_days(cast: Cast, admin: Client) -> None:
    calendar = Calendar.objects.get(code="CN")
    path = f"/settings/calendars/{calendar.pk}/"
    page = text(admin, f"{path}?year=2026")
    assert "248 个工作日" in page
    assert page.count('class="makeup') == 6
    assert "暂定" in text(admin, f"{path}?year=2090")
    assert "1990" in text(admin, f"{path}?year=0001")
    assert text(admin, f"{path}?year=abc")
    assert 'value="2026-04-17"' in text(admin, f"{path}?year=2026&day=2026-04-17")
    answer = admin.post(f"{path}day/", {"day": "2026-04-17", "working": "off", "name": "厂庆"})
    assert answer.url == f"{path}?year=2026"
    assert "厂庆" in text(admin, f"{path}?year=2026")
    assert admin.post(f"{path}day/", {"day": "", "working": "off"}).status_code == 422
    version = Calendar.objects.get(code="CN").version
    assert admin.post(path, {"name": "中国", "weekend": ["6"], "version": version}).status_code == 302
    assert admin.post(path, {"name": "中国", "weekend": list("0123456")}).status_code == 422
    text(admin, "/settings/calendars/999999/", status=404)
    reader = enter(Client(), cast.chenan)
    assert "设定某一天" not in text(reader, path)
    assert reader.post(path, {"name": "x", "weekend": ["6"]}).status_code == 403


def test_an_own_calendar_is_added(cast: Cast, admin: Client) -> None:
    answer = admin.post("/settings/calendars/add/", {"code": "plant", "name": "二厂", "weekend": ["6"]})
    assert answer.status_code == 302
    assert "二厂" in text(admin, answer.url)
    assert "自建" in text(admin, "/settings/calendars/")
    again = admin.post("/settings/calendars/add/", {"code": "plant", "name": "二厂", "weekend": ["6"]})
    assert again.status_code == 422


def test_rates_have_a_history(cast: Cast) -> None:
    client = enter(Client(), cast.qianjin)
    assert "还没有汇率" in text(client, "/settings/rates/")
    for day, rate in (("2026-01-01", "7.1"), ("2026-07-01", "7.25")):
        given = {"currency": "usd", "kind": "plan", "valid_from": day, "rate": rate}
        assert client.post("/settings/rates/", given).status_code == 302
    page = text(client, "/settings/rates/")
    assert "7.25" in page and "<b>7.1</b>" in page
    assert client.post("/settings/rates/", {**given, "currency": "CNY"}).status_code == 422
    assert client.post("/settings/rates/", {**given, "rate": "-1"}).status_code == 422
    reader = enter(Client(), cast.yanzheng)
    assert reader.post("/settings/rates/", given).status_code == 403


@pytest.mark.parametrize("path", ["/settings/people/", "/settings/units/", "/settings/roles/"])
def test_pages_ask_as_much_of_a_large_house_as_of_a_small_one(cast: Cast, path: str) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = enter(Client(), cast.yanzheng)

    def asked() -> int:
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(path)
        return len(queries)

    small = asked()
    unit = cast.unit("D3")
    for n in range(30):
        below = verbs.add_unit(code=f"X{n}", name=f"x{n}", kind="team", parent=unit, by=None)
        verbs.add_person(
            username=f"x{n}", name=f"x{n}", unit=below, roles_held=["rep"], manager=cast.wumin, by=None
        )
    assert asked() == small <= 20
