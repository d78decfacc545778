"""The editions of a sheet: what one person changed in one go, when, why, and what is another since (C9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from loudou.kernel.periods import Fiscal
from loudou.people.models import Unit
from loudou.people.queries import organisation
from loudou.targets import verbs
from loudou.targets.models import Edition, Negotiation, Target
from loudou.targets.queries.sheet import sheet_of
from loudou.targets.queries.sheet_editions import Change, changes_since, versions_of
from loudou.targets.verbs import CellInput
from tests.cast import Cast
from tests.doors import enter
from tests.targets.test_pages import text
from tests.targets.test_sheet import ASKED, JAN, YEAR

FIRST = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
FEBRUARY = Fiscal().parse("2027-02")


@pytest.fixture
def team(cast: Cast) -> Unit:
    return Unit.objects.get(pk=cast.wumin.unit_id)


def _stored(unit: Unit, cast: Cast) -> None:
    """Wumin sets three cells within minutes, heli one the day after, wumin adjusts one because of the market."""
    cells = [CellInput(unit, None, YEAR, Decimal(100)), CellInput(unit, None, JAN, Decimal(40))]
    verbs.set_cells(cells, metric="bookings", by=cast.wumin)
    Edition.objects.update(set_at=FIRST)
    verbs.set_cells([CellInput(unit, None, FEBRUARY, Decimal(60))], metric="bookings", by=cast.wumin)
    Edition.objects.filter(amount=60).update(set_at=FIRST + timedelta(minutes=20))
    verbs.set_cells([CellInput(unit, cast.lina, YEAR, Decimal(70))], metric="bookings", by=cast.heli)
    Edition.objects.filter(amount=70).update(set_at=FIRST + timedelta(days=1))
    february = Target.objects.get(starts_on=FEBRUARY.start, ends_on=FEBRUARY.end)
    verbs.adjust_target(february, amount=Decimal(65), cause="market", reason="招标提前", by=cast.wumin)
    Edition.objects.filter(amount=65).update(set_at=FIRST + timedelta(days=2))


def test_what_is_changed_in_one_go_is_one_edition(cast: Cast, team: Unit) -> None:
    _stored(team, cast)
    found = versions_of(cast.wumin, team, "bookings", YEAR)
    assert [(one.number, one.by, one.cause, one.reason, one.count) for one in found] == [
        (3, "吴敏", "market", "招标提前", 1),
        (2, "何立", "", "", 1),
        (1, "吴敏", "", "", 3),
    ]
    assert (found[0].cause_name, found[1].cause_name) == ("市场", "")
    assert found[2].until == FIRST + timedelta(minutes=20)
    own = versions_of(cast.lina, team, "bookings", YEAR)
    assert [(one.number, one.by) for one in own] == [(1, "何立")]  # of what one may see


def test_what_is_another_since_an_edition_is_told_in_the_order_of_the_sheet(cast: Cast, team: Unit) -> None:
    _stored(team, cast)
    sheet = sheet_of(cast.wumin, team, "bookings", YEAR, organisation())
    newest, second, first = versions_of(cast.wumin, team, "bookings", YEAR)
    rows = {row.key: row for row in sheet.rows}
    adjusted = Change(rows[f"u{team.pk}"], "2027-02", Decimal(60), Decimal(65))
    added = Change(rows[f"p{cast.lina.pk}"], "2027", None, Decimal(70))
    assert changes_since(cast.wumin, sheet, first, YEAR) == [adjusted, added]
    assert changes_since(cast.wumin, sheet, second, YEAR) == [adjusted]
    assert changes_since(cast.wumin, sheet, newest, YEAR) == []
    assert (adjusted.gap, added.gap) == (5, None)


def test_a_target_in_another_currency_is_compared_at_its_frozen_rate(cast: Cast, team: Unit) -> None:
    _stored(team, cast)
    Target.objects.filter(amount=65).update(currency="USD", base_amount=Decimal(455))
    Edition.objects.filter(amount__in=(60, 65)).update(currency="USD")
    sheet = sheet_of(cast.wumin, team, "bookings", YEAR, organisation())
    first = versions_of(cast.wumin, team, "bookings", YEAR)[-1]
    told = {one.column: (one.before, one.after) for one in changes_since(cast.wumin, sheet, first, YEAR)}
    assert told["2027-02"] == (420, 455)
    Edition.objects.filter(amount=60).update(currency="EUR")  # another currency then: no difference is told
    told = {one.column: (one.before, one.after) for one in changes_since(cast.wumin, sheet, first, YEAR)}
    assert "2027-02" not in told


def test_the_page_lists_them_and_compares_with_one(cast: Cast, team: Unit, client: Client) -> None:
    enter(client, cast.wumin)
    address = f"/targets/sheet/{ASKED.format(team.code)}"
    assert "尚未设定任何目标。" in client.get(address).content.decode()
    _stored(team, cast)
    page = text(client.get(address))
    assert "2027 · 签约 · CNY · 第 3 版 · 草稿" in page and "招标提前" in page and "3 个单元格" in page
    compared = client.get(address + "&since=1").content.decode()
    assert "与第 1 版对比" in compared and "2 个单元格不同" in compared and "+5" in compared
    data = client.get(f"/targets/sheet/data/{ASKED.format(team.code)}&since=1").json()
    assert data["former"] == {
        f"u{team.pk}": {"2027-02": "60.00"},
        f"p{cast.lina.pk}": {"2027": None},
    }
    unknown = client.get(f"/targets/sheet/data/{ASKED.format(team.code)}&since=99").json()
    assert unknown["former"] == {} and "与第" not in client.get(address + "&since=99").content.decode()


def test_the_head_says_how_far_the_sheet_is_and_hands_it_in(cast: Cast, team: Unit, client: Client) -> None:
    _stored(team, cast)
    enter(client, cast.wumin)
    address = f"/targets/sheet/{ASKED.format(team.code)}"

    def page() -> str:
        return client.get(address).content.decode()

    Target.objects.filter(person=None).update(approved_by=cast.heli)
    assert "部分已批准" in page()
    Target.objects.update(approved_by=cast.heli)
    assert " · 已批准</span>" in page()
    talk = verbs.open_negotiation(
        unit=team, metric="bookings", period=YEAR, envelope=Decimal(100), by=cast.heli, text=""
    )
    assert " · 草稿</span>" in page() and "提交签批" not in page()
    verbs.propose_target(
        talk, amount=Decimal(100), parts={cast.lina.username: Decimal(120)}, text="", by=cast.wumin
    )
    assert " · 协商中</span>" in page() and f"/targets/negotiations/{talk.pk}/submit/" in page()
    assert Negotiation.objects.get().state == "negotiating"
