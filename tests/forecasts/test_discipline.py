"""What is committed without its discipline (C2): told beside the commitment, opening to its deals, marked deal by deal."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from loudou.forecasts import queries
from loudou.forecasts.behind import behind
from loudou.forecasts.figures.discipline import UPDATE_DAYS, keeps_discipline
from loudou.forecasts.lens import BehindLens, CycleLens
from loudou.forecasts.says import says
from loudou.insight.lens import InsightLens
from loudou.insight.reports.categories import forecast_categories
from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.figures.deliveries import Part
from loudou.pipeline.models import Deal
from loudou.ui import format as f
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.forecasts.test_submit import APRIL, hand_in
from tests.make import day, instant
from tests.opening import closed

NOW = instant("2026-04-13 10:00")
NEXT = {"next_step": "定价会", "next_on": day("2026-04-20")}


def commit(owner: User, amount: int, at: str, **more: object) -> Deal:
    """A deal due in April, put into the commitment at an instant; nothing was written about it since."""
    with clock.at(instant(at)):
        deal = make.deal(owner, amount=amount, expected_on=day("2026-04-28"), **more)
        pipeline.edit(deal, by=owner, category="commit", reason="客户已口头答应")
    return deal


@pytest.fixture(autouse=True)
def april(cast: Cast) -> Iterator[None]:
    """In the commitment: one kept up; one without a step, one written about too long ago, one in parts with neither."""
    commit(cast.chenan, 500_000, "2026-04-10 09:00", **NEXT)
    commit(cast.chenan, 40_000, "2026-04-10 09:00")
    commit(cast.lina, 7_000, "2026-04-06 09:00", **NEXT)
    parts = commit(cast.zhangwei, 1_000, "2026-04-01 09:00")
    with clock.at(instant("2026-04-01 10:00")):
        plan = [Part(day("2026-04-20"), Decimal(200)), Part(day("2026-08-20"), Decimal(800))]
        pipeline.set_deliveries(parts, parts=plan, by=cast.zhangwei)
        make.deal(
            cast.chenan, amount=90_000, expected_on=day("2026-04-28")
        )  # of the pipeline: nobody commits to it
    with clock.at(NOW):
        yield


def test_seven_days_and_a_step_with_its_date() -> None:
    edge = NOW - timedelta(days=UPDATE_DAYS)
    assert keeps_discipline(next_step=True, next_on=True, touched_at=edge, now=NOW)
    assert not keeps_discipline(
        next_step=True, next_on=True, touched_at=edge - timedelta(microseconds=1), now=NOW
    )
    assert not keeps_discipline(next_step=False, next_on=True, touched_at=NOW, now=NOW)
    assert not keeps_discipline(next_step=True, next_on=False, touched_at=NOW, now=NOW)


def test_the_commitment_stays_what_it_is_and_tells_what_of_it_is_not_kept_up(cast: Cast) -> None:
    owners = [cast.chenan.pk, cast.lina.pk, cast.zhangwei.pk]
    told = says(owners, APRIL, organisation(), clock.now())
    assert [(told[key].commit, told[key].lax) for key in owners] == [
        (540_000, 40_000),
        (7_000, 7_000),
        (200, 200),
    ]
    assert told[cast.chenan.pk].due == 630_000 and told[cast.chenan.pk].deals == 3
    report = forecast_categories(InsightLens.read({"period": "2026-04", "unit": "CENTER"}, cast.heli)).plain()
    assert Decimal(report["commit"]) == 547_200
    assert hand_in(cast.chenan, 500_000).commit == 540_000


def test_what_was_written_about_again_is_committed_again(cast: Cast) -> None:
    deal = Deal.objects.get(owner=cast.lina)
    pipeline.edit(deal, by=cast.lina, next_step="送合同")
    assert says([cast.lina.pk], APRIL, organisation(), clock.now())[cast.lina.pk].lax == 0


def test_it_opens_to_its_deals_which_add_up_to_it(cast: Cast, client: Client) -> None:
    for user, whole in ((cast.chenan, 40_000), (cast.wumin, 47_200), (cast.heli, 47_200)):
        number = behind(BehindLens.read({"what": "lax"}, user), user)
        assert number is not None and number.number == whole
        each = number.of_each(list(number.deals().values_list("pk", flat=True)))
        assert sum(one.weighted for one in each.values()) == whole
        enter(client, user)
        page = client.get("/forecasts/").content.decode()
        assert "/forecasts/behind/?what=lax" in page and f.money(Decimal(whole)) in page and not closed(page)
        behind_it = client.get("/forecasts/behind/?what=lax").content.decode()
        assert behind_it.count("/deals/") >= len(each) and not closed(behind_it)


def test_the_paper_tells_it_beside_the_commitment(cast: Cast, client: Client) -> None:
    enter(client, cast.wumin)
    paper = client.post("/forecasts/files/sheet.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(paper.content)).get_sheet_by_index(0).to_python()
    lax = rows[0].index("承诺中未尽基本纪律")
    assert rows[0][lax - 1] == "承诺"
    assert [row[lax] for row in rows if row[0] == "陈安"] == [40_000]
    assert [row[lax] for row in rows if row[0] == "吴敏"] == [47_200]


def test_deal_by_deal_it_is_marked_where_it_is_due_and_where_it_is_judged(cast: Cast, client: Client) -> None:
    enter(client, cast.chenan)
    assert client.get("/forecasts/").content.decode().count("未尽基本纪律</span>") == 1
    enter(client, cast.wumin)
    assert client.get("/forecasts/deals/").content.decode().count("未尽基本纪律</span>") == 3


def test_every_deal_is_told_as_the_sum_is(cast: Cast) -> None:
    lens = CycleLens.read({}, cast.heli)
    found = queries.to_judge(cast.heli, APRIL, lens.company.today).select_related("spec")
    lax = {deal.pk for deal in found if lens.is_lax(deal)}
    number = behind(BehindLens.read({"what": "lax"}, cast.heli), cast.heli)
    assert number is not None and len(lax) == 3
    assert lax == set(number.deals().values_list("pk", flat=True))
