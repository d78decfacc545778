"""A locked number is judged by the limit of its day: rules set afterwards judge what is locked afterwards (M23)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from loudou.exchange.exporting.handing import hand
from loudou.exchange.importing.handing import Order, hand_in
from loudou.forecasts import verbs
from loudou.forecasts.models import Submission
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.pipeline import verbs as deals
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.insight.examples import write
from tests.make import instant

MONTHS = ("2026-04", "2026-05")


@pytest.fixture(autouse=True)
def told(cast: Cast) -> Iterator[None]:
    """100,000 won in April and again in May, of which 130,000 was told each month; the limit of May is 10 %."""
    for month in MONTHS:
        with clock.at(instant(f"{month}-06 10:00")):
            verbs.submit(
                cast.chenan, period=Fiscal().parse(month), submitted=Decimal(130_000), by=cast.chenan
            )
            verbs.lock_period(Fiscal().parse(month), by=None)
            deals.win(make.at_last_stage(cast.chenan, amount=100_000), by=None)
        with clock.at(instant("2026-04-28 10:00")):
            verbs.set_terms(by=cast.linjing, rep_limit=Decimal("0.1"))
    with clock.at(instant("2026-06-02 10:00")):
        yield


def read(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def board(month: str) -> list[tuple[str, bool]]:
    """The limit of each number of a month, and whether it was kept."""
    return [
        (row["limit"], row["passed"]) for row in run("forecast-accuracy", {"period": month}, None)["rows"]
    ]


def test_each_number_keeps_the_limit_it_was_locked_under(cast: Cast) -> None:
    assert board("2026-04") == [("0.350000", True)]
    assert board("2026-05") == [("0.100000", False)]
    verbs.set_terms(by=cast.linjing, rep_limit=Decimal("0.5"))
    assert (board("2026-04"), board("2026-05")) == ([("0.350000", True)], [("0.100000", False)])


def test_the_pages_say_one_limit_or_that_there_are_several(cast: Cast, client: Client) -> None:
    enter(client, cast.chenan)
    assert "1 次中 1 次在 35% 以内" in read(client, "/forecasts/accuracy/?period=2026-04")
    assert "1 次中 0 次在 10% 以内" in read(client, "/forecasts/accuracy/?period=2026-05")
    assert "2 次中 1 次在各自限度以内" in read(client, "/forecasts/accuracy/?period=2026-Q2")
    part = client.get("/forecasts/errors/", headers={"HX-Request": "true"}).content.decode()
    assert "2 次中 1 次在各自限度以内" in part
    enter(client, cast.linjing)
    assert "仍按锁定时的限度判定" in read(client, "/forecasts/rules/")


def test_it_goes_out_and_comes_in_with_its_limit(tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    hand("forecasts", username=None, output=file, form="csv", filters={}, bom=False)
    told = csv.DictReader(file.read_text().splitlines())
    assert [row["limit"] for row in told] == ["0.3500", "0.1000"]
    Submission.objects.all().delete()
    assert hand_in(Order("forecasts", file), dry_run=False, all_or_nothing=True).refused == 0
    assert (board("2026-04"), board("2026-05")) == ([("0.350000", True)], [("0.100000", False)])


def test_without_one_it_comes_in_under_the_present_rules(tmp_path: Path) -> None:
    head = ("period", "username", "submitted", "locked_at", "limit")
    rows = [("2026-Q2", "chenan", 230_000, "2026-04-03 18:00", ""), ("2026-Q2", "chenan", 1, "", "35%")]
    file = write(tmp_path / "numbers.csv", head, rows)
    assert hand_in(Order("forecasts", file), dry_run=False, all_or_nothing=True).refused == 0
    kept = dict(Submission.objects.of(Fiscal().parse("2026-Q2")).values_list("submitted", "limit"))
    assert kept == {230_000: Decimal("0.1"), 1: None}


def test_what_was_locked_before_limits_were_kept_has_the_present_one() -> None:
    Submission.objects.filter(first="2026-04-01").update(limit=Decimal("0.9"))
    import_module("loudou.forecasts.migrations.0003_limit").keep_limits(apps, connection.schema_editor())
    assert set(Submission.objects.values_list("limit", flat=True)) == {Decimal("0.1")}
