"""Somebody else signs while a superior is away: named, dated, one at a time, never for themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.signoff import verbs
from loudou.signoff.models import Delegation, Request
from loudou.signoff.queries import addressees, answered_instead, delegations, inbox, signs
from tests.cast import Cast
from tests.doors import enter
from tests.world import World

DAY = timedelta(days=1)


def test_it_holds_on_its_days_alone(db: None) -> None:
    world = World()
    request, today = world.request, organisation().today
    made = verbs.delegate(
        world.cast.wumin, to=world.cast.liuyang, first=today + DAY, last=today + 2 * DAY, by=world.cast.wumin
    )
    liuyang = User.objects.get(username="liuyang")
    assert not signs(liuyang, request)
    assert list(addressees([request])) == [world.cast.wumin]
    with clock.at(clock.now() + DAY):
        liuyang = User.objects.get(username="liuyang")
        assert signs(liuyang, request)
        assert inbox(liuyang).filter(pk=request.pk).exists()
        assert list(addressees([request])) == [world.cast.wumin, liuyang]
        assert delegations(world.cast.wumin) == [made] == delegations(liuyang)
    with clock.at(clock.now() + 3 * DAY):
        assert not signs(User.objects.get(username="liuyang"), request)


def test_the_page_says_for_whom_one_signs(db: None) -> None:
    """A delegate, the next superior of what is late, and whoever may by right: each is told whose signature it is."""
    world = World()
    cast, request, today = world.cast, world.request, organisation().today
    verbs.delegate(cast.wumin, to=cast.liuyang, first=today, last=today, by=cast.wumin)

    def told(who: User) -> str:
        return enter(Client(), who).get(reverse("signoff:request", args=[request.pk])).content.decode()

    assert "您替吴敏签批" in told(cast.liuyang)
    listed = enter(Client(), cast.liuyang).get(reverse("signoff:inbox") + "?list=1").content.decode()
    assert f"{request.asker.name} → 吴敏" in listed
    assert "等吴敏签批，您也可以签" in told(cast.heli)
    Request.objects.filter(pk=request.pk).update(escalated_to=cast.heli, escalated_at=clock.now())
    assert "吴敏已超时，也等您签批" in told(cast.heli)
    own = told(cast.wumin)
    assert "吴敏签批" not in own and "→ 吴敏" not in own


def test_the_answer_says_for_whom_it_was_given(db: None) -> None:
    """On the page and by the API: a delegate answered for who was away; the superior who may by right did not."""
    world = World()
    cast, request, today = world.cast, world.request, organisation().today
    verbs.delegate(cast.wumin, to=cast.liuyang, first=today, last=today, by=cast.wumin)
    verbs.send_back(request, opinion="先把验证的证据补齐再谈提案", by=cast.liuyang)
    page = enter(Client(), cast.heli).get(reverse("signoff:request", args=[request.pk])).content.decode()
    assert f"{cast.liuyang.name} · 代吴敏" in page
    assert answered_instead([Request.objects.get(pk=request.pk)]) == {request.pk}
    Request.objects.filter(pk=request.pk).update(answered_by=cast.wumin)
    assert not answered_instead([Request.objects.get(pk=request.pk)])


def test_nobody_signs_their_own_record_through_it(db: None) -> None:
    """A delegate who owns the record does not sign it, whoever lets them."""
    world = World()
    today = organisation().today
    verbs.delegate(world.cast.wumin, to=world.cast.liuyang, first=today, last=today, by=world.cast.wumin)
    Request.objects.filter(pk=world.request.pk).update(owner=world.cast.liuyang)
    request = Request.objects.get(pk=world.request.pk)
    liuyang = User.objects.get(username="liuyang")
    assert not inbox(liuyang).filter(pk=request.pk).exists()
    with pytest.raises(Forbidden):
        verbs.sign(request, opinion="先把验证的证据补齐再谈提案", by=liuyang)


def test_what_is_refused(cast: Cast) -> None:
    today = organisation().today

    def give(**more: object) -> Delegation:
        told = {"to": cast.liuyang, "first": today, "last": today, "by": cast.wumin, **more}
        return verbs.delegate(cast.wumin, **told)  # type: ignore[arg-type]

    for wrong in (
        {"to": cast.chenan},
        {"to": cast.wumin},
        {"last": today - DAY},
        {"first": today - 2 * DAY, "last": today - DAY},
        {"last": today + 92 * DAY},
    ):
        with pytest.raises(Refused):
            give(**wrong)
    with pytest.raises(Forbidden):
        give(by=cast.heli)
    give()
    with pytest.raises(Refused):
        give(to=cast.heli)


def test_no_day_has_two_delegates(cast: Cast) -> None:
    today = organisation().today

    def give(first: int, last: int) -> Delegation:
        days = {"first": today + first * DAY, "last": today + last * DAY}
        return verbs.delegate(cast.wumin, to=cast.liuyang, by=cast.wumin, **days)

    give(5, 9)
    for first, last in ((0, 5), (9, 12), (6, 7), (0, 20)):
        with pytest.raises(Refused) as refusal:
            give(first, last)
        assert refusal.value.field == "first"
    give(0, 4)
    give(10, 12)


def test_it_ends_when_the_signer_is_back(cast: Cast) -> None:
    today = organisation().today
    made = verbs.delegate(cast.wumin, to=cast.liuyang, first=today, last=today + 5 * DAY, by=cast.wumin)
    with pytest.raises(Forbidden):
        verbs.end_delegation(made, by=cast.liuyang)
    with clock.at(clock.now() + 2 * DAY):
        verbs.end_delegation(made, by=cast.wumin)
    made.refresh_from_db()
    assert made.last == today + DAY
    future = verbs.delegate(
        cast.wumin, to=cast.heli, first=today + 9 * DAY, last=today + 9 * DAY, by=cast.wumin
    )
    verbs.end_delegation(future, by=cast.wumin)
    assert list(Delegation.objects.all()) == [made]
