"""Deals go along when their owner comes to another unit (`domain.md` B0.8)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.people import verbs as people
from loudou.people.access import may
from loudou.people.models import User
from loudou.pipeline import verbs
from loudou.pipeline.figures.history import Stand
from loudou.pipeline.figures.homes import homings
from loudou.pipeline.models import Deal, Funnel, Move, Reason
from loudou.pipeline.queries.funnels import specs
from loudou.pipeline.verbs.importing import DealRow, MoveRow, import_deals, import_moves
from tests import make
from tests.cast import Cast

NOW = make.instant("2026-06-01 12:00")


@pytest.fixture(autouse=True)
def _in_june() -> Any:
    with clock.at(NOW):
        yield


def brought(owner: User, at: str, *facts: dict[str, Any]) -> Deal:
    """A deal of the history of another system, and what happened to it."""
    funnel = Funnel.objects.get(code="b2b")
    row = DealRow("", "柔性产线", funnel, owner, "CNY", Decimal(100), at=make.instant(at))
    (deal,) = import_deals([row], by=None)
    assert isinstance(deal, Deal)
    first = specs(deal.funnel_version_id)[0].stage_id
    rows = [MoveRow(deal.pk, "enter", make.instant(at), first)]
    rows += [MoveRow(deal.pk, at=make.instant(fact.pop("at")), **fact) for fact in facts]
    assert import_moves(rows, by=None) == [True] * len(rows)
    return Deal.objects.get(pk=deal.pk)


def won(unit: str, start: str, end: str) -> Any:
    return run("win-rate", {"unit": unit, "from": start, "to": end}, None)["won"]


def homes(deal: Deal) -> list[tuple[datetime, str]]:
    moves = Move.objects.filter(deal=deal, kind="unit").order_by("at").select_related("unit")
    return [(move.at, move.unit.code) for move in moves if move.unit is not None]


def test_open_deals_stand_in_the_unit_their_owner_came_to(cast: Cast) -> None:
    deal = brought(cast.lina, "2026-03-02")
    people.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 4, 1), by=cast.gaoming)
    deal.refresh_from_db()
    assert deal.unit == cast.unit("D2")
    counts = {
        (unit, day): sum(row["count"] for row in run("funnel", {"unit": unit, "as-of": day}, None)["stages"])
        for unit in ("D1", "D2")
        for day in ("2026-03-31", "2026-04-01")
    }
    assert counts == {
        ("D1", "2026-03-31"): 1,
        ("D1", "2026-04-01"): 0,
        ("D2", "2026-03-31"): 0,
        ("D2", "2026-04-01"): 1,
    }


def test_a_win_is_that_of_the_unit_its_owner_belonged_to_then(cast: Cast) -> None:
    people.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 4, 1), by=cast.gaoming)
    brought(cast.lina, "2026-03-02", {"at": "2026-03-31 23:59", "kind": "won"})
    brought(cast.lina, "2026-03-02", {"at": "2026-04-01", "kind": "won"})
    assert [won("D1", "2026-01-01", "2026-06-01"), won("D2", "2026-01-01", "2026-06-01")] == [1, 1]


def test_what_was_won_before_stays_with_the_unit_of_then(cast: Cast) -> None:
    deal = brought(cast.lina, "2026-03-02", {"at": "2026-03-20", "kind": "won"})
    people.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 4, 1), by=cast.gaoming)
    deal.refresh_from_db()
    assert (deal.unit, homes(deal)) == (cast.unit("D1"), [])


def test_history_and_membership_may_come_in_any_order(cast: Cast) -> None:
    """The same moves, brought before and after the person was moved, make the same past."""
    reason = Reason.objects.get(kind="lost", code="price")
    facts: list[dict[str, Any]] = [
        {"at": "2026-03-20", "kind": "lost", "reason_code": reason},
        {"at": "2026-04-10", "kind": "reopen"},
    ]
    before = brought(cast.lina, "2026-03-02", *[dict(fact) for fact in facts])
    people.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 4, 1), by=cast.gaoming)
    after = brought(cast.lina, "2026-03-02", *facts)
    for deal in (before, after):
        assert homes(deal) == [(make.instant("2026-04-10"), "D2")]
        stays = [(stay.unit.code, stay.left_unit and stay.left_unit.code) for stay in visits(deal)]
        assert stays == [("D1", "D1"), ("D2", None)]


def visits(deal: Deal) -> Any:
    return deal.visits.order_by("seq").select_related("unit", "left_unit")


@pytest.mark.parametrize("moved_first", [True, False])
def test_until_a_late_loss_was_told_a_deal_came_along(cast: Cast, moved_first: bool) -> None:
    """Nobody knew of the loss of 20 March until 1 May: from 1 April on it stood open in the other unit (B0.1, B0.8)."""
    loss = {"at": "2026-03-20", "kind": "lost", "known_at": make.instant("2026-05-01")}
    loss["reason_code"] = Reason.objects.get(kind="lost", code="price")
    if moved_first:
        people.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 4, 1), by=cast.gaoming)
    deal = brought(cast.lina, "2026-03-02", loss)
    if not moved_first:
        people.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 4, 1), by=cast.gaoming)
        deal.refresh_from_db()
    days = ("2026-03-31", "2026-04-01", "2026-05-01")
    assert {day: (standing("D1", day), standing("D2", day)) for day in days} == {
        "2026-03-31": (1, 0),
        "2026-04-01": (0, 1),
        "2026-05-01": (0, 0),
    }
    assert deal.unit == cast.unit("D1")
    assert [(stay.left_unit.code, stay.left_by) for stay in visits(deal)] == [("D1", "lost")]


def test_who_is_not_known_to_have_a_deal_yet_takes_it_nowhere(cast: Cast) -> None:
    """It was handed to 李娜 in March, told in May: in April it stood with 陈安, wherever 李娜 went."""
    people.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 4, 1), by=cast.gaoming)
    told = make.instant("2026-05-01")
    fact = {"at": "2026-03-20", "kind": "owner", "owner": cast.lina, "known_at": told}
    deal = brought(cast.chenan, "2026-03-02", fact)
    owners = {
        day: sum(
            row["count"]
            for row in run("funnel", {"owner": cast.chenan.username, "as-of": day}, None)["stages"]
        )
        for day in ("2026-04-15", "2026-05-01")
    }
    assert owners == {"2026-04-15": 1, "2026-05-01": 0}
    assert (deal.owner, deal.unit) == (cast.lina, cast.unit("D2"))


def standing(unit: str, day: str) -> int:
    return sum(row["count"] for row in run("funnel", {"unit": unit, "as-of": day}, None)["stages"])


def test_a_move_corrected_takes_its_deals_back(cast: Cast) -> None:
    deal = brought(cast.lina, "2026-03-02")
    people.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 4, 1), by=cast.gaoming)
    people.join_unit(cast.lina, unit=cast.unit("S1"), on=date(2026, 4, 1), by=cast.gaoming)
    deal.refresh_from_db()
    assert (deal.unit, homes(deal)) == (cast.unit("S1"), [(make.instant("2026-04-01"), "S1")])
    people.join_unit(cast.lina, unit=cast.unit("D1"), on=date(2026, 4, 1), by=cast.gaoming)
    deal.refresh_from_db()
    assert (deal.unit, homes(deal)) == (cast.unit("D1"), [])


def test_who_takes_over_brings_a_deal_to_the_unit_they_belonged_to_then(cast: Cast) -> None:
    """Also where it becomes known later to which that was."""
    deal = brought(cast.chenan, "2026-03-02", {"at": "2026-04-10", "kind": "owner", "owner": cast.lina})
    assert deal.unit == cast.unit("D1")
    people.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 4, 1), by=cast.gaoming)
    deal.refresh_from_db()
    assert (deal.unit, homes(deal)) == (cast.unit("D2"), [])


def test_deals_that_were_opened_here_go_along_too(cast: Cast) -> None:
    with clock.at(make.instant("2026-03-02")):
        deal = make.deal(cast.lina)
    people.join_unit(cast.lina, unit=cast.unit("D2"), by=cast.gaoming)
    deal.refresh_from_db()
    assert deal.unit == cast.unit("D2")
    assert may(cast.liuyang, "pipeline.see", deal) and not may(cast.wumin, "pipeline.see", deal)
    with clock.at(NOW + timedelta(hours=1)):
        lost = verbs.lose(deal, by=None, code=make.reason(), review="价格高出一成，没有谈拢")
    assert lost.unit == cast.unit("D2")


def test_a_deal_that_comes_back_comes_to_the_unit_of_its_owner(cast: Cast) -> None:
    with clock.at(make.instant("2026-03-02")):
        deal = make.deal(cast.lina)
        deal = verbs.lose(deal, by=None, code=make.reason(), review="价格高出一成，没有谈拢")
    people.join_unit(cast.lina, unit=cast.unit("D2"), by=cast.gaoming)
    deal.refresh_from_db()
    assert deal.unit == cast.unit("D1")
    back = verbs.reopen(deal, by=None, reason="客户重新招标").deal
    assert back.unit == cast.unit("D2")
    assert [visit.unit.code for visit in visits(back)] == ["D1", "D2"]


def test_the_same_file_again_changes_nothing(cast: Cast) -> None:
    people.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 4, 1), by=cast.gaoming)
    deal = brought(cast.lina, "2026-03-02")
    moves = list(Move.objects.filter(deal=deal).values_list("pk", flat=True))
    first = specs(deal.funnel_version_id)[0].stage_id
    assert import_moves([MoveRow(deal.pk, "enter", make.instant("2026-03-02"), first)], by=None) == [False]
    assert list(Move.objects.filter(deal=deal).values_list("pk", flat=True)) == moves


def test_what_is_told_later_leaves_the_coming_along_as_it_was(cast: Cast) -> None:
    people.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 4, 1), by=cast.gaoming)
    deal = brought(cast.lina, "2026-03-02")
    came = Move.objects.get(deal=deal, kind="unit").pk
    second = specs(deal.funnel_version_id)[1].stage_id
    assert import_moves([MoveRow(deal.pk, "enter", make.instant("2026-05-02"), second)], by=None) == [True]
    assert Move.objects.get(deal=deal, kind="unit").pk == came
    assert homes(Deal.objects.get(pk=deal.pk)) == [(make.instant("2026-04-01"), "D2")]


def test_an_owner_who_belongs_nowhere_takes_a_deal_nowhere() -> None:
    stand = Stand(
        *(NOW, None, "open", 1, 7, None, Decimal(100), "CNY", Decimal(100)),
        expected_on=None,
        probability=None,
        category="",
    )
    assert homings([stand], lambda owner: [], NOW + timedelta(days=9)) == []


def test_a_day_to_come_brings_deals_along_when_it_comes(cast: Cast) -> None:
    deal = brought(cast.lina, "2026-03-02")
    people.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 6, 3), by=cast.gaoming)
    deal.refresh_from_db()
    assert deal.unit == cast.unit("D1")
    with clock.at(make.instant("2026-06-03 00:05")):
        people.settle(by=None)
    deal.refresh_from_db()
    assert (deal.unit, homes(deal)) == (cast.unit("D2"), [(make.instant("2026-06-03"), "D2")])


def test_noticed_late_it_is_as_if_noticed_on_its_day(cast: Cast) -> None:
    deal = make.deal(cast.lina)
    people.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 6, 3), by=cast.gaoming)
    with clock.at(make.instant("2026-06-04")):
        verbs.lose(deal, by=None, code=make.reason(), review="价格高出一成，没有谈拢")
    with clock.at(make.instant("2026-06-05 00:05")):
        people.settle(by=None)
    deal.refresh_from_db()
    assert (deal.unit, homes(deal)) == (cast.unit("D2"), [(make.instant("2026-06-03"), "D2")])


def test_handing_over_between_teams_and_back_is_a_transfer(cast: Cast) -> None:
    brought(cast.lina, "2026-03-02")
    people.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 4, 1), by=cast.gaoming)
    params = {"from": "2026-03-10", "to": "2026-05-01"}
    gone = run("waterfall", {"unit": "D1", **params}, None)
    come = run("waterfall", {"unit": "D2", **params}, None)
    assert (gone["start"], gone["transfer_out"], gone["end"]) == ("100.00", "100.00", "0.00")
    assert (come["start"], come["transfer_in"], come["end"]) == ("0.00", "100.00", "100.00")


def test_who_moves_at_the_very_midnight_takes_their_deals_along(cast: Cast) -> None:
    deal = make.deal(cast.lina)
    with clock.at(make.instant("2026-06-10")):
        people.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 6, 10), by=None)
    deal.refresh_from_db()
    assert (deal.unit, homes(deal)) == (cast.unit("D2"), [(make.instant("2026-06-10"), "D2")])
