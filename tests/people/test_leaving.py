"""Whoever leaves passes on what they hold, in the act that closes their account."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from loudou.customers import verbs as customers
from loudou.customers.models import Customer
from loudou.journal.models import Entry
from loudou.kernel.refusals import Refused
from loudou.people import verbs
from loudou.people.leaving import held_by
from loudou.people.models import User
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls


@pytest.fixture
def held(cast: Cast) -> tuple[Customer, Deal, Deal]:
    """A customer of Lina's with a deal, and a deal of hers at a customer of Chen An's."""
    own = customers.add_customer(name="甬江机电", by=cast.lina)
    other = customers.add_customer(name="越城轻纺", owner=cast.lina, by=cast.lina)
    customers.hand_over(other, owner=cast.chenan, by=None, reason="分区")
    return own, make.deal(cast.lina, customer=own), make.deal(cast.lina, customer=other)


def counts(user: object) -> dict[str, int]:
    return {holding.name: count for holding, count in held_by(user)}  # type: ignore[arg-type]


def test_all_of_it_goes_to_the_heir(cast: Cast, held: tuple[Customer, Deal, Deal]) -> None:
    closed = pipeline.cancel(
        make.deal(cast.lina),
        by=cast.lina,
        code=make.reason("cancelled", "no_decision"),
        review="客户今年不再立项了",
    )
    assert counts(cast.lina) == {"customers": 1, "deals": 2}
    gone = verbs.deactivate(cast.lina, heir=cast.chenan, by=cast.renli)
    assert not gone.is_active and counts(gone) == {}
    for row in held:
        row.refresh_from_db()
        assert row.owner == cast.chenan
    closed.refresh_from_db()
    assert closed.owner == cast.lina  # what is over stays with who did it
    told = Entry.objects.get(event="user.succeeded")
    assert (told.actor, told.subject_id) == (cast.renli, cast.lina.pk)
    assert (told.particulars["customers"], told.particulars["deals"]) == (1, 2)
    handed = Entry.objects.filter(event="deal.handed_over")
    assert {entry.particulars["reason"] for entry in handed} == {"李娜 已离职。"}


@pytest.mark.parametrize(("heir", "signer"), [("heli", "heli"), ("liuyang", "heli"), ("chenan", "heli")])
def test_signatures_wait_for_whoever_may_sign_them(cast: Cast, heir: str, signer: str) -> None:
    """Liu Yang leads another team and Chen An asked himself: then the next above signs."""
    deal = make.deal(cast.chenan, amount=100_000)
    edited = pipeline.edit(deal, by=cast.chenan, amount=Decimal(900_000), reason="客户追加两条产线")
    assert counts(cast.wumin)["signatures"] == 1
    verbs.deactivate(cast.wumin, heir=User.objects.get(username=heir), by=cast.renli)
    asked = Request.objects.get(pk=edited.requests[0].pk)
    assert asked.signer is not None and asked.signer.username == signer
    assert asked.version == edited.requests[0].version + 1


def test_without_an_heir_it_stays_under_the_name(cast: Cast, held: tuple[Customer, Deal, Deal]) -> None:
    gone = verbs.deactivate(cast.lina, by=cast.renli)
    assert counts(gone) == {"customers": 1, "deals": 2}
    assert not Entry.objects.filter(event="user.succeeded").exists()


def test_the_heir_is_somebody_else_who_is_here_and_sells(
    cast: Cast, held: tuple[Customer, Deal, Deal]
) -> None:
    verbs.deactivate(cast.zhaomin, by=cast.renli)
    cast.zhaomin.refresh_from_db()
    for heir in (cast.lina, cast.zhaomin, cast.qianjin):
        with pytest.raises(Refused) as refusal:
            verbs.deactivate(cast.lina, heir=heir, by=cast.renli)
        assert refusal.value.field == "heir"
    cast.lina.refresh_from_db()
    assert cast.lina.is_active and counts(cast.lina) == {"customers": 1, "deals": 2}


def test_the_page_counts_and_asks(cast: Cast, held: tuple[Customer, Deal, Deal]) -> None:
    keeper = enter(Client(), cast.renli)
    address = f"/settings/people/{cast.lina.pk}/deactivate/"
    page = keeper.get(address).content.decode()
    assert "1 个客户" in page and "2 个进行中的商机" in page
    assert f'value="{cast.wumin.pk}"' in page  # the manager is proposed
    refused = keeper.post(address, {"heir": cast.qianjin.pk})
    assert refused.status_code == 422 and "1 个客户" in refused.content.decode()
    assert keeper.post(address, {"heir": cast.chenan.pk}).status_code == 302
    assert Customer.objects.get(name="甬江机电").owner == cast.chenan
    page = keeper.get(f"/settings/people/{cast.zhangwei.pk}/deactivate/").content.decode()
    assert 'name="heir"' not in page


def test_the_api_takes_an_heir_too(cast: Cast, held: tuple[Customer, Deal, Deal]) -> None:
    answer = Calls(cast.gaoming).post(f"/users/{cast.lina.pk}/deactivate", {"heir": cast.chenan.pk})
    assert (answer.status_code, answer.json()["is_active"]) == (200, False)
    assert Deal.objects.filter(owner=cast.chenan).count() == 2


def test_an_heir_of_nothing_is_told_nothing(cast: Cast) -> None:
    verbs.deactivate(cast.sunqiang, heir=cast.zhaomin, by=cast.renli)
    assert not Entry.objects.filter(event="user.succeeded").exists()
