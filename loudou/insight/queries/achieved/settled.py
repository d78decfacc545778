"""What was achieved, with closed books as they were closed and the rest as it is (`domain.md` C20)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import DateField, F, Func, IntegerField, Min, Sum, Value

from loudou.fieldwork.models import Activity
from loudou.insight.figures.flow import Span
from loudou.insight.queries.achieved import CLOSES, WINS, Achieved, Whose, achieved, placed
from loudou.insight.queries.achieved._late import Late
from loudou.insight.queries.achieved.families import BY_FAMILY, achieved_by_family
from loudou.insight.queries.achieved.reached import reached_by_stage
from loudou.insight.queries.known import Otherwise
from loudou.kernel import clock
from loudou.kernel.periods import Period, midnight
from loudou.people.employment import Employment
from loudou.people.models import Organisation
from loudou.pipeline.models import Course, Visit
from loudou.targets.figures.goals import counted_as
from loudou.targets.models import AT_STAGE, TOLD, Actual, Closing, Fact
from loudou.targets.queries.closing import employment_at, standing_closings

FROZEN = (*WINS, CLOSES, "visits", *TOLD)


@dataclass(frozen=True)
class Books:
    """The closings that stood at the instant a report is of."""

    company: Organisation
    closings: Sequence[Closing]

    @classmethod
    def read(cls, company: Organisation, known: datetime | None) -> Books:
        """As they stand, or stood just before an instant (one query)."""
        return cls(company, standing_closings(known))

    @property
    def until(self) -> date | None:
        """The first day that is open."""
        return self.closings[-1].ends_on if self.closings else None

    @property
    def through(self) -> date | None:
        """The last day that is closed."""
        return self.closings[-1].last_day if self.closings else None

    def employment(self, periods: Collection[Period]) -> dict[Period, dict[int, Employment] | None]:
        """Who had joined and left when by the closing that has a period's last day; None while that day is open.

        One query, none where all are open.
        """
        closings = {period: self.of(period) for period in periods}
        keys = {one.pk for one in closings.values() if one is not None}
        kept = Closing.objects.filter(pk__in=keys).only("employed") if keys else ()
        told = {one.pk: employment_at(one) for one in kept}
        return {period: told[one.pk] if one is not None else None for period, one in closings.items()}

    def of(self, period: Period) -> Closing | None:
        """The closing that has a period's last day."""
        last = period.end - timedelta(days=1)
        return next((one for one in self.closings if last in one.period), None)

    def achieved(
        self,
        metrics: Iterable[str],
        edges: Sequence[datetime],
        span: Span,
        otherwise: Collection[Otherwise] = (),
        whose: Whose | None = None,
    ) -> dict[str, list[Achieved]]:
        """What was achieved of each metric, cut at these edges: of closed days what was frozen, else what is counted.

        Of `whose` owners and units at least, where not everybody's is wanted.
        What came late for closed days counts on the first open one. One query for all that is frozen, and one or two a
        metric for what is open.
        """
        wanted, known_otherwise = list(metrics), list(otherwise)
        closed, open_ = _cut(edges, self._boundary(edges))
        frozen = self._frozen(closed, metric__in=wanted, family="")
        found = {metric: frozen[metric, ""] for metric in wanted}
        if len(open_) > 1:
            late = self._late(open_, span)
            for metric in wanted:
                found[metric] += achieved(metric, open_, span, known_otherwise, late, whose)
        return found

    def achieved_by_family(
        self, metrics: Iterable[str], edges: Sequence[datetime], span: Span
    ) -> dict[tuple[str, str], list[Achieved]]:
        """The same by metric and product family: what is frozen stays with the family it was frozen in."""
        wanted = list(metrics)
        closed, open_ = _cut(edges, self._boundary(edges))
        found = self._frozen(closed, metric__in=wanted, family__gt="")
        if len(open_) > 1:
            late = self._late(open_, span)
            for key, some in achieved_by_family(wanted, open_, span, late, self.families_at).items():
                found[key] += some
        return found

    def families_at(self, at: datetime) -> Mapping[str, str]:
        """In which family each product stood when the books of an instant were closed, by its id."""
        day = at.astimezone(self.company.zone).date()
        return next((self._families[one.pk] for one in self.closings if day in one.period), {})

    @cached_property
    def _families(self) -> dict[int, dict[str, str]]:
        keys = [one.pk for one in self.closings]
        return dict(Closing.objects.filter(pk__in=keys).values_list("pk", "families"))

    def _boundary(self, edges: Sequence[datetime]) -> datetime:
        """The instant up to which books are closed."""
        return midnight(self.until, self.company.zone) if self.until is not None else edges[0]

    def _late(self, edges: Sequence[datetime], span: Span) -> Late | None:
        """What came late for closed books, where these edges begin with the first open day."""
        if not self.closings or edges[0] != self._boundary(edges):
            return None
        return Late.of(self.closings[-1], self.company, span)

    def _frozen(self, edges: Sequence[datetime], **which: Any) -> dict[tuple[str, str], list[Achieved]]:
        """What is frozen of these facts, by metric and product family."""
        found: dict[tuple[str, str], list[Achieved]] = defaultdict(list)
        if len(edges) < 2:
            return found
        days = [edge.astimezone(self.company.zone).date() for edge in edges]
        facts = Fact.objects.filter(
            closing__in=[
                one.pk for one in self.closings if one.ends_on > days[0] and one.starts_on < days[-1]
            ],
            day__gte=days[0],
            day__lt=days[-1],
            **which,
        )
        place = Func(
            F("day"),
            Value(days, ArrayField(DateField())),
            function="width_bucket",
            output_field=IntegerField(),
        )
        grouped = facts.order_by().values("metric", "family", "person", "unit", place=place)
        for row in grouped.annotate(n=Sum("amount")):
            since, until = edges[row["place"] - 1], edges[row["place"]]
            one = Achieved(row["person"], row["unit"], since, until, row["n"])
            found[row["metric"], row["family"]].append(one)
        return found


