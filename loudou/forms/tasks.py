"""The worker's part: on the days after a quarter's end every form in force is asked whether it is worth its time."""

from __future__ import annotations

from loudou.forms import verbs
from loudou.forms.reports.worth import figures, form_load
from loudou.insight.lens import InsightLens
from loudou.journal.jobs import job
from loudou.kernel.periods import Grain
from loudou.people.present import of_today
from loudou.people.queries import organisation


@job(cron="20 5 * * *", alone=True)
@of_today
def open_reviews(timestamp: int = 0) -> int:
    """Open the review of the last whole quarter for every form that has none yet; returns how many."""
    company = organisation()
    quarter = company.fiscal.previous(company.fiscal.of(company.today, Grain.QUARTER))
    lens = InsightLens.read({"period": company.fiscal.name(quarter)}, None)
    opened = 0
    for row in form_load(lens).rows:
        issued = row.form.current.issued_at if row.form.current is not None else None
        if not row.form.is_issued or issued is None or issued.astimezone(company.zone).date() >= quarter.end:
            continue
        made = verbs.open_review(
            row.form,
            period=quarter,
            figures=figures(row),
            verdicts=row.verdicts,
            merge_with=row.into,
            by=None,
        )
        opened += made is not None
    return opened
