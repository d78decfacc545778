"""The quarterly review of a form: opened with its figures, decided with a reason (C13, M47)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from loudou.forms import events
from loudou.forms.models import Form, Review
from loudou.forms.verbs._values import needed
from loudou.forms.verbs.designing import change_form
from loudou.forms.verbs.issuing import retire_form
from loudou.forms.verbs.merging import begin_merger
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.periods import Grain, Period
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation

WORKING_DAYS = 10
Outcome = Review.Outcome


@verb
def open_review(
    form: Form,
    *,
    period: Period,
    figures: Mapping[str, Any],
    verdicts: Sequence[str],
    by: User | None,
    merge_with: str = "",
) -> Review | None:
    """Ask whether a form is worth its time, with what a quarter says of it. One a quarter: None if it is open already."""
    require(by, "forms.manage", form)
    fresh, company = lock(form), organisation()
    if not fresh.is_issued or fresh.reviews.filter(first=period.start).exists():
        return None
    review = Review(
        form=fresh,
        first=period.start,
        end=period.end,
        opened_at=clock.now(),
        due_on=company.calendar.work_calendar().add(company.today, WORKING_DAYS),
        figures=dict(figures),
        verdicts=list(verdicts),
        merge_with=merge_with,
    )
    review.save(force_insert=True)
    fresh.review_on = company.fiscal.of(company.today, Grain.QUARTER).end
    fresh.save(update_fields=["review_on"])
    record(events.REVIEW_OPENED, review, by=by, notify=[fresh.owner] if fresh.owner else [])
    return review


@verb
def decide_review(
    review: Review, *, outcome: str, note: str, by: User | None, seen: int | None = None
) -> Review:
    """Keep a form, change it (its next version is begun), merge it with the one named, or retire it: with the reason."""
    require(by, "forms.manage", review.form)
    fresh = lock(review, version=seen)
    if fresh.outcome:
        raise Refused(_("This review is decided already."))
    if outcome not in Outcome.values:
        raise Refused(_("Choose one from the list."), field="outcome")
    fresh.note = needed(note, "note")
    fresh.outcome, fresh.decided_by, fresh.decided_at = outcome, by, clock.now()
    fresh.version += 1
    fresh.save()
    if outcome == Outcome.RETIRE:
        retire_form(fresh.form, reason=fresh.note, by=by)
    elif outcome == Outcome.MERGE:
        begin_merger(fresh, by=by)
    elif outcome == Outcome.CHANGE and fresh.form.under_way is None:
        change_form(fresh.form, by=by)
    record(events.REVIEWED, fresh, by=by, outcome=outcome, note=fresh.note)
    return fresh