def facts_of(company: Organisation, period: Period) -> list[Fact]:
    """What was achieved in a period day by day, of everything that targets are held against: what a closing freezes.

    What came late for the closing before is frozen on the first day.
    """
    last = period.end - timedelta(days=1)
    since = max(period.start, min(_first_day(company) or last, last))
    edges = [midnight(day, company.zone) for day in [*Period(since, period.end).days(), period.end]]
    span = Span(now=clock.now())
    books = Books(company, [one for one in standing_closings() if one.ends_on <= period.start])
    late = Late.of(books.closings[-1], company, span) if books.closings else None
    found = {(metric, ""): achieved(metric, edges, span, late=late) for metric in FROZEN}
    found |= achieved_by_family(BY_FAMILY, edges, span, late, books.families_at)
    for metric in AT_STAGE:
        for stage, sums in reached_by_stage(metric, edges, span, late).items():
            found[counted_as(metric, stage), ""] = placed(sums, edges)
    return [
        Fact(
            metric=counted,
            day=one.since.astimezone(company.zone).date(),
            person_id=one.owner,
            unit_id=one.unit,
            family=family,
            amount=one.amount,
        )
        for (counted, family), some in found.items()
        for one in some
        if one.amount
    ]


def _first_day(company: Organisation) -> date | None:
    """The day of the first fact there is: the first books to be closed reach back further than any."""
    firsts = (
        Visit.objects.aggregate(at=Min("left_at"))["at"],
        Course.objects.aggregate(at=Min("reached_at"))["at"],
        Activity.objects.aggregate(at=Min("at"))["at"],
        Actual.objects.aggregate(at=Min("at"))["at"],
    )
    known = [at for at in firsts if at is not None]
    return min(known).astimezone(company.zone).date() if known else None


def _cut(edges: Sequence[datetime], boundary: datetime) -> tuple[list[datetime], list[datetime]]:
    """The edges up to an instant and those from it on, the instant itself in both where it lies between them."""
    before = [edge for edge in edges if edge < boundary]
    after = [edge for edge in edges if edge > boundary]
    if before and after:
        return [*before, boundary], [boundary, *after]
    at = [edge for edge in edges if edge == boundary]
    return [*before, *at], [*at, *after]
