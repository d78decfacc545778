"""Of a running target one change waits for a signature at a time, whoever is named in it first (C9)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.models import Unit
from loudou.signoff import verbs as signoff
from loudou.signoff.models import Request
from loudou.targets import verbs
from loudou.targets.models import Target
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.make import instant
from tests.targets.test_agreeing import YEAR, approve, of, propose
from tests.targets.test_pages import text

JULY = date(2026, 7, 1)
TERMS = {"effective_on": JULY, "reason": "移交宁波"}


@pytest.fixture
def running(cast: Cast) -> None:
    """直销一部 and its people have targets of 2026 that were approved."""
    with clock.at(instant("2025-12-10 10:00")):
        talk = verbs.open_negotiation(
            unit=Unit.objects.get(pk=cast.wumin.unit_id),
            metric="bookings",
            period=YEAR,
            envelope=Decimal(27_000_000),
            by=cast.heli,
        )
        approve(propose(talk, cast), cast)


def move(cast: Cast, giver: Target, taker: Target, amount: int = 860_000) -> Request:
    """Ask that one takes on so much of another's."""
    changes = verbs.transfer_of(giver, [(taker, Decimal(amount))])
    return verbs.propose_adjustment(changes, cause="territory", by=cast.wumin, **TERMS)


def refused(cast: Cast, changes: list[tuple[Target, Decimal]]) -> str:
    """What is said to who asks for these."""
    with pytest.raises(Refused) as refusal:
        verbs.propose_adjustment(changes, cause="error", by=cast.wumin, **TERMS)
    assert refusal.value.field == "amount"
    return refusal.value.sentence


@pytest.mark.usefixtures("running")
def test_a_second_change_is_refused_until_the_first_is_answered(cast: Cast) -> None:
    giver, taker, third = (of(who, "2026") for who in (cast.zhoukai, cast.lina, cast.chenan))
    with clock.at(instant("2026-06-10 10:00")):
        waiting = move(cast, giver, taker)
        for one in (giver, taker):  # the giver is what the request is about, the taker is named in it
            said = refused(cast, [(third, third.amount), (one, one.amount + 1)])
            assert str(one) in said and "签批" in said
        assert Request.objects.waiting().count() == 1
        signoff.withdraw(waiting, by=cast.wumin)
        again = move(cast, taker, giver)
        assert Request.objects.waiting().get() == again


@pytest.mark.usefixtures("running")
def test_nobody_takes_on_twice_in_one_move(cast: Cast) -> None:
    giver, taker = (of(who, "2026") for who in (cast.zhoukai, cast.lina))
    with clock.at(instant("2026-06-10 10:00")):
        twice = verbs.transfer_of(giver, [(taker, Decimal(100_000)), (taker, Decimal(200_000))])
        assert "两次" in refused(cast, twice)
        said = [{"target": taker.pk, "amount": "100000"}, {"target": taker.pk, "amount": "200000"}]
        body = {"effective_on": "2026-07-01", "reason": "移交", "version": giver.version, "takers": said}
        assert Calls(cast.wumin).post(f"/targets/{giver.pk}/transfer", body).status_code == 422
        body["takers"] = [{"target": giver.pk, "amount": "1"}]
        assert Calls(cast.wumin).post(f"/targets/{giver.pk}/transfer", body).status_code == 422
    assert not Request.objects.waiting().exists()


@pytest.mark.usefixtures("running")
def test_the_pages_say_who_has_to_sign_first(cast: Cast, client: Client) -> None:
    giver, taker, third = (of(who, "2026") for who in (cast.zhoukai, cast.lina, cast.chenan))
    wumin = enter(client, cast.wumin)
    with clock.at(instant("2026-06-10 10:00")):
        session = wumin.session
        session["confirmed_at"] = clock.now().isoformat()
        session.save()
        assert "提出调整" in text(wumin.get(f"/targets/{taker.pk}/"))
        waiting = move(cast, giver, taker)
        for one in (giver, taker):
            page = text(wumin.get(f"/targets/{one.pk}/"))
            assert "等待何总签批" in page and "提出调整" not in page and "片区划转" not in page
            form = wumin.get(f"/targets/{one.pk}/adjustment/").content.decode()
            assert f"/signoff/{waiting.pk}/" in form and 'name="reason"' not in form
        page = wumin.get(f"/targets/{third.pk}/transfer/").content.decode()
        assert f'name="to-{taker.pk}"' not in page and 'name="effective_on"' in page
        late = {"amount": "9000000", "effective_on": "2026-07-01", "cause": "error", "reason": "录错"}
        answer = wumin.post(f"/targets/{taker.pk}/adjustment/", {**late, "version": str(taker.version)})
        assert answer.status_code == 422 and "9000000" in answer.content.decode()


@pytest.mark.usefixtures("running")
def test_a_month_changes_with_its_whole(cast: Cast, client: Client) -> None:
    august = of(cast.lina, "2026-08")
    with clock.at(instant("2026-06-10 10:00")):
        terms = {"effective_on": date(2026, 8, 1), "cause": "market", "reason": "行业下行", "by": cast.wumin}
        with pytest.raises(Refused) as refusal:
            verbs.propose_adjustment([(august, august.amount + 1)], **terms)
        assert refusal.value.field == "amount" and "2026" in refusal.value.sentence
        page = enter(client, cast.wumin).get(f"/targets/{august.pk}/")
        assert f"/targets/{of(cast.lina, '2026').pk}/" in page.content.decode() and "提出调整" not in text(
            page
        )
        Target.objects.filter(pk=of(cast.lina, "2026").pk).update(approved_by=None)  # nothing it is a part of
        assert verbs.propose_adjustment([(august, august.amount + 1)], **terms).state == "waiting"
