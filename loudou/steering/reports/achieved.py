"""One result, opened: how far it is against its target, and the records that add up to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q

from loudou.insight.lens import InsightLens
from loudou.insight.queries.achieved import CLOSES, never_told
from loudou.insight.queries.achieved.behind import Behind, behind
from loudou.insight.queries.achieved.families import BY_FAMILY
from loudou.insight.queries.aimed import BY_PRODUCT
from loudou.insight.reports.aiming import wanted_period
from loudou.insight.reports.aims import Line
from loudou.insight.reports.targets import TargetProgress, target_progress
from loudou.kernel.numbers import ZERO, Ratio
from loudou.kernel.periods import Period
from loudou.pipeline.models import Visit
from loudou.steering.lens import AchievedLens
from loudou.steering.reports.whose import Results, Subject, subjects
from loudou.targets.figures.progress import RATES
from loudou.targets.models import AT_STAGE

NOTHING = Behind(Visit.objects.none(), "left_at", "left_owner", "left_unit", Count("pk"))


@dataclass(frozen=True)
class Opened:
    """A result with the records behind it. Of a rate it is what is divided; `base` is what that is divided by.

    The records bring `listed` together; what `number` is more is counted otherwise: with closed books (C20) or, at an
    earlier instant, as known then.
    """

    lens: AchievedLens
    subject: Subject
    period: Period
    line: Line | None  # its target's, where it has one
    number: Ratio
    base: Decimal | None
    kept: Behind
    rows: Any
    count: int
    listed: Decimal

    @property
    def value(self) -> Ratio:
        """The result itself."""
        if self.base is None or self.number.value is None:
            return self.number
        return Ratio.of(self.number.value, self.base)

    @property
    def otherwise(self) -> Decimal:
        """What is counted otherwise than by the records that are listed."""
        counted = self.number.value if self.base is None else self.base
        return counted - self.listed if counted is not None else ZERO


def opened(lens: AchievedLens) -> Opened | None:
    """What a lens asks for; None where there is nobody whose results the person may see."""
    period = wanted_period(lens)
    if lens.period != period:
        lens = replace(lens, period=period)
    subject = next(iter(subjects(lens, period)), None)
    if subject is None:
        return None
    if not _is_counted(lens):
        missing = Ratio.missing("not_recorded")
        return Opened(lens, subject, period, None, missing, None, NOTHING, NOTHING.rows, 0, ZERO)
    is_rate = lens.metric in RATES
    counted = "deals" if is_rate else lens.counted
    progress = _progress(lens, subject, period)
    line = next(iter(progress.lines), None)
    results = Results(lens, [subject], [period.start, period.end], progress.stood)
    if line is not None and not is_rate:
        came = line.progress.actual
    else:
        came = None if never_told([counted]) else results.of(subject, counted, period, lens.family)
    kept = behind(
        CLOSES if is_rate else counted, *period.instants(lens.company.zone), lens.span_of(period), lens.family
    )
    person = subject.person
    mine = kept.of_person(person.pk) if person is not None else kept.of_units(results.stays(subject))
    return Opened(
        lens,
        subject,
        period,
        line,
        Ratio(came) if came is not None else Ratio.missing("not_recorded"),
        results.of(subject, CLOSES, period) if is_rate else None,
        kept,
        mine,
        *kept.total(mine),
    )


def _is_counted(lens: AchievedLens) -> bool:
    """Whether the metric is counted of single stages, or of product families; of both at once none is."""
    if lens.stage is not None:
        return lens.metric in AT_STAGE and not lens.family
    return not lens.family or lens.metric in BY_FAMILY


def _progress(lens: AchievedLens, subject: Subject, period: Period) -> TargetProgress:
    asked = {"from": period.start.isoformat(), "to": period.end.isoformat()}
    if "as_of" in lens.asked:
        asked["as_of"] = lens.asked["as_of"]
    if lens.family:
        asked["by"] = BY_PRODUCT
    stage = lens.stage.stage_id if lens.stage is not None else None
    person = subject.person
    whose = Q(person=person) if person is not None else Q(unit=subject.unit, person=None)
    whose &= Q(metric=lens.metric, stage=stage, family=lens.family)
    return target_progress(InsightLens.read(asked, lens.user), whose)
