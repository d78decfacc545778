"""What history keeps of backups, and what a restored copy must not go on with."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loudou.journal.models import Delivery, Entry, Notice
from loudou.journal.record import acting, send_mail
from loudou.kernel import clock
from loudou.people import verbs
from loudou.people.models import Session, Token
from tests.cast import Cast


@pytest.fixture
def restored(cast: Cast) -> Cast:
    """A copy in which somebody is signed in, a token opens, and a mail waits."""
    Session.objects.create(
        session_key="s" * 32,
        session_data="x",
        expire_date=clock.now() + timedelta(hours=1),
        user=cast.chenan,
    )
    verbs.make_token(cast.chenan, name="erp", scopes=["read"], by=cast.chenan)
    with acting():
        send_mail("a@example.com", "once", "only")
    return cast


def test_a_failed_backup_reaches_every_administrator_by_mail_where_there_is_an_address(cast: Cast) -> None:
    cast.gaoming.email = "gaoming@example.com"
    cast.gaoming.save()
    cast.heli.roles, cast.heli.email = [*cast.heli.roles, "admin"], ""
    cast.heli.save()
    verbs.note_failed_backup(reason="disk full", by=None)
    assert {notice.recipient for notice in Notice.objects.all()} == {cast.gaoming, cast.heli}
    mail = Delivery.objects.get()
    assert "gaoming@example.com" in str(vars(mail)) and "disk full" in str(vars(mail))
    assert Entry.objects.get(event="organisation.backup_failed").particulars["reason"] == "disk full"


def test_a_restored_copy_signs_nobody_in_and_sends_nothing_twice(restored: Cast) -> None:
    made_at = clock.now() - timedelta(days=1)
    assert verbs.resume_after_restore(made_at=made_at, by=None) == 1
    assert not Session.objects.exists()
    assert Token.objects.get().revoked_at is not None
    waiting = Delivery.objects.get()
    assert waiting.given_up_at is not None and "restored" in waiting.error
    assert Entry.objects.get(event="organisation.restored").particulars["withheld"] == 1


def test_what_waits_is_sent_all_the_same_where_that_is_asked_for(restored: Cast) -> None:
    assert verbs.resume_after_restore(made_at=clock.now(), by=None, send_pending=True) == 0
    assert Delivery.objects.get().given_up_at is None
    assert not Session.objects.exists() and Token.objects.get().revoked_at is not None
