"""Targets of single product families beside what was won of each (R018: the board by unit, person, product)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from loudou.catalog import verbs as catalog
from loudou.catalog.models import Product
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Line
from loudou.steering.reports.result import result_of
from loudou.targets import verbs
from loudou.targets.figures.goals import Goal
from loudou.targets.models import Target
from loudou.targets.queries.history import won_by_family
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.make import instant

QUARTER = Fiscal().parse("2026-Q2")


@pytest.fixture
def won(cast: Cast) -> Cast:
    """Of chenan one deal of lamps (300) and poles (100) that was signed at 800; a deal without lines."""
    with clock.at(instant("2026-04-08 09:00")):
        lamp, pole = (
            catalog.add_product(code=code, name=name, family=family, list_price=Decimal(100), by=None)
            for code, name, family in (("L1", "射灯", "照明"), ("P1", "灯杆", "杆件"))
        )
        deal = make.at_last_stage(cast.chenan, amount=400)
        lines = [
            pipeline.LineInput(lamp, Decimal(3), Decimal(100), "funnel"),
            pipeline.LineInput(pole, Decimal(1), Decimal(100), "funnel"),
        ]
        pipeline.set_lines(deal, lines=lines, by=None)
        pipeline.win(deal, amount=Decimal(800), by=None)
        pipeline.win(make.at_last_stage(cast.chenan, amount=5_000), by=None)
    return cast


@pytest.fixture(autouse=True)
def _may(db: None) -> Iterator[None]:
    with clock.at(instant("2026-05-01 09:00")):
        yield


def aim(metric: str, amount: int | None, family: str, **whose: Any) -> Target:
    number = Decimal(amount) if amount is not None else None
    said = {"unit": None, "period": QUARTER, "amount": number, "family": family, "by": None}
    return verbs.set_target(metric=metric, **(said | whose))


def told(user: Any = None, **params: str) -> dict[tuple[str, str, str | None], str | None]:
    found = run("target-progress", {"period": "2026-Q2", **params}, user)["rows"]
    return {(row["owner"] or row["unit"], row["metric"], row.get("family")): row["actual"] for row in found}


def test_a_win_is_shared_by_its_families_as_its_lines_are(won: Cast) -> None:
    unit = won.unit("D1")
    aim("bookings", 1_000, "照明", unit=unit)
    aim("bookings", 1_000, "杆件", unit=unit)
    aim("quantity", 10, "照明", person=won.chenan)
    aim("deals", 2, "杆件", person=won.chenan)
    aim("visits", 9, "杆件", person=won.chenan)
    aim("bookings", 500, "照明", person=won.lina)
    aim("bookings", 9_000, "", person=won.chenan)
    assert told(by="product") == {
        ("D1", "bookings", "照明"): "600.00",
        ("D1", "bookings", "杆件"): "200.00",
        ("chenan", "quantity", "照明"): "3.00",
        ("chenan", "deals", "杆件"): "1.00",
        ("chenan", "visits", "杆件"): None,
        ("lina", "bookings", "照明"): "0.00",
    }
    assert told() == {("chenan", "bookings", None): "5800.00"}
    assert told(by="product", owner="lina") == {("lina", "bookings", "照明"): "0.00"}
    before = told(by="product", as_of="2026-04-08T00:00:00+08:00")
    assert before["D1", "bookings", "照明"] == "0.00"


def test_the_board_and_a_targets_own_page_tell_of_families(won: Cast, client: Client) -> None:
    family = aim("bookings", 1_000, "照明", person=won.chenan)
    line = result_of(family, None)
    assert line is not None and (line.progress.attainment.value, line.aim.family) == (Decimal("0.6"), "照明")
    enter(client, won.wumin)
    whole = client.get("/analysis/targets/?period=2026-Q2").content.decode()
    page = client.get("/analysis/targets/?period=2026-Q2&by=product").content.decode()
    assert "签约 · 照明" in page and "60.0%" in page and "照明" not in whole
    assert "60.0%" in client.get(f"/targets/{family.pk}/follow/").content.decode()


def test_a_growth_of_a_family_has_the_familys_own_base(won: Cast) -> None:
    later = Fiscal().parse("2026-Q3")
    goal = Goal("growth", Decimal("0.5"), period=Fiscal().parse("2026-04"))
    with clock.at(instant("2026-05-02")):
        made = aim("bookings", None, "照明", person=won.chenan, period=later, goal=goal)
    assert (made.base_value, made.amount) == (600, 900)


def _sold(owner: User, amount: int, *lines: tuple[Product, int, int]) -> None:
    """A win whose lines need not come to it."""
    deal = pipeline.win(make.at_last_stage(owner, amount=amount), by=None).deal
    for place, (product, pieces, price) in enumerate(lines):
        Line.objects.create(deal=deal, product=product, quantity=pieces, price=price, position=place)


def test_families_come_to_what_was_won_at_any_price(won: Cast) -> None:
    lamp, pole = Product.objects.get(code="L1"), Product.objects.get(code="P1")
    wire = catalog.add_product(code="W1", name="线缆", family="线缆", list_price=Decimal(1), by=None)
    with clock.at(instant("2026-04-20 09:00")):
        _sold(won.lina, 100, (lamp, 3, 0), (pole, 1, 0))  # lines without a price: by their pieces
        for _n in range(2):  # thirds of a cent are rounded once, at the end
            _sold(won.lina, 100, (lamp, 1, 1), (pole, 1, 1), (wire, 1, 1))
    for family in ("照明", "杆件", "线缆"):
        aim("bookings", 1_000, family, person=won.lina)
    aim("deals", 9, "照明", person=won.lina)
    found = told(by="product", owner="lina")
    assert {key[2]: amount for key, amount in found.items() if key[1] == "bookings"} == {
        "照明": "141.67",
        "杆件": "91.67",
        "线缆": "66.67",
    }
    assert found["lina", "deals", "照明"] == "3.00"
    april = Fiscal().parse("2026-04")
    shares = won_by_family("bookings", april, organisation(), won.unit("D1"))
    assert {name: round(amount, 2) for name, amount in shares.items()} == {
        "照明": Decimal("741.67"),
        "杆件": Decimal("291.67"),
        "线缆": Decimal("66.67"),
    }
