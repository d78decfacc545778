"""Changing one's own preferences."""

from __future__ import annotations

from django.test import Client

from loudou.journal.models import Entry
from loudou.people import verbs
from tests.cast import Cast


def test_the_page_speaks_the_language_chosen(cast: Cast, client: Client) -> None:
    client.force_login(cast.lina)
    chosen = {"language": "en", "theme": "dark", "landing": "pipeline:board", "mail_notices": "daily"}
    assert client.post("/account/", chosen).status_code == 302
    page = client.get("/account/").content.decode()
    assert 'lang="en"' in page
    assert 'data-bs-theme="dark"' in page
    assert "My account" in page
    told = Entry.objects.get(event="user.preferences_set").particulars["changes"]
    assert told["theme"] == ["auto", "dark"]


def test_only_one_s_own_and_only_preferences(cast: Cast) -> None:
    assert verbs.set_preferences(cast.lina, theme="dark", by=cast.gaoming).theme == "auto"
    assert verbs.set_preferences(cast.lina, roles=["admin"], by=cast.lina).roles == ["rep"]
    assert not Entry.objects.filter(event="user.preferences_set").exists()


def test_the_language_can_be_chosen_before_signing_in(client: Client, cast: Cast) -> None:
    answer = client.post("/language/", {"language": "zh-hant", "next": "/login/"})
    assert answer.url == "/login/"
    assert "登入" in client.get("/login/").content.decode()
    client.post("/language/", {"language": "xx"})
    assert "登入" in client.get("/login/").content.decode()
    client.force_login(cast.lina)
    client.post("/language/", {"language": "en"})
    cast.lina.refresh_from_db()
    assert cast.lina.language == "en"


def test_nonsense_is_refused(cast: Cast, client: Client) -> None:
    client.force_login(cast.lina)
    assert client.post("/account/", {"language": "xx", "theme": "pink"}).status_code == 422


def test_one_lands_where_one_likes(cast: Cast, client: Client) -> None:
    verbs.set_password(cast.lina, password="a-good-password-26", by=None, must_change=False)
    verbs.set_preferences(cast.lina, landing="people:account", by=cast.lina)
    answer = client.post("/login/", {"username": "lina", "password": "a-good-password-26"})
    assert answer.url == "/account/"
    verbs.set_preferences(cast.lina, landing="gone:page", by=cast.lina)
    assert client.get("/login/").url == "/"


def test_the_appearance_changes_from_any_page_and_back(cast: Cast, client: Client) -> None:
    client.force_login(cast.lina)
    assert client.post("/account/appearance/", {"theme": "dark", "next": "/customers/"}).url == "/customers/"
    assert 'data-bs-theme="dark"' in client.get("/account/").content.decode()
    assert client.post("/account/appearance/", {"theme": "pink", "next": "//evil.example"}).url == "/account/"
    assert 'data-bs-theme="dark"' in client.get("/account/").content.decode()


def test_the_device_keeps_the_language_for_when_nobody_is_signed_in(cast: Cast, client: Client) -> None:
    verbs.set_password(cast.lina, password="a-good-password-26", by=None, must_change=False)
    verbs.set_preferences(cast.lina, language="en", by=cast.lina)
    client.post("/login/", {"username": "lina", "password": "a-good-password-26"})
    client.post("/logout/")
    assert "Sign in" in client.get("/login/").content.decode()


def test_one_lands_only_where_one_may_go(cast: Cast, client: Client) -> None:
    client.force_login(cast.gaoming)
    page = client.get("/account/").content.decode()
    assert 'value="pipeline:board"' not in page
    sent = {"language": "zh-hans", "theme": "auto", "landing": "pipeline:board"}
    assert client.post("/account/", sent).status_code == 422
    client.force_login(cast.lina)
    assert client.post("/account/", sent).status_code == 302
    assert client.get("/login/").url == "/board/"
    verbs.grant_roles(cast.lina, roles_held=["hr"], by=cast.gaoming)
    client.force_login(cast.lina)
    assert client.get("/login/").url == "/"
