"""What others did that concerns a person: on the page, in the head, by mail if they like."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from loudou.desk import tasks, verbs
from loudou.environment import read
from loudou.journal.models import Delivery, Notice
from loudou.kernel import clock
from loudou.people import verbs as people
from loudou.people.models import User
from loudou.pipeline import verbs as pipeline
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.jobs import run


def told(cast: Cast, times: int = 1) -> list[Notice]:
    """wumin writes on chenan's deal; chenan hears of it."""
    deal = make.deal(cast.chenan)
    for number in range(times):
        pipeline.add_note(deal, text=f"意见 {number}", by=cast.wumin)
    return list(Notice.objects.filter(recipient=cast.chenan).order_by("id"))


@pytest.fixture
def post(settings: Any) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, mail=read({"SMTP_URL": "smtp://localhost"}).mail)


def test_unread_ones_are_counted_in_the_head_until_read(cast: Cast) -> None:
    first, _second = told(cast, 2)
    client = enter(Client(), cast.chenan)
    page = client.get("/notices/").content.decode()
    assert '<span class="badge-count">2</span>' in page
    assert "意见 0" in page
    answer = client.post(f"/notices/{first.pk}/")
    assert answer.url.startswith("/deals/")
    assert '<span class="badge-count">1</span>' in client.get("/notices/").content.decode()
    assert "意见 0" not in client.get("/notices/?show=unread").content.decode()
    client.post("/notices/read/")
    assert not Notice.objects.filter(recipient=cast.chenan, read_at=None).exists()
    client.post("/notices/read/", {"notice": first.pk, "unread": "1"})
    assert Notice.objects.get(recipient=cast.chenan, read_at=None).pk == first.pk


def test_a_long_list_goes_on(cast: Cast) -> None:
    told(cast, 60)
    client = enter(Client(), cast.chenan)
    page = client.get("/notices/").content.decode()
    link = page.split('id="notices-more"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    rest = client.get(link, headers={"HX-Request": "true"}).content.decode()
    assert page.count('id="notice-') + rest.count('id="notice-') == 60
    assert "<html" not in rest


def test_nobody_reads_another_s(cast: Cast) -> None:
    (notice,) = told(cast)
    assert enter(Client(), cast.lina).post(f"/notices/{notice.pk}/").status_code == 404
    assert verbs.mark_read(cast.chenan, by=cast.lina) == 0
    assert verbs.mark_read(cast.chenan, by=cast.chenan) == 1
    assert verbs.mark_read(cast.chenan, by=cast.chenan, only=[notice.pk], unread=True) == 1


def test_mail_goes_to_who_wants_it_once(cast: Cast, post: None, settings: Any) -> None:
    settings.SITE_ADDRESS = "https://crm.example.org"
    told(cast, 2)
    people.edit_person(cast.chenan, email="chenan@example.org", by=None)
    people.set_preferences(cast.chenan, mail_notices="soon", language="en", by=cast.chenan)
    assert run(tasks.mail_soon) == 0  # what happens together arrives together
    with clock.at(clock.now() + timedelta(minutes=5)):
        assert run(tasks.mail_soon) == 1
        assert run(tasks.mail_soon) == 0
    mail = Delivery.objects.get()
    assert mail.recipient == "chenan@example.org"
    assert mail.payload["subject"].startswith("2 notices")
    assert "吴敏" in mail.payload["body"]
    assert "https://crm.example.org/notices/" in mail.payload["body"]


def test_once_a_day_means_in_the_morning(cast: Cast, post: None) -> None:
    told(cast)
    people.edit_person(cast.chenan, email="chenan@example.org", by=None)
    people.set_preferences(cast.chenan, mail_notices="daily", by=cast.chenan)
    day = clock.now() + timedelta(days=1)
    with clock.at(day.replace(hour=5)):
        assert run(tasks.mail_daily) == 0
    with clock.at(day.replace(hour=0, minute=30)):
        assert run(tasks.mail_daily) == 1


def test_a_house_without_post_writes_none(cast: Cast, settings: Any) -> None:
    told(cast)
    User.objects.update(email="x@example.org", mail_notices="soon")
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, mail=None)
    with clock.at(clock.now() + timedelta(minutes=5)):
        assert run(tasks.mail_soon) == 0
