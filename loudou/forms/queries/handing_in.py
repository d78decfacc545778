"""Reading what came in on what is asked for: plans and records of visits, and forms of every week, month, quarter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from loudou.daylog.figures.discipline import Discipline
from loudou.fieldwork.models import VisitPlan
from loudou.forms.figures.handing_in import of_emergency, of_plan
from loudou.forms.models import Form, FormRecord
from loudou.insight.lens import InsightLens
from loudou.insight.queries.scope import whose
from loudou.insight.queries.visits import made
from loudou.kernel.periods import Period, midnight

ROLE = "rep"
Came = Mapping[tuple[int, int], list[datetime]]


def plans_and_records(
    lens: InsightLens, period: Period
) -> tuple[dict[int, Discipline], dict[int, Discipline]]:
    """By person the plans of the visits of a period and the records of those made; four queries.

    A visit that was made without a plan misses its plan, but for an emergency that was signed within a day.
    """
    zone, calendar = lens.company.zone, lens.company.calendar.work_calendar()
    plans: dict[int, Discipline] = defaultdict(Discipline)
    known = VisitPlan.objects.known(lens.known)
    since, end = midnight(period.start, zone), min(midnight(period.end, zone), lens.instant)
    begun = known.filter(whose(lens.scope, at="starts_at"), starts_at__gte=since, starts_at__lt=end)
    sent = begun.filter(submitted_at__lt=lens.instant, emergency=False)
    for owner, submitted, starts in sent.values_list("owner", "submitted_at", "starts_at"):
        assert submitted is not None
        plans[owner] += of_plan(submitted, starts, calendar, zone)
    urgent = known.filter(whose(lens.scope, at="executed_at"), emergency=True)
    urgent = urgent.filter(executed_at__gte=since, executed_at__lt=end, received_at__lte=lens.instant)
    for owner, executed, approved in urgent.values_list("owner", "executed_at", "approved_at"):
        assert executed is not None
        plans[owner] += of_emergency(executed, approved, lens.instant)
    records = {}
    for owner, visits in made(lens.scope, lens.span).items():
        records[owner] = Discipline(visits.on_time, visits.late, visits.locked)
        plans[owner] += Discipline(missing=visits.unplanned)
    return plans, records


def asked_for() -> list[Form]:
    """The forms in force, written here, that salespeople fill in every day, week, month or quarter.

    One about a customer or a deal comes when there is something to say of it.
    """
    forms = Form.objects.issued().filter(built_in="", current__fillers__contains=[ROLE])
    found = forms.select_related("current", "unit").order_by("code")
    return [form for form in found if form.current is not None and not form.current.is_about]


def came_in(forms: Collection[Form], since: datetime, until: datetime) -> Came:
    """By form and author when records came between two instants; one query."""
    rows = FormRecord.objects.current().filter(
        form__in=[form.pk for form in forms], submitted_at__gte=since, submitted_at__lt=until
    )
    found: dict[tuple[int, int], list[datetime]] = defaultdict(list)
    for form, author, at in rows.values_list("form", "author", "submitted_at"):
        found[form, author].append(at)
    return found
