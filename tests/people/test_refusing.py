"""Whoever lacks a right reads which one it takes, who has it, and what can be done about it."""

from __future__ import annotations

import pytest
from django.test import Client

from loudou.people import verbs
from loudou.people.models import User
from tests.cast import Cast
from tests.doors import enter


def told(who: User, path: str) -> str:
    who.language = "en"
    who.save(update_fields=["language"])
    answer = enter(Client(), who).get(path)
    assert answer.status_code == 403
    return answer.content.decode().split('id="error"')[1]


def test_the_right_and_its_roles_are_named(cast: Cast) -> None:
    page = told(cast.lina, "/audit/")
    assert "read the whole journal" in page
    assert "Security administrator; Auditor." in page
    assert "colleague" not in page
    assert "/settings/people/" not in page


def test_an_administrator_reads_that_the_journal_is_another_s_and_is_led_to_people(cast: Cast) -> None:
    page = told(cast.gaoming, "/audit/")
    assert "Nobody can be Administrator besides" in page
    assert 'href="/settings/people/"' in page


def test_what_an_administrator_could_have_is_given_by_another(cast: Cast) -> None:
    assert "You give roles, though not to yourself" in told(cast.gaoming, "/board/")


def test_a_right_that_was_narrowed_away_has_no_holder(cast: Cast) -> None:
    for role in ("auditor", "security"):
        verbs.narrow(verb_name="journal.audit", role=role, reach="NONE", by=cast.anran)
    assert "Roles that have it: —." in told(cast.gaoming, "/audit/")


@pytest.mark.parametrize("who", ["gaoming", "anran"])
def test_whoever_gives_roles_finds_the_auditors_in_the_settings(cast: Cast, who: str) -> None:
    page = enter(Client(), getattr(cast, who)).get("/settings/").content.decode()
    assert 'href="/settings/people/?role=auditor"' in page
    assert "role=auditor" not in enter(Client(), cast.lina).get("/settings/").content.decode()


def test_an_administrator_makes_the_auditor_who_finds_the_refusal_in_the_journal(cast: Cast) -> None:
    """The newcomer's way in a fresh house: oneself one cannot, a colleague one can."""
    admin = enter(Client(), cast.gaoming)
    assert (
        admin.post(f"/settings/people/{cast.gaoming.pk}/roles/", {"roles": ["admin", "auditor"]}).status_code
        == 422
    )
    made = verbs.add_person(
        username="shenji",
        name="沈稽",
        password="a-good-password-26",
        unit=None,
        roles_held=[],
        by=cast.gaoming,
    )
    sent = {"roles": ["auditor"], "version": str(made.version)}
    assert admin.post(f"/settings/people/{made.pk}/roles/", sent).status_code == 302
    auditor = enter(Client(), User.objects.get(pk=made.pk))
    assert auditor.post("/audit/open/").url.startswith("/audit/")
    assert "沈稽" in auditor.get("/audit/").content.decode()
