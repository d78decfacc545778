"""The discipline of visits (M41) to the digit: D6's gate, and what each share leaves out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loudou.customers import verbs as customers
from loudou.customers.models import Customer
from loudou.fieldwork import verbs
from loudou.fieldwork.figures.discipline import Discipline, is_short_notice
from loudou.fieldwork.models import VisitPlan
from loudou.fieldwork.verbs import ActivityRow
from loudou.insight.reports import run
from loudou.journal.channel import through
from loudou.kernel import clock
from loudou.kernel.numbers import rounded
from loudou.kernel.workdays import WorkCalendar
from loudou.signoff.models import Request
from tests.cast import Cast
from tests.fieldwork.visiting import MONDAY, TUESDAY, approved, executed, planned, recorded

APRIL = {"from": "2026-04-01", "to": "2026-05-01", "as-of": "2026-05-01"}


@pytest.fixture
def customer(cast: Cast) -> Customer:
    with clock.at(MONDAY - timedelta(days=3)):
        return customers.add_customer(name="宁波甬江机电有限公司", by=cast.chenan)


def report(**asked: str) -> dict[str, Any]:
    return run("visit-discipline", {**APRIL, **asked}, None)


def test_two_emergencies_of_fifty_four_make_96_30() -> None:
    visits = Discipline(made=54, signed_first=52, emergencies=2)
    assert visits.compliance.value is not None
    assert str(rounded(visits.compliance.value * 100)) == "96.30"
    assert not visits.too_many_emergencies
    assert Discipline(made=5, emergencies=1).too_many_emergencies is False
    assert Discipline(made=9, emergencies=2).too_many_emergencies is True


def month(cast: Cast, customer: Customer) -> tuple[VisitPlan, VisitPlan]:
    """Visits of every kind, among them one that is never recorded and a plan that nobody carried out."""
    kept, late, never = (executed(cast.chenan, None, customer=customer) for _each in range(3))
    with clock.at(MONDAY):
        unmade, off, ours = (
            approved(planned(cast.chenan, None, customer=customer), cast.wumin) for _each in range(3)
        )
        verbs.cancel_visit(off, by=cast.chenan, reason="客户出差", by_customer=True)
        verbs.cancel_visit(ours, by=cast.chenan, reason="我临时开会")
        planned(cast.chenan, None, customer=customer)
        urgent = verbs.begin_emergency(
            by=cast.chenan, customer=customer, reason="停线", consented_by=cast.wumin, objectives=["恢复生产"]
        )
        recorded(urgent, people=[("韩磊", "")])
        verbs.confirm_visit(
            Request.objects.get(subject_id=urgent.pk, act="fieldwork.emergency"),
            opinion="电话里同意过，停线必须去",
            by=cast.wumin,
        )
    with clock.at(TUESDAY + timedelta(hours=2)):
        recorded(kept)
        verbs.log_activity(kind="visit", by=cast.lina, contact="许明华", result="谈了", customer=_hers(cast))
    with clock.at(TUESDAY + timedelta(hours=30)):
        recorded(late)
    with clock.at(TUESDAY + timedelta(days=10)), through("import"):
        row = ActivityRow(
            "visit", TUESDAY, cast.zhangwei, customer=customer, contact="许明华", result="旧系统"
        )
        verbs.import_activities([row], by=None)
    return never, unmade


def test_every_share_of_a_month(cast: Cast, customer: Customer) -> None:
    never, unmade = month(cast, customer)
    found = report()
    assert (found["plans_due"], found["plans_executed"], found["plan_completion"]) == (5, 3, "0.600000")
    assert (found["executed"], found["approved_before"], found["gate_compliance"]) == (5, 3, "0.600000")
    assert (found["emergencies"], found["emergency_share"], found["without_plan"]) == (1, "0.200000", 1)
    # Two valid visits of one day to one customer with one purpose count once.
    assert (found["valid_visits"], found["valid_unplanned"], found["unplanned_share"]) == (3, 2, "0.666667")
    assert (found["records_on_time"], found["records_late"], found["records_missing"]) == (2, 1, 1)
    assert (found["record_punctuality"], found["records_owed"]) == ("0.500000", 0)
    rows = {row["username"]: row for row in found["rows"]}
    assert set(rows) == {"chenan", "lina"}
    assert (rows["lina"]["gate_compliance"], rows["lina"]["plan_completion"]) == ("0.000000", None)
    assert rows["lina"]["plan_completion_reason"] == "no_base"
    assert rows["chenan"]["working_days"] == 21
    assert rows["chenan"]["visits_per_working_day"] == "0.095238"
    assert report(owner="lina")["executed"] == 1
    assert (never.recorded_at, unmade.executed_at) == (None, None)


def _hers(cast: Cast) -> Customer:
    return customers.add_customer(name="海天精工", by=cast.lina)


def test_as_known_before_it_happened(cast: Cast, customer: Customer) -> None:
    executed(cast.chenan, None, customer=customer)
    early = report(**{"as-of": "2026-04-14T09:00:00+08:00"})
    assert (early["plans_due"], early["executed"], early["records_owed"]) == (0, 0, 0)
    noon = report(**{"as-of": "2026-04-14T12:00:00+08:00"})
    assert (noon["plans_due"], noon["plans_executed"], noon["records_owed"]) == (1, 1, 1)
    assert noon["record_punctuality"] is None
    assert VisitPlan.objects.count() == 1


def test_short_notice_is_after_six_on_the_working_day_before() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    monday = datetime(2026, 4, 13, 10, tzinfo=zone)
    friday_at_six = datetime(2026, 4, 10, 18, tzinfo=zone)
    assert not is_short_notice(friday_at_six, monday, WorkCalendar())
    assert is_short_notice(friday_at_six + timedelta(seconds=1), monday, WorkCalendar())
