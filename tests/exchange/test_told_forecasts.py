"""Forecasts out of one house and into another: when they were handed in, locked and reopened comes along (M22)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loudou.exchange.exporting.handing import hand
from loudou.exchange.importing.handing import Order, hand_in
from loudou.forecasts import verbs
from loudou.forecasts.models import Submission
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.people import verbs as people
from tests.cast import Cast
from tests.make import instant

APRIL = Fiscal().parse("2026-04")
HEAD = "period,username,submitted,locked_at,submitted_at,reopened_at,reopened_because"


def written(folder: Path, name: str = "out.csv") -> Path:
    file = folder / name
    hand("forecasts", username=None, output=file, form="csv", filters={}, bom=False)
    return file


def bring(file: Path) -> Any:
    return hand_in(Order("forecasts", file), dry_run=False, all_or_nothing=False)


@pytest.fixture
def told(cast: Cast) -> None:
    """The same number twice, another one, locked, reopened, another one, locked again."""
    for day, number in (("2026-03-02", 700), ("2026-03-30", 700), ("2026-04-02", 800)):
        with clock.at(instant(f"{day} 10:00")):
            verbs.submit(
                cast.lina, period=APRIL, submitted=Decimal(number), reason="看好", comment="稳", by=cast.lina
            )
    with clock.at(instant("2026-04-03 18:00")):
        [official] = verbs.lock_period(APRIL, by=cast.hezong)
    with clock.at(instant("2026-04-08 09:00")):
        verbs.reopen(official, reason="看错一单", by=cast.hezong)
        verbs.submit(cast.lina, period=APRIL, submitted=Decimal(650), reason="少一单", by=cast.lina)
    with clock.at(instant("2026-04-09 09:00")):
        verbs.lock_period(APRIL, by=cast.hezong)


@pytest.mark.usefixtures("told")
def test_an_empty_house_has_the_whole_history(tmp_path: Path) -> None:
    with clock.at(instant("2026-05-06 10:00")):
        asked = ("forecast-horizons", "forecast-accuracy")
        instants = ("2026-04-05T00:00:00+08:00", "2026-04-08T12:00:00+08:00", "2026-05-02T00:00:00+08:00")

        def reports() -> list[dict[str, Any]]:
            wanted = [(name, at) for name in asked for at in instants]
            return [run(name, {"as-of": at, "period": "2026-04"}, None) for name, at in wanted]

        file, before = written(tmp_path), reports()
        again = bring(file)
        assert (again.counts.unchanged, again.counts.rows) == (4, 4), again.as_text()
        Submission.objects.all().delete()
        assert bring(file).counts.new == 4
        assert written(tmp_path, "again.csv").read_text() == file.read_text()
        assert reports() == before


def test_a_number_is_handed_in_then_locked_then_reopened(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    rows = (
        "2026-04,lina,700,2026-04-03 18:00,2026-04-04 09:00,,",
        "2026-04,lina,700,,2026-04-04 09:00,2026-04-05 09:00,看错",
        "2026-04,lina,700,2026-04-03 18:00,,2026-04-02 09:00,看错",
        "2026-04,lina,700,2026-04-03 18:00,2026-04-03 09:00,2026-04-05 09:00,看错",
    )
    file.write_text("\n".join((HEAD, *rows)) + "\n", "utf-8")
    with clock.at(instant("2026-05-06 10:00")):
        result = bring(file)
    assert (result.counts.new, result.counts.refused) == (1, 3), result.as_text()
    [only] = Submission.objects.all()
    assert (only.void_at, only.void_reason) == (instant("2026-04-05 09:00"), "看错")
    assert only.submitted_at == instant("2026-04-03 09:00")


def test_the_level_is_that_of_its_time(cast: Cast, tmp_path: Path) -> None:
    """Told by the file, else by the roles held then; before somebody was entered by those they hold."""
    with clock.at(instant("2026-05-01 09:00")):
        rep = people.add_person(
            username="zhu", name="朱平", unit=cast.wumin.unit, roles_held=["rep"], by=None
        )
    with clock.at(instant("2026-06-01 09:00")):
        people.grant_roles(rep, roles_held=["manager"], by=None)
    with clock.at(instant("2026-07-01 09:00")):
        people.grant_roles(rep, roles_held=["director"], by=None)
        file = tmp_path / "levels.csv"
        rows = (
            "2026-04,zhu,100,2026-04-03 18:00,,",
            "2026-05,zhu,200,2026-05-06 18:00,,",
            "2026-05,lina,250,,2026-05-06 17:00,manager",
            "2026-06,zhu,300,,2026-06-03 17:00,",
            "2026-07,zhu,400,,,",
        )
        file.write_text("\n".join(("period,username,submitted,locked_at,submitted_at,level", *rows)), "utf-8")
        result = bring(file)
        levels = Submission.objects.order_by("submitted").values_list("level", flat=True)
        assert list(levels) == ["director", "rep", "manager", "manager", "director"], result.as_text()
        told = written(tmp_path)
        assert told.read_text().splitlines()[0].endswith(",level")
        people.grant_roles(rep, roles_held=["rep"], by=None)
        Submission.objects.all().delete()
        assert bring(told).counts.new == 5
        assert list(levels.all()) == ["director", "rep", "manager", "manager", "director"]
