"""Where check-ins were: with consent, on duty, coarse, measured, forgotten."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from loudou.customers import verbs as customers
from loudou.customers.models import Customer
from loudou.fieldwork import verbs
from loudou.fieldwork.figures.discipline import Discipline, is_backed, record_state
from loudou.fieldwork.figures.places import coarse, distance, on_duty
from loudou.fieldwork.models import Consent, CustomerPlace, Position, VisitPlan
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.kernel.workdays import WorkCalendar
from tests.cast import Cast
from tests.doors import enter
from tests.fieldwork.visiting import MONDAY, TUESDAY, approved, planned
from tests.make import instant

HERE = {"latitude": Decimal("29.86834"), "longitude": Decimal("121.54399")}
THERE = {"latitude": Decimal("29.8863"), "longitude": Decimal("121.5440")}


@pytest.fixture
def customer(cast: Cast) -> Customer:
    return customers.add_customer(name="宁波甬江机电有限公司", by=cast.chenan)


def ready(cast: Cast, customer: Customer, **said: str) -> VisitPlan:
    with clock.at(MONDAY):
        return approved(planned(cast.chenan, None, customer=customer, **said), cast.wumin)


def test_without_consent_no_place_is_taken(cast: Cast, customer: Customer) -> None:
    plan = ready(cast, customer)
    with clock.at(TUESDAY), pytest.raises(Refused) as refused:
        verbs.start_visit(plan, by=cast.chenan, **HERE)
    assert (refused.value.field, Position.objects.count()) == ("latitude", 0)


def test_the_first_place_is_learnt_the_next_is_measured(cast: Cast, customer: Customer) -> None:
    verbs.give_consent(by=cast.chenan)
    with clock.at(TUESDAY):
        first = verbs.start_visit(ready(cast, customer), by=cast.chenan, **HERE)
        second = verbs.start_visit(ready(cast, customer), by=cast.chenan, **THERE)
    assert (first.distance, str(first.position), second.distance) == (None, "29.868, 121.544", 2000)
    assert str(CustomerPlace.objects.get()) == f"{customer.pk} 29.868, 121.544"


def test_a_superior_says_where_the_customer_is(cast: Cast, customer: Customer) -> None:
    """The first check-in was elsewhere; from the right one on visits are measured there."""
    verbs.give_consent(by=cast.chenan)
    button = "以此处为客户位置"
    with clock.at(TUESDAY):
        first = verbs.start_visit(ready(cast, customer), by=cast.chenan, **HERE)
        right = verbs.start_visit(ready(cast, customer), by=cast.chenan, **THERE)
        page, address = f"/visits/{right.pk}/", f"/visits/{right.pk}/place/"
        assert button not in enter(Client(), cast.chenan).get(page).content.decode()
        assert button not in enter(Client(), cast.wumin).get(f"/visits/{first.pk}/").content.decode()
        superior = enter(Client(), cast.wumin)
        assert button in superior.get(page).content.decode()
        assert superior.post(address)["Location"] == page
        assert enter(Client(), cast.chenan).post(address).status_code == 403
        again = verbs.start_visit(ready(cast, customer), by=cast.chenan, **THERE)
    right.refresh_from_db()
    assert (right.distance, again.distance) == (2000, 0)
    assert Entry.objects.filter(event="visit.place_taken").get().actor == cast.wumin
    with clock.at(TUESDAY + timedelta(days=91)):
        verbs.forget_positions(by=None)
        assert button not in superior.get(page).content.decode()
        assert "不再保存" in superior.post(address).content.decode()


def test_off_duty_and_on_the_phone_nothing_is_kept(cast: Cast, customer: Customer) -> None:
    verbs.give_consent(by=cast.chenan)
    evening, call = ready(cast, customer), ready(cast, customer, method="phone")
    with clock.at(instant("2026-04-14 18:01")):
        assert verbs.start_visit(evening, by=cast.chenan, **HERE).executed_at is not None
    with clock.at(TUESDAY):
        verbs.start_visit(call, by=cast.chenan, **HERE)
    assert not Position.objects.exists() and not CustomerPlace.objects.exists()


def test_no_place_on_earth(cast: Cast, customer: Customer) -> None:
    verbs.give_consent(by=cast.chenan)
    plan = ready(cast, customer)
    with clock.at(TUESDAY), pytest.raises(Refused):
        verbs.start_visit(plan, by=cast.chenan, latitude=Decimal(91), longitude=Decimal(0))


def test_consent_is_given_and_taken_back(cast: Cast, customer: Customer) -> None:
    given = verbs.give_consent(by=cast.chenan)
    assert verbs.give_consent(by=cast.chenan) == given
    with clock.at(TUESDAY):
        verbs.start_visit(ready(cast, customer), by=cast.chenan, **HERE)
    assert (verbs.withdraw_consent(by=cast.chenan), Position.objects.count()) == (1, 0)
    assert verbs.withdraw_consent(by=cast.chenan) == 0
    Consent.objects.create(user=cast.lina, wording=0, given_at=clock.now())
    assert verbs.give_consent(by=cast.lina).wording == 1
    told = (
        Entry.objects.filter(subject_type="fieldwork.consent").order_by("pk").values_list("event", flat=True)
    )
    assert list(told) == ["consent.given", "consent.withdrawn", "consent.given"]


def test_after_ninety_days_it_is_forgotten(cast: Cast, customer: Customer) -> None:
    verbs.give_consent(by=cast.chenan)
    with clock.at(TUESDAY):
        verbs.start_visit(ready(cast, customer), by=cast.chenan, **HERE)
    with clock.at(TUESDAY + timedelta(days=90)):
        assert verbs.forget_positions(by=None) == 0
    with clock.at(TUESDAY + timedelta(days=90, seconds=1)):
        assert verbs.forget_positions(by=None) == 1
    assert not Position.objects.exists()


def test_an_emergency_takes_its_place_too(cast: Cast, customer: Customer) -> None:
    verbs.give_consent(by=cast.chenan)
    with clock.at(TUESDAY):
        plan = verbs.begin_emergency(
            by=cast.chenan,
            customer=customer,
            reason="停线",
            consented_by=cast.wumin,
            objectives=["恢复"],
            **HERE,
        )
    assert Position.objects.get().plan == plan
    assert verbs.expire_visits(by=None) == 0


def test_arithmetic() -> None:
    one, other = (Decimal(0), Decimal(0)), (Decimal(0), Decimal(1))
    assert distance(one, other) == 111_200
    assert distance(one, one) == 0
    assert coarse(Decimal("-29.8685"), Decimal("121.5435")) == (Decimal("-29.869"), Decimal("121.544"))
    with pytest.raises(ValueError, match="181"):
        coarse(Decimal(0), Decimal(181))
    zone = TUESDAY.astimezone().tzinfo
    tuesday = TUESDAY.replace(tzinfo=zone, hour=8, minute=0)
    assert on_duty(tuesday, WorkCalendar()) and not on_duty(tuesday - timedelta(minutes=1), WorkCalendar())
    assert not on_duty(tuesday + timedelta(days=4), WorkCalendar())


def test_when_a_record_is_due_and_a_signature_counts() -> None:
    hours = timedelta(hours=1)
    for waited, state in ((24, "due"), (25, "overdue"), (72, "overdue"), (73, "locked")):
        assert record_state(TUESDAY, None, TUESDAY + waited * hours) == state
    assert record_state(TUESDAY, TUESDAY + 24 * hours, TUESDAY) == "on_time"
    assert record_state(TUESDAY, TUESDAY + 25 * hours, TUESDAY) == "late"
    assert is_backed(emergency=False, executed=TUESDAY, approved=TUESDAY)
    assert not is_backed(emergency=False, executed=TUESDAY, approved=TUESDAY + hours)
    assert not is_backed(emergency=True, executed=TUESDAY, approved=None)


def test_a_fifth_of_emergencies_is_allowed_and_more_is_too_many() -> None:
    assert not Discipline(made=10, emergencies=2).too_many_emergencies
    assert Discipline(made=10, emergencies=3).too_many_emergencies
    assert not Discipline().too_many_emergencies


def test_who_looks_at_the_place_of_another_is_on_record_once_a_day(cast: Cast, customer: Customer) -> None:
    verbs.give_consent(by=cast.chenan)
    with clock.at(TUESDAY):
        plan = verbs.start_visit(ready(cast, customer), by=cast.chenan, **HERE)
        VisitPlan.objects.filter(pk=plan.pk).update(distance=300)
        for who in (cast.chenan, cast.wumin, cast.wumin):
            assert enter(Client(), who).get(f"/visits/{plan.pk}/").status_code == 200
        seen = Entry.objects.filter(event="visit.place_seen")
        assert [(entry.actor, entry.particulars["whom"]["id"]) for entry in seen] == [
            (cast.wumin, cast.chenan.pk)
        ]
    with clock.at(TUESDAY + timedelta(days=2)):
        verbs.look_at_place(plan, by=cast.wumin)
        assert seen.all().count() == 2
