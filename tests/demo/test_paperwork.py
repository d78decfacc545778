"""Forms in the story: a daily report nobody reads, beside forms that are used."""

from __future__ import annotations

from datetime import date, timedelta

from loudou.customers import verbs as customers
from loudou.demo.paperwork import DAILY, Paperwork
from loudou.demo.plot import ZONE
from loudou.forms.models import FormRecord, Review
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import midnight
from tests.cast import Cast

MONDAY = date(2026, 4, 13)


def test_the_daily_report_is_found_out(cast: Cast) -> None:
    reps = [cast.chenan, cast.lina, cast.zhangwei, cast.zhoukai, cast.sunqiang, cast.zhaomin]
    with clock.at(midnight(MONDAY, ZONE)):
        for user in reps:
            customers.add_customer(name=f"{user.name}的客户", by=user)
    paperwork = Paperwork(cast.everybody)
    for offset in range(5):
        paperwork.tell(MONDAY + timedelta(days=offset), reps)
    paperwork.review(MONDAY + timedelta(days=4))
    told = run("form-load", {"period": "2026-04", "as-of": "2026-04-18T00:00:00+08:00"}, None)
    rows = {row["form"]: row for row in told["rows"]}
    daily = rows[DAILY]
    assert (daily["submissions"], daily["opened"]) == (30, 5)
    assert "retire" in daily["verdicts"]
    assert daily["merge_with"] == "F08"
    assert float(daily["water"]) > 0.2
    assert (
        rows["F06"]["submissions"]
        == rows["F06"]["opened"]
        == FormRecord.objects.filter(form__code="F06").count()
    )
    review = Review.objects.get()
    assert (review.form.code, review.outcome) == (DAILY, "")
    assert "retire" in review.verdicts
