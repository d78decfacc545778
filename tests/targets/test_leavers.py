"""Nobody who left is given a target of a time after it: refused by every door in one sentence, nothing lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from loudou.exchange.importing.handing import Order, hand_in
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.targets import verbs
from loudou.targets.models import Target
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.make import instant

SENTENCE = "李娜已于 2026-06-30 离职，请把目标设给在职人员。"
MAY, JUNE, JULY = (Fiscal().parse(f"2026-{month:02}") for month in (5, 6, 7))


@pytest.fixture(autouse=True)
def _left(cast: Cast) -> Iterator[None]:
    User.objects.filter(pk=cast.lina.pk).update(left_on=date(2026, 6, 30))
    cast.lina.left_on = date(2026, 6, 30)
    with clock.at(instant("2026-05-06 10:00")):
        yield


def test_a_target_of_the_time_before_stands_and_may_be_adjusted(cast: Cast) -> None:
    said = {"unit": None, "person": cast.lina, "metric": "deals", "by": None}
    june = verbs.set_target(**said, period=JUNE, amount=Decimal(3))
    with pytest.raises(Refused) as refusal:
        verbs.set_target(**said, period=JULY, amount=Decimal(3))
    assert (refusal.value.sentence, refusal.value.field) == (SENTENCE, "person")
    assert verbs.adjust_target(june, amount=Decimal(2), by=None).amount == 2


def test_a_cell_of_the_sheet_says_so(cast: Cast) -> None:
    assert cast.lina.unit is not None
    cells = [
        verbs.CellInput(cast.lina.unit, cast.lina, period, Decimal(9), 0) for period in (MAY, JUNE, JULY)
    ]
    outcomes = verbs.set_cells(cells, metric="bookings", by=None)
    assert [outcome.refusal.sentence if outcome.refusal else "" for outcome in outcomes] == ["", "", SENTENCE]


def test_the_page_keeps_what_was_typed(cast: Cast, client: Client) -> None:
    said = {"unit": str(cast.wumin.unit_id), "person": str(cast.lina.pk), "metric": "bookings"}
    said |= {"period": "2026-07", "amount": "123456", "currency": "CNY", "relevant": "锂电"}
    answer = enter(client, cast.wumin).post("/targets/add/", said)
    page = answer.content.decode()
    assert answer.status_code == 422 and SENTENCE in page
    assert 'value="123456"' in page and "锂电" in page and not Target.objects.exists()


def test_the_api_names_the_field(cast: Cast) -> None:
    said = {"person": cast.lina.pk, "metric": "bookings", "period": "2026-07", "amount": "100"}
    answer = Calls(cast.wumin).post("/targets", said)
    assert answer.status_code == 422 and json.loads(answer.content)["fields"] == {"person": SENTENCE}


def test_the_import_refuses_the_row_and_takes_the_others(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "targets.csv"
    rows = ("username,metric,period,amount", "lina,deals,2026-07,3", "lina,deals,2026-06,2")
    file.write_text("\n".join(rows) + "\n", "utf-8")
    result = hand_in(Order("targets", file), dry_run=False, all_or_nothing=False)
    assert result.refused == 1 and SENTENCE in result.as_text()
    assert [target.amount for target in Target.objects.all()] == [2]
