"""What parts of a target weigh: last year, the funnel, capacity, seasons learned from history; M31's warnings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from loudou.kernel import clock
from loudou.kernel.periods import Fiscal, Grain, Period
from loudou.kernel.refusals import Refused
from loudou.kernel.workdays import WorkCalendar
from loudou.people import verbs as people
from loudou.people.models import Unit, User
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Visit
from loudou.targets import verbs
from loudou.targets.figures.weighing import (
    Leaver,
    capacity,
    learned,
    ramp,
    strained,
    vacant,
    year_before,
    zone_rate,
)
from loudou.targets.models import Target
from loudou.targets.proposals import Asked, propose
from loudou.targets.queries import history
from tests import make
from tests.cast import Cast
from tests.make import instant

YEAR = Fiscal().parse("2026")


def asked(**said: str) -> dict[str, Any]:
    said = {"metric": "bookings", "period": "2026", "step": "10000", **said}
    return propose(Asked.read(**said)).plain()


def won(owner: User, amount: int, at: str, **details: Any) -> None:
    """A deal won at an instant of the past: its last visit is what history counts."""
    deal = make.deal(owner, amount=amount, **details)
    moment = instant(at)
    Visit.objects.filter(deal=deal).update(
        left_at=moment,
        left_by="won",
        left_owner=owner,
        left_unit=owner.unit,
        left_amount=Decimal(amount),
    )


@pytest.fixture
def house(cast: Cast) -> Unit:
    """A department of three: 张伟, 李娜, 王 of the book (D2)."""
    unit = people.add_unit(code="LED", name="照明事业部", kind="department", parent=None, by=None)
    for username, name in (("zhang", "张三"), ("li", "李四"), ("wang", "王五")):
        people.add_person(username=username, name=name, roles_held=["rep"], unit=unit, by=None)
    return unit


def of(username: str) -> User:
    return User.objects.select_related("unit").get(username=username)


def test_zones_of_a_funnel_of_four_stages_and_of_three() -> None:
    assert [str(zone_rate(place, 4)) for place in range(4)] == ["0.25", "0.25", "0.50", "0.75"]
    assert [str(zone_rate(place, 3)) for place in range(3)] == ["0.25", "0.50", "0.75"]


def test_quota_from_the_funnel_as_the_book_has_it(house: Unit) -> None:
    for owner, amounts in (("zhang", (400, 300, 200)), ("li", (200, 100, 200)), ("wang", (400, 200, 200))):
        for position, wan in zip((1, 2, 3), amounts, strict=True):
            deal = make.deal(of(owner), amount=wan * 10_000)
            spec = make.specs_of(deal)[position]
            type(deal).objects.filter(pk=deal.pk).update(spec=spec)
    plain = asked(unit="LED", by="person", total="14400000", method="funnel")
    assert [part["weight"][:-7] for part in plain["parts"]] == ["4000000", "2500000", "3500000"]
    assert [part["amount"] for part in plain["parts"]] == ["5760000.00", "3600000.00", "5040000.00"]
    assert plain["method"] == "funnel" and plain["warnings"] == []
    wide = asked(unit="LED", by="person", total="20000000", method="funnel")
    assert wide["warnings"] == [{"rule": "funnel_gap", "passed": False, "shortfall": "10000000.00"}]
    parent = people.add_unit(code="D0", name="公司", kind="company", parent=None, by=None)
    Unit.objects.filter(pk=house.pk).update(parent=parent, path=f"{parent.path}{house.path.lstrip('/')}")
    units = asked(unit="D0", by="unit", total="100", method="funnel", step="1")
    assert units["parts"][0]["weight"] == "10000000.000000"


def test_a_ramp_as_the_book_has_it() -> None:
    calendar = WorkCalendar()
    joined = date(2026, 6, 15)
    quota = Decimal(200)
    by_quarter = [
        capacity(Fiscal().parse(name), calendar, joined, None, quota)
        for name in ("2026-Q2", "2026-Q3", "2026-Q4")
    ]
    assert by_quarter == [0, 300, 600] and capacity(YEAR, calendar, joined, None, quota) == 900
    assert [ramp(joined, date(2026, month, 1)) for month in (5, 6, 7, 10, 12)] == [
        Decimal(n) for n in ("0", "0", "0.25", "1", "1")
    ]
    april = Fiscal().parse("2026-04")  # 22 weekdays, 11 of them before the 16th
    assert capacity(april, calendar, None, date(2026, 4, 15)) == Decimal("0.5")
    assert capacity(april, calendar, None, date(2026, 3, 1)) == 0
    assert capacity(april, calendar, date(2026, 5, 1), date(2026, 5, 1)) == 0
    assert capacity(Period(date(2026, 4, 4), date(2026, 4, 5)), calendar, None, None) == 0


def test_last_year_counts_at_the_win_for_who_owned_it_then(house: Unit) -> None:
    won(of("zhang"), 300, "2025-06-01")
    won(of("zhang"), 100, "2024-12-31 23:59")  # a year earlier still
    won(of("li"), 100, "2025-12-31 23:59")
    plain = asked(unit="LED", by="person", total="800", step="1", method="last-year")
    assert [part["amount"] for part in plain["parts"]] == ["600.00", "200.00", "0.00"]
    deals = asked(unit="LED", by="person", total="10", step="1", method="last-year", metric="deals")
    assert [part["amount"] for part in deals["parts"]] == ["5.00", "5.00", "0.00"]
    with pytest.raises(Refused) as refusal:
        asked(unit="LED", by="person", total="10", method="last-year", metric="cash")
    assert refusal.value.field == "method"


def test_units_weigh_what_was_won_below_them(house: Unit, cast: Cast) -> None:
    center = Unit.objects.get(pk=cast.wumin.unit.parent_id)
    won(cast.chenan, 300, "2025-06-01")
    won(cast.sunqiang, 100, "2025-06-01")
    plain = asked(unit=center.code, by="unit", total="400", step="1", method="last-year")
    amounts = {part["key"]: part["amount"] for part in plain["parts"]}
    assert amounts[cast.chenan.unit.code] == "300.00" and amounts[cast.sunqiang.unit.code] == "100.00"
    ready = asked(unit=center.code, by="unit", total="400", step="1", method="capacity")
    assert sum(Decimal(part["amount"]) for part in ready["parts"]) == 400


def test_capacity_weighs_who_is_new_less(house: Unit) -> None:
    User.objects.filter(username="wang").update(joined_on=date(2026, 6, 15))
    plain = asked(unit="LED", by="person", total="2850000", method="capacity", period="2026")
    assert [part["weight"] for part in plain["parts"]] == ["12.000000", "12.000000", "4.500000"]
    assert [part["amount"] for part in plain["parts"]] == ["1200000.00", "1200000.00", "450000.00"]


def test_products_and_customers_weigh_what_was_sold_of_them(house: Unit, cast: Cast) -> None:
    from loudou.catalog import verbs as catalog
    from loudou.customers import verbs as customers

    lamp = catalog.add_product(code="L1", name="射灯", family="照明", list_price=Decimal(100), by=None)
    pole = catalog.add_product(code="P1", name="灯杆", family="杆件", list_price=Decimal(100), by=None)
    buyer = customers.add_customer(name="甬江机电", industry="制造", owner=of("zhang"), by=None)
    deal = make.deal(of("zhang"), amount=0, customer=buyer)
    pipeline.set_lines(
        deal,
        lines=[
            pipeline.LineInput(lamp, Decimal(3), Decimal(100), "funnel"),
            pipeline.LineInput(pole, Decimal(1), Decimal(100), "funnel"),
        ],
        by=None,
    )
    Visit.objects.filter(deal=deal).update(
        left_at=instant("2025-03-01"),
        left_by="won",
        left_owner=of("zhang"),
        left_unit=house,
        left_amount=Decimal(800),  # what was signed in the end is more than the lines
    )
    families = asked(unit="LED", by="family", total="100", step="1", method="last-year")
    known = {part["key"]: (part["weight"], part["amount"]) for part in families["parts"]}
    assert known["照明"] == ("600.000000", "75.00") and known["杆件"] == ("200.000000", "25.00")
    counted = asked(unit="LED", by="family", total="2", step="1", method="last-year", metric="deals")
    assert {part["key"]: part["amount"] for part in counted["parts"]}["照明"] == "1.00"
    segments = asked(unit="LED", by="segment", total="100", step="1", method="last-year")
    assert {part["key"]: part["amount"] for part in segments["parts"]}["制造"] == "100.00"
    with pytest.raises(Refused):
        asked(unit="LED", by="segment", total="100", method="funnel")
    made = verbs.take_over(
        propose(
            Asked.read(
                unit="LED",
                metric="bookings",
                period="2026",
                total="100",
                step="1",
                by="family",
                method="last_year",
            )
        ),
        by=None,
    )
    assert {(row.family, row.amount) for row in made if row.amount} == {("照明", 75), ("杆件", 25)}
    assert Target.objects.undivided().filter(unit=house).count() == 0


def test_the_seasons_that_history_teaches() -> None:
    calendar = WorkCalendar()
    days = {
        month: [calendar.count(Fiscal().of(date(year, month, 1), Grain.MONTH)) for year in (2024, 2025)]
        for month in range(1, 13)
    }
    sales = {
        (year, month): Decimal(days[month][place] * (3 if month == 12 else 1))
        for month in range(1, 13)
        for place, year in enumerate((2024, 2025))
    }
    found = learned(sales, [2024, 2025], calendar)
    assert found is not None
    assert found[1] == Decimal("0.857143") and found[12] == Decimal("2.571429")  # 12 ÷ 14, 36 ÷ 14
    assert learned(sales, [2025], calendar) is None
    assert learned({}, [2024, 2025], calendar) is None


def test_a_learned_index_weighs_the_year(house: Unit) -> None:
    with clock.at(instant("2026-02-01")):
        with pytest.raises(Refused) as refusal:
            asked(unit="LED", by="month", total="1200", step="1", method="learned")
        assert refusal.value.field == "method"
        for year in (2024, 2025):
            for month in range(1, 13):
                won(of("zhang"), 2000 if month == 6 else 1000, f"{year}-{month:02}-10")
        plain = asked(unit="LED", by="month", total="13000", step="1", method="learned", period="2025")
        amounts = [Decimal(part["amount"]) for part in plain["parts"]]
        assert sum(amounts) == 13_000 and max(amounts) == amounts[5] and abs(amounts[5] - 2000) < 150
        even = asked(unit="LED", by="month", total="12", step="1", method="equal")
        assert {part["amount"] for part in even["parts"]} == {"1.00"}
        index, years = history.learned_seasons("bookings", people_company(), WorkCalendar())
        assert (
            years == [2024, 2025] and index is not None and abs(sum(index.values()) - 12) < Decimal("0.0001")
        )


def people_company() -> Any:
    from loudou.people.queries import organisation

    return organisation()


def test_a_year_that_began_in_its_middle_is_not_learned_from(house: Unit) -> None:
    with clock.at(instant("2026-02-01")):
        won(of("zhang"), 1, "2023-07-10")
        won(of("zhang"), 1, "2024-07-10")
        assert history.learned_seasons("bookings", people_company(), WorkCalendar())[1] == [2024, 2025]
        assert history.productivity("bookings", [of("zhang")], date(2026, 2, 1), people_company()) == 0


def test_too_much_is_a_warning_and_seats_nobody_sits_on_are_listed(house: Unit) -> None:
    verbs.set_target(unit=house, metric="bookings", period=YEAR, amount=Decimal(1_000_000), by=None)
    User.objects.filter(username="wang").update(left_on=date(2025, 11, 1), is_active=False)
    plain = asked(unit="LED", by="person", total="1500000")
    assert plain["assignment"] == "1.500000" and plain["warnings"] == []
    assert plain["vacant"] == [{"name": "王五", "unit": "照明事业部", "amount": "0.00"}]
    User.objects.filter(username="wang").update(left_on=YEAR.start.replace(month=6))
    assert asked(unit="LED", by="person", total="1500000")["vacant"] == plain["vacant"]
    User.objects.filter(username="wang").update(is_active=True)  # who is to leave carries a part until then
    assert asked(unit="LED", by="person", total="1500000")["vacant"] == []
    beyond = asked(unit="LED", by="person", total="1510000")
    assert beyond["warnings"] == [{"rule": "excess", "passed": False, "shortfall": "-10000.00"}]
    assert asked(unit="LED", by="month", total="1510000")["assignment_reason"] == "not_assigned"


def test_whoever_came_since_took_the_seat() -> None:
    leavers = [
        Leaver("甲", "东", date(2026, 1, 1)),
        Leaver("乙", "东", date(2026, 3, 1)),
        Leaver("丙", "西", date(2026, 1, 1)),
    ]
    assert [one.name for one in vacant(leavers, [("东", date(2026, 2, 1)), ("西", date(2025, 12, 1))])] == [
        "丙",
        "乙",
    ]


def test_small_things() -> None:
    parse = Fiscal().parse
    assert year_before(Period(date(2024, 2, 29), date(2024, 3, 1))) == Period(
        date(2023, 2, 28), date(2023, 3, 1)
    )
    # Up to and with 28 February, its day before the leap day: the 28th of the year before is one of the same dates.
    assert year_before(Period(date(2024, 2, 1), date(2024, 2, 29))) == parse("2023-02")
    assert year_before(parse("2024-02-28")) == parse("2023-02-28")
    assert year_before(parse("2024-02")) == parse("2023-02")
    assert year_before(parse("2025-02")) == parse("2024-02")
    assert not strained(Decimal(100), Decimal(0)) and not strained(Decimal(150), Decimal(100))
    assert strained(Decimal(60), Decimal(100))


def test_a_negative_total_is_taken_apart_like_a_positive_one(house: Unit) -> None:
    plain = asked(unit="LED", by="person", total="-100", step="1")
    assert [part["amount"] for part in plain["parts"]] == ["-34.00", "-33.00", "-33.00"]
    assert plain["sum"] == "-100.00"


@pytest.mark.parametrize(("by", "method"), [("month", "funnel"), ("person", "learned"), ("person", "x")])
def test_a_way_that_does_not_fit_is_refused(house: Unit, by: str, method: str) -> None:
    with pytest.raises(Refused) as refusal:
        asked(unit="LED", by=by, total="100", method=method)
    assert refusal.value.field == "method"
