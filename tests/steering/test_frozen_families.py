"""What was won of each product family in closed months stays, however products are sorted later (C20)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pytest
from django.db import connection

from loudou.catalog import verbs as catalog
from loudou.catalog.models import Product
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.pipeline.models import Deal, Line
from loudou.steering import verbs
from loudou.steering.reports.result import result_of
from loudou.targets import verbs as targets
from loudou.targets.models import Closing, Fact, Target
from tests.cast import Cast
from tests.make import instant
from tests.steering.test_late import APRIL, MAY
from tests.steering.test_late_differences import AFTER, BEFORE, OPEN, deals, told

LIGHTS, POLES = "照明", "杆件"
METRICS = ("bookings", "deals", "quantity")


@pytest.fixture(autouse=True)
def _may(db: None) -> Iterator[None]:
    with clock.at(instant("2026-05-06 10:00")):
        yield


@pytest.fixture(autouse=True)
def products(cast: Cast) -> None:
    """A lamp and a pole, a service in no family; targets of both families for two people in both months."""
    for code, family in (("L1", LIGHTS), ("P1", POLES), ("S1", "")):
        catalog.add_product(code=code, name=code, family=family, list_price=Decimal(1), by=None)
    with clock.at(instant("2026-01-05")):
        for person in (cast.chenan, cast.sunqiang):
            for period in (APRIL, MAY):
                for metric in METRICS:
                    for family in (LIGHTS, POLES):
                        said = {"unit": None, "person": person, "period": period, "family": family}
                        targets.set_target(metric=metric, amount=Decimal(9), by=None, **said)


def sell(code: str, *lines: tuple[str, int, int]) -> None:
    """Lines of a deal as product, pieces, price."""
    deal = Deal.objects.get(code=code)
    for place, (product, pieces, price) in enumerate(lines):
        row = {"product": Product.objects.get(code=product), "quantity": pieces, "price": price}
        Line.objects.create(deal=deal, position=place, **row)


def move_product(code: str, family: str) -> None:
    catalog.edit_product(Product.objects.get(code=code), family=family, by=None)


def reached(period: str, **params: str) -> dict[tuple[str, str, str], Decimal]:
    rows = run("target-progress", {"period": period, "by": "product", **params}, None)["rows"]
    return {(row["owner"], row["metric"], row["family"]): Decimal(row["actual"]) for row in rows}


def of(period: str, metric: str = "bookings", owner: str = "chenan") -> tuple[Decimal, Decimal]:
    """What somebody reached in lights and in poles."""
    found = reached(period)
    return found[owner, metric, LIGHTS], found[owner, metric, POLES]


def together() -> dict[tuple[str, str, str], Decimal]:
    april, may = reached("2026-04"), reached("2026-05")
    return {key: amount + may[key] for key, amount in april.items()}


def test_a_closed_month_keeps_its_families_when_products_are_sorted_anew(cast: Cast, tmp_path: Path) -> None:
    deals(tmp_path, "A,产线,,b2b,chenan,400", "B,产线,,b2b,chenan,400")
    sell("A", ("L1", 3, 100), ("P1", 1, 100), ("S1", 1, 200))
    sell("B", ("L1", 3, 100), ("P1", 1, 100))
    told(tmp_path, "A 04-02 enter verify", "A 04-10 won - 1200")
    told(tmp_path, "B 04-02 enter verify", "B 05-04 won - 400")
    aim = Target.objects.get(person=cast.chenan, metric="bookings", family=LIGHTS, starts_on=APRIL.start)
    verbs.close_month(APRIL, by=None)
    frozen = reached("2026-04")
    assert (of("2026-04"), of("2026-05")) == ((600, 200), (300, 100))
    with clock.at(instant("2026-05-07 10:00")):
        move_product("L1", POLES)
        assert reached("2026-04") == frozen
        assert (of("2026-04", "quantity"), of("2026-04", "deals")) == ((3, 1), (1, 1))
        assert (of("2026-05"), of("2026-05", "deals")) == ((0, 400), (0, 1))
        line = result_of(aim, None)
        assert line is not None and line.progress.actual == 600
        with OPEN:
            assert of("2026-04") == (0, 800)
    with clock.at(instant("2026-06-04 10:00")):
        verbs.close_month(MAY, by=None)
        move_product("L1", LIGHTS)
        assert (of("2026-04"), of("2026-05")) == ((600, 200), (0, 400))
        before = reached("2026-05", as_of="2026-06-01T00:00:00+08:00")
        assert (
            before["chenan", "bookings", LIGHTS] == 300
        )  # products are sorted as they are today while books are open


def test_what_comes_late_stays_with_the_families_of_the_closing(cast: Cast, tmp_path: Path) -> None:
    """What was frozen is corrected where it was frozen; a win that nobody knew of counts as products are sorted now."""
    deals(tmp_path, "A,产线,,b2b,chenan,800", "B,产线,,b2b,chenan,800")
    for code in "AB":
        told(tmp_path, f"{code} 04-02 enter verify", f"{code} 04-10 won")
        sell(code, ("L1", 3, 100), ("P1", 1, 100), ("S1", 4, 100))
    verbs.close_month(APRIL, by=None)
    with clock.at(instant("2026-05-07 10:00")):
        move_product("L1", POLES)
        told(tmp_path, "A 04-20 won - 880", "B 05-05 invalid - - duplicate")
    with clock.at(instant("2026-05-08 10:00")):
        deals(tmp_path, "C,产线,,b2b,chenan,100")
        sell("C", ("L1", 1, 100))
        told(tmp_path, "C 04-02 enter verify", "C 04-10 won")
    with clock.at(instant("2026-05-09 10:00")):
        assert of("2026-04") == (600, 200)
        assert of("2026-05") == (30 - 300, 10 - 100 + 100)
        assert of("2026-05", "quantity") == (-3, -1 + 1)
        assert of("2026-05", "deals") == (-1, -1 + 1)
    with clock.at(instant("2026-06-04 10:00")):
        verbs.close_month(MAY, by=None)
        move_product("L1", LIGHTS)
        assert of("2026-05") == (-270, 10)


def test_frozen_and_posted_families_come_to_what_is_true(cast: Cast, tmp_path: Path) -> None:
    changes = [rows for since, rows in AFTER.items() if since != "reopened and won"]
    deals(tmp_path, *(f"A{place},产线,,b2b,chenan,{1000 + place}" for place in range(len(changes))))
    for place in range(len(changes)):
        sell(f"A{place}", ("L1", place + 1, 7), ("P1", 2, 11), ("S1", 1, 3))
        told(tmp_path, *(row.replace("A", f"A{place}") for row in BEFORE["a win"]))
    verbs.close_month(APRIL, by=None)
    april = reached("2026-04")
    with clock.at(instant("2026-05-07 10:00")):
        told(tmp_path, *(row.replace("A", f"A{place}") for place, rows in enumerate(changes) for row in rows))
    with clock.at(instant("2026-05-08 10:00")):
        found = together()
        assert reached("2026-04") == april
        with OPEN:
            assert reached("2026-04") != april
            true = together()
    for key, amount in true.items():  # each month is rounded once
        assert abs(found[key] - amount) <= Decimal("0.01"), key


def test_books_closed_before_families_were_frozen_get_theirs(cast: Cast, tmp_path: Path) -> None:
    deals(tmp_path, *(f"{code},产线,,b2b,chenan,1000" for code in "ABC"))
    for code in "ABC":
        told(tmp_path, f"{code} 04-02 enter verify", f"{code} 04-{10 + ord(code) % 2} won")
    sell("A", ("L1", 3, 100), ("L1", 1, 50), ("P1", 1, 100))
    sell("B", ("L1", 3, 0), ("P1", 1, 0))
    closing = verbs.close_month(APRIL, by=None)
    facts = closing.facts.exclude(family="").order_by("metric", "family", "day")
    columns = ("metric", "family", "day", "person", "unit", "amount")
    frozen, families = list(facts.values_list(*columns)), closing.families
    assert len(frozen) == 12 and sorted(families.values()) == [POLES, LIGHTS]
    facts.delete()
    Closing.objects.update(families={})
    with clock.at(instant("2026-05-07 10:00")):
        deals(tmp_path, "D,产线,,b2b,chenan,1000")
        sell("D", ("L1", 1, 1))
        told(tmp_path, "D 04-02 enter verify", "D 04-10 won")  # came late: frozen nowhere
    migration = import_module("loudou.targets.migrations.0008_families_frozen")
    with connection.cursor() as cursor:
        for sql in migration.Migration.operations[-1].sql:
            cursor.execute(sql)
    assert list(facts.values_list(*columns)) == frozen
    kept = {int(key): family for key, family in Closing.objects.get().families.items()}
    assert kept == {int(key): family for key, family in families.items()}
    assert Fact.objects.filter(family="").exists()
