"""From a page that answered a form one gets back to a page: after another language, another look, a password, a sign-in."""

from __future__ import annotations

import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import Resolver404, path, reverse
from django.urls.resolvers import RoutePattern

from loudou.ui.addresses import shows
from loudou.urls import Room, room
from tests.cast import Cast

SITE = "http://testserver"


@pytest.fixture
def lina(cast: Cast, client: Client) -> Client:
    cast.lina.totp_secret = "A" * 32
    cast.lina.save(update_fields=["totp_secret"])
    client.force_login(cast.lina)
    return client


def refused(client: Client, **came: str) -> HttpResponse:
    """A full page that answers a form whose address takes no GET: the password is missing."""
    headers = {"Referer": SITE + came["came_from"]} if came else {}
    answer = client.post("/account/second-factor/remove/", {}, headers=headers)
    assert answer.status_code == 422
    return answer


def nexts(answer: HttpResponse) -> set[str]:
    return set(re.findall(r'name="next" value="([^"]*)"', answer.content.decode()))


@pytest.mark.parametrize(
    ("act", "chosen"), [("/language/", {"language": "en"}), ("/account/appearance/", {"theme": "dark"})]
)
def test_another_language_or_look_leads_to_the_page_the_form_stood_on(
    lina: Client, act: str, chosen: dict[str, str]
) -> None:
    (there,) = nexts(refused(lina, came_from="/account/second-factor/?from=menu"))
    assert there == "/account/second-factor/?from=menu"
    assert lina.post(act, chosen | {"next": there}, follow=True).status_code in (200, 403)


def test_without_a_page_one_came_from_it_is_the_first(lina: Client) -> None:
    assert nexts(refused(lina)) == {"/"}
    assert nexts(refused(lina, came_from="/account/second-factor/remove/")) == {"/"}
    assert nexts(refused(lina, came_from="/logout/")) == {"/"}


def test_a_form_that_answers_at_its_own_address_is_gone_back_to(lina: Client) -> None:
    answer = lina.post("/account/", {"language": "xx"}, headers={"Referer": SITE + "/"})
    assert nexts(answer) == {"/account/"}


def test_an_address_only_forms_are_sent_to_is_never_led_to(lina: Client) -> None:
    assert lina.post("/language/", {"language": "en", "next": "/logout/"}).url == "/login/"
    assert lina.post("/account/appearance/", {"theme": "dark", "next": "/language/"}).url == "/account/"


def test_whoever_s_session_ended_over_a_form_comes_back_to_its_page(client: Client, cast: Cast) -> None:
    answer = client.post("/account/sessions/end/", headers={"Referer": SITE + "/account/"})
    assert answer.url == "/login/?next=%2Faccount%2F"
    assert client.post("/account/sessions/end/").url == "/login/?next=%2F"
    assert client.get("/deals/?owner=me").url == "/login/?next=%2Fdeals%2F%3Fowner%3Dme"


def test_a_password_asked_for_can_be_declined(cast: Cast, client: Client) -> None:
    client.force_login(cast.yanzheng)
    asked = client.post("/audit/export/", headers={"Referer": SITE + "/audit/?channel=web"})
    assert asked.status_code == 403
    assert 'href="/audit/?channel=web"' in asked.content.decode()


def test_where_only_forms_are_sent_to_there_is_no_page() -> None:
    assert not shows(reverse("people:language"))
    assert not shows(reverse("people:sign_out") + "?x=1")
    assert shows(reverse("people:sign_in"))
    assert shows(reverse("pipeline:list") + "?sort=due")
    assert shows("/nowhere/")


def test_whoever_says_nonsense_of_where_they_come_from_came_from_nowhere(cast: Cast, client: Client) -> None:
    client.force_login(cast.chenan)
    assert client.get("/nowhere/", headers={"Referer": "http://["}).status_code == 404


def test_a_room_answers_to_its_own_addresses_alone() -> None:
    deals, desk = room("loudou.pipeline.urls"), room("loudou.desk.urls")
    assert deals.resolve("deals/").view_name == "pipeline:list"
    assert deals.resolve("deals/7/").kwargs == {"pk": 7}
    for other in ("", "deal", "customers/", "deals"):
        with pytest.raises(Resolver404):
            deals.resolve(other)
    # One of the desk's addresses is a pattern: it is asked for any path.
    assert (desk.resolve("").view_name, desk.resolve("field/").view_name) == ("desk:home", "desk:room")


def test_a_room_whose_address_begins_with_a_value_is_asked_for_any_path() -> None:
    def view(request: HttpRequest, name: str) -> HttpResponse:
        return HttpResponse(name)

    some = Room(RoutePattern(""), [path("<slug:name>/", view)])
    assert some.resolve("anything/").kwargs == {"name": "anything"}
