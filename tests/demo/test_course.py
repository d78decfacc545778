"""How the demo company keeps its targets on course: told by the rules, and nothing of it is refused."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from loudou.demo.happenings.setting import Setting
from loudou.demo.happenings.steering import happenings
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.people.queries import work_calendar
from loudou.steering.models import Adjustment, Ask, Cost, Measure, Note
from loudou.targets import verbs as targets
from loudou.targets.models import Closing
from tests.cast import Cast
from tests.make import instant

END = date(2026, 4, 19)


def test_budgets_closings_late_bills_notes_and_measures(cast: Cast) -> None:
    owners: list[dict[str, Any]] = [
        {"unit": None, "person": cast.lina},
        {"unit": cast.unit("D1")},
        {"unit": cast.unit("D2")},
    ]
    with clock.at(instant("2026-01-02")):
        for whose in owners:
            for name in ("2026-Q1", "2026-Q2"):
                period = Fiscal().parse(name)
                targets.set_target(
                    metric="bookings", period=period, amount=Decimal(900_000), by=None, **whose
                )
    told = sorted(happenings(Setting(END, cast.everybody, work_calendar())), key=lambda one: one[0])
    for at, happens in told:
        with clock.at(at):
            happens()
    assert [str(one) for one in Closing.objects.order_by("starts_on")] == ["2026-01", "2026-02", "2026-03"]
    late = Cost.objects.exclude(relates_to=None)
    assert {(one.day.month, one.counts_on) for one in late} == {
        (1, date(2026, 2, 1)),
        (2, date(2026, 3, 1)),
        (3, date(2026, 4, 1)),
    }
    assert Adjustment.objects.get().reason.startswith("上海展会")
    assert Note.objects.count() == 6
    assert [ask.target.person for ask in Ask.objects.all()] == [cast.lina] and Ask.objects.get().causes
    assert Measure.objects.get().state == Measure.State.DONE
    with clock.at(told[-1][0] + timedelta(hours=1)):
        rows = run("target-progress", {"period": "2026-Q2"}, None)["rows"]
        grown = run("target-progress", {"period": "2026"}, None)["rows"]
    stages = {(row["unit"], row["target"]) for row in rows if row["stage"]}
    assert stages == {("D1", "24.00"), ("D2", "18.00")}
    assert ("69.00", "0.150000") in {(row["target"], row["rate"]) for row in grown}
