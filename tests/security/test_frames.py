"""What another site could learn or make somebody do by showing ours inside itself (XS-10), and links that open by
themselves (AC-16; how they end is tested beside them).
"""

from __future__ import annotations

import pytest
from django.test import Client

from loudou.fieldwork import verbs as fieldwork
from loudou.people import invitations
from loudou.people import verbs as people
from tests.broadcasts.test_screens import put_up
from tests.cast import Cast
from tests.doors import enter

PASSWORD = "a-good-password-26"


@pytest.mark.parametrize("path", ["/signoff/", "/login/", "/account/", "/exports/", "/nothing/"])
def test_no_page_stands_in_a_frame_of_somebody_else(cast: Cast, path: str) -> None:
    answer = enter(Client(), cast.wumin).get(path)
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert (answer["X-Frame-Options"], answer["Cross-Origin-Opener-Policy"]) == ("DENY", "same-origin")
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_nothing_that_says_who_one_is_goes_along_with_what_others_ask_for(cast: Cast) -> None:
    """A search that another site times is a stranger's: it ends at the door whether something is found or not."""
    people.set_password(cast.lina, password=PASSWORD, by=None, must_change=False)
    client = Client()
    assert client.post("/login/", {"username": "lina", "password": PASSWORD}).url == "/"
    client.get("/board/")
    same_site = {name: cookie["samesite"] for name, cookie in client.cookies.items()}
    assert len(same_site) == 2 and set(same_site.values()) == {"Lax"}, same_site
    for found in ("陈", "nothing-is-called-so"):
        assert Client().get(f"/search/?q={found}").status_code == 302


def test_links_that_need_no_password_are_guessed_by_nobody_and_kept_by_no_index(cast: Cast) -> None:
    """At least 128 bits each, never the same twice."""
    feeds = [fieldwork.open_feed(by=cast.chenan) for _time in range(50)]
    screens = [put_up(cast)[1] for _time in range(5)]
    link = invitations.make(cast.lina).partition("-")[2]
    for secrets, bits in ((feeds, 6), (screens, 6), ([link], 4)):
        assert len(set(secrets)) == len(secrets)
        assert all(len(secret) * bits >= 128 for secret in secrets)
    client = Client()
    for address in (f"/agenda/{feeds[-1]}.ics", f"/tv/{screens[-1]}/", f"/agenda/{feeds[0]}.ics", "/login/"):
        assert client.get(address)["X-Robots-Tag"] == "noindex, nofollow"
    assert client.get(f"/agenda/{feeds[-1][:-1]}.ics").status_code == 404  # a part of it is nothing
