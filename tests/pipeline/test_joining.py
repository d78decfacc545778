"""What hangs on a deal: contacts, team, competitors, notes, files, followers; and whose it is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from loudou.customers.models import Contact, Customer
from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.access import may
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Move, State
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast


@pytest.fixture
def deal(cast: Cast, customer: Customer) -> Deal:
    return make.deal(cast.chenan, customer=customer)


def entries(event: str) -> int:
    return Entry.objects.filter(event=event).count()


# Contacts ------------------------------------------------------------------------------------------------------


def contact(customer: Customer, name: str = "许明华", part: str = "eb") -> Contact:
    return Contact.objects.create(
        customer=customer, name=name, name_key="", part=part, recorded_at=clock.now()
    )


def test_contacts_are_of_the_deals_customer(deal: Deal, cast: Cast, customer: Customer) -> None:
    first, second = contact(customer), contact(customer, "郑国栋", "tb")
    verbs.set_contacts(deal, contacts=[first, second], by=cast.chenan)
    verbs.set_contacts(deal, contacts=[second, first], by=cast.chenan)
    assert entries("deal.contacts_set") == 1
    verbs.set_contacts(deal, contacts=[second], by=cast.chenan)
    assert list(deal.contacts.all()) == [second]
    assert Entry.objects.filter(event="deal.contacts_set").latest("id").particulars["after"] == ["郑国栋"]
    other = Customer.objects.create(
        code="K-2", name="别家", name_key="", recorded_at=clock.now(), touched_at=clock.now()
    )
    with pytest.raises(Refused) as refusal:
        verbs.set_contacts(deal, contacts=[contact(other)], by=cast.chenan)
    assert refusal.value.field == "contacts"


# Team ----------------------------------------------------------------------------------------------------------


def test_a_team_shares_at_most_the_whole_and_works_on_the_deal(deal: Deal, cast: Cast) -> None:
    assert not may(cast.zhenghao, "pipeline.edit", deal)
    members = [(cast.zhenghao, Decimal("0.3"), "方案"), (cast.lina, Decimal("0.7"), "")]
    verbs.set_team(deal, members=members, by=cast.chenan)
    verbs.set_team(deal, members=list(reversed(members)), by=cast.chenan)
    assert entries("deal.team_set") == 1
    del cast.everybody
    assert may(cast.zhenghao, "pipeline.edit", deal)
    assert Notice.objects.filter(recipient=cast.zhenghao, entry__event="deal.team_set").exists()


@pytest.mark.parametrize("shares", [("0.5", "0.51"), ("-0.1", "0"), ("NaN", "0")])
def test_shares_that_cannot_be_meant_are_refused(deal: Deal, cast: Cast, shares: tuple[str, str]) -> None:
    members = [(cast.lina, Decimal(shares[0]), ""), (cast.zhoukai, Decimal(shares[1]), "")]
    with pytest.raises(Refused) as refusal:
        verbs.set_team(deal, members=members, by=cast.chenan)
    assert refusal.value.field == "team"


def test_everybody_is_in_it_once_and_the_owner_already(deal: Deal, cast: Cast) -> None:
    for who in ([cast.lina, cast.lina], [cast.chenan]):
        with pytest.raises(Refused) as refusal:
            verbs.set_team(deal, members=[(user, Decimal(0), "") for user in who], by=cast.chenan)
        assert refusal.value.field == "team"


# Competitors ---------------------------------------------------------------------------------------------------


def test_a_rival_is_noted_once_whatever_the_case(deal: Deal, cast: Cast) -> None:
    first = verbs.set_competitor(deal, name=" Kuka ", by=cast.chenan)
    again = verbs.set_competitor(
        deal, name="KUKA", by=cast.chenan, standing="ahead", strength="价格", quote=Decimal("9.999")
    )
    assert (again.pk, again.name, again.standing, again.quote) == (
        first.pk,
        "Kuka",
        "ahead",
        Decimal("10.00"),
    )
    verbs.remove_competitor(first, by=cast.chenan)
    verbs.remove_competitor(first, by=cast.chenan)
    assert (deal.competitors.count(), entries("deal.competitor_removed")) == (0, 1)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "长" * 121}),
        ("standing", {"standing": "dead"}),
        ("quote", {"quote": Decimal(-1)}),
    ],
)
def test_a_rival_that_cannot_be_meant_is_refused(
    deal: Deal, cast: Cast, field: str, values: dict[str, object]
) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.set_competitor(deal, by=cast.chenan, **{"name": "Kuka", **values})  # type: ignore[arg-type]
    assert refusal.value.field == field


# Notes ---------------------------------------------------------------------------------------------------------


def test_who_may_see_the_deal_may_write_on_it_and_be_mentioned(deal: Deal, cast: Cast) -> None:
    note = verbs.add_note(deal, text=" 先核实预算 ", by=cast.wumin, mentioned=[cast.heli, cast.maxiao])
    assert (note.text, note.mentioned) == ("先核实预算", [cast.heli.pk, cast.maxiao.pk])
    heard = set(
        Notice.objects.filter(entry__event="deal.noted").values_list("recipient__username", flat=True)
    )
    assert heard == {"chenan", "heli"}  # maxiao may not see it, and hears nothing of it
    assert Deal.objects.get(pk=deal.pk).version == deal.version
    with pytest.raises(Forbidden):
        verbs.add_note(deal, text="看看", by=cast.maxiao)


@pytest.mark.parametrize("text", [" ", "长" * 10_001, "坏\x00"])
def test_a_note_says_something_that_can_be_kept(deal: Deal, cast: Cast, text: str) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.add_note(deal, text=text, by=cast.chenan)
    assert refusal.value.field == "text"


# Files ---------------------------------------------------------------------------------------------------------


def test_a_file_goes_unless_evidence_rests_on_it(deal: Deal, cast: Cast) -> None:
    file = verbs.add_file(
        deal, name="批文.pdf", kind="application/pdf", size=9, sha256="0" * 64, stored_as="a", by=cast.chenan
    )
    kind = make.specs_of(deal)[0].evidence_kinds.all()[0]
    shown = verbs.give_evidence(deal, kind=kind, by=cast.chenan, file=file)
    with pytest.raises(Refused):
        verbs.remove_file(file, by=cast.chenan)
    verbs.withdraw_evidence(shown, by=cast.chenan, reason="旧的")
    assert verbs.remove_file(file, by=cast.chenan).removed_at is not None
    verbs.remove_file(file, by=cast.chenan)
    assert (entries("deal.file_added"), entries("deal.file_removed")) == (1, 1)


# Followers -----------------------------------------------------------------------------------------------------


def test_a_follower_sees_the_deal_and_hears_of_it(deal: Deal, cast: Cast) -> None:
    verbs.follow(deal, user=cast.maxiao, by=cast.chenan)
    verbs.follow(deal, user=cast.maxiao, by=cast.chenan)
    assert entries("deal.followed") == 1
    del cast.everybody
    assert may(cast.maxiao, "pipeline.see", deal)
    assert not may(cast.maxiao, "pipeline.edit", deal)
    verbs.add_note(deal, text="看这里", by=cast.chenan)
    assert Notice.objects.filter(recipient=cast.maxiao, entry__event="deal.noted").exists()
    verbs.unfollow(deal, user=cast.maxiao, by=cast.maxiao)
    verbs.unfollow(deal, user=cast.maxiao, by=cast.chenan)
    assert entries("deal.unfollowed") == 1


def test_one_follows_what_one_sees_and_shows_what_one_may_change(deal: Deal, cast: Cast) -> None:
    assert verbs.follow(deal, user=cast.wangfang, by=cast.wangfang) == deal
    for act in (
        lambda: verbs.follow(deal, user=cast.maxiao, by=cast.maxiao),
        lambda: verbs.follow(deal, user=cast.maxiao, by=cast.wangfang),
        lambda: verbs.unfollow(deal, user=cast.wangfang, by=cast.lina),
    ):
        with pytest.raises(Forbidden):
            act()


# Hand-over -----------------------------------------------------------------------------------------------------


def test_it_joins_the_new_owners_unit_and_the_past_stays_where_it_was(deal: Deal, cast: Cast) -> None:
    verbs.set_team(deal, members=[(cast.sunqiang, Decimal("0.2"), "")], by=cast.chenan)
    handed = verbs.hand_over(deal, owner=cast.sunqiang, by=cast.heli, reason="区域调整")
    assert (handed.owner, handed.unit) == (cast.sunqiang, cast.sunqiang.unit)
    assert handed.team_members.count() == 0
    move = Move.objects.filter(deal=deal).latest("id")
    assert (move.kind, move.owner, move.reason) == ("owner", cast.sunqiang, "区域调整")
    owners = State.objects.filter(deal=deal).order_by("seq").values_list("owner__username", flat=True)
    assert list(owners) == ["chenan", "sunqiang"]
    heard = set(
        Notice.objects.filter(entry__event="deal.handed_over").values_list("recipient__username", flat=True)
    )
    assert heard == {"chenan", "sunqiang"}


def test_open_requests_go_to_the_new_owners_superior(deal: Deal, cast: Cast) -> None:
    asked = verbs.skip(deal, to=make.specs_of(deal)[2], by=cast.chenan, reason="招标").request
    assert asked is not None
    verbs.hand_over(deal, owner=cast.sunqiang, by=cast.heli, reason="区域调整")
    asked.refresh_from_db()
    assert (asked.signer, asked.owner, asked.unit) == (cast.liuyang, cast.sunqiang, cast.sunqiang.unit)
    assert Notice.objects.filter(recipient=cast.liuyang, entry__event="signoff.readdressed").exists()
    moved = verbs.confirm(asked, opinion="招标文件已看过，同意跳过", by=cast.liuyang)
    assert moved.spec.stage.code == "propose"


def test_a_request_never_comes_back_to_who_asked(cast: Cast) -> None:
    deal = make.deal(cast.wumin)
    asked = verbs.skip(deal, to=make.specs_of(deal)[2], by=cast.wumin, reason="招标").request
    assert asked is not None
    verbs.hand_over(deal, owner=cast.chenan, by=cast.heli, reason="交给陈安")
    asked.refresh_from_db()
    assert (asked.asker, asked.signer) == (cast.wumin, cast.heli)


def test_what_waits_for_a_pool_goes_on_waiting_for_it(cast: Cast) -> None:
    deal = make.at_last_stage(cast.chenan)
    asked = verbs.win(deal, by=cast.chenan).request
    assert asked is not None
    verbs.hand_over(deal, owner=cast.sunqiang, by=cast.heli, reason="区域调整")
    asked.refresh_from_db()
    assert (asked.signer, asked.unit, asked.state) == (None, cast.sunqiang.unit, Request.State.WAITING)


def test_to_whom_it_belongs_already_is_nothing(deal: Deal, cast: Cast) -> None:
    assert verbs.hand_over(deal, owner=cast.chenan, by=cast.wumin, reason="").version == deal.version


def test_the_new_owner_is_there_and_sells_and_others_read_why(deal: Deal, cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.hand_over(deal, owner=cast.qianjin, by=cast.wumin, reason="试试")
    assert refusal.value.field == "owner"
    with pytest.raises(Refused) as refusal:
        verbs.hand_over(deal, owner=cast.lina, by=cast.wumin, reason=" ")
    assert refusal.value.field == "reason"


def test_who_may_not_does_not_and_who_saw_another_version_is_told(deal: Deal, cast: Cast) -> None:
    for stranger in (cast.chenan, cast.liuyang):
        with pytest.raises(Forbidden):
            verbs.hand_over(deal, owner=cast.lina, by=stranger, reason="试试")
    verbs.edit(deal, by=cast.chenan, title="新线")
    with pytest.raises(Stale):
        verbs.hand_over(deal, owner=cast.lina, by=cast.wumin, reason="换人", version=deal.version)
