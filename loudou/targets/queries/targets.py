"""Reading targets, seasons, and what targets may be taken apart into."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast, Coalesce, JSONObject
from django.utils.translation import gettext as _

from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.kernel.workdays import WorkCalendar
from loudou.people.models import Calendar, CalendarDay, Membership, Organisation, Unit, User
from loudou.people.queries import organisation
from loudou.pipeline.models import Funnel, Stage, StageSpec
from loudou.pipeline.queries.funnels import by_name, default_funnel, funnel_named, order_in, usable_funnels
from loudou.targets.figures.decompose import Seasons, Timing
from loudou.targets.figures.selling import SellingDays
from loudou.targets.models import Edition, SeasonalIndex, SellingCalendar, Target
from loudou.ui.spelling import folded

SELLING = "rep"


def seasons() -> Seasons:
    """The indices in force (one query)."""
    return _seasons(SeasonalIndex.objects.values("month", "year", "index"))


def _seasons(rows: Iterable[Mapping[str, Any]]) -> Seasons:
    """Of numbers as rows of the table have them, or as texts."""
    told = [(row["year"], row["month"], Decimal(row["index"])) for row in rows]
    return Seasons(
        {month: index for year, month, index in told if not year},
        {(year, month): index for year, month, index in told if year},
    )


def timing(
    company: Organisation | None = None,
    calendar: WorkCalendar | None = None,
    unit: Unit | None = None,
    stage: Stage | None = None,
) -> Timing:
    """What time weighs here, for a unit on its selling days; by another official calendar than one's own if named."""
    company = company or organisation()
    if calendar is not None:
        return Timing(company.fiscal, calendar, seasons())
    return timings(company).of(unit, stage)


@dataclass(frozen=True)
class Timings:
    """What time weighs for each unit and funnel: by paths of units and keys of funnels."""

    plain: Timing
    units: Mapping[str, SellingDays]
    funnels: Mapping[int, SellingDays]

    def of(self, unit: Unit | None, stage: Stage | None = None) -> Timing:
        """On the selling days of a stage's funnel, else of the nearest unit that has some, else on working days."""
        days = self.funnels.get(stage.funnel_id) if stage is not None else None
        if days is None and unit is not None:
            above = [path for path in self.units if unit.path.startswith(path)]
            days = self.units[max(above, key=len)] if above else None
        return replace(self.plain, calendar=days) if days is not None else self.plain


def timings(company: Organisation) -> Timings:
    """What time weighs in the whole organisation (one query, one more where funnels have selling days).

    The selling days of a funnel are those of the units it is for, unless a unit has its own.
    """
    days, indices, selling = _kept_of(company.calendar)
    official = company.calendar.counting_with(
        {date.fromisoformat(one["day"]): one["working"] for one in days}
    )
    units: dict[str, SellingDays] = {}
    funnels: dict[int, SellingDays] = {}
    for one in selling:
        if one["funnel"] is not None:
            funnels[one["funnel"]] = _selling(one, official)
    if funnels:
        units = {path: funnels[funnel] for path, funnel in _units_of(funnels)}
    units |= {one["path"]: _selling(one, official) for one in selling if one["path"] is not None}
    return Timings(Timing(company.fiscal, official, _seasons(indices)), units, funnels)


_Told = list[dict[str, Any]]


def _kept_of(calendar: Calendar) -> tuple[_Told, _Told, _Told]:
    """A calendar's days, the seasonal indices and the selling days, each as JSON, with its numbers as texts."""
    days = CalendarDay.objects.filter(calendar=OuterRef("pk"))
    weekdays, holiday = Cast("weekdays", ArrayField(TextField())), Cast("holiday", TextField())
    selling = JSONObject(path="unit__path", funnel="funnel_id", weekdays=weekdays, holiday=holiday)
    index = JSONObject(month="month", year="year", index=Cast("index", TextField()))
    rows = Calendar.objects.filter(pk=calendar.pk).values_list(
        ArraySubquery(days.values(json=JSONObject(day="day", working="working"))),
        ArraySubquery(SeasonalIndex.objects.values(json=index)),
        ArraySubquery(SellingCalendar.objects.order_by("pk").values(json=selling)),
    )
    told: tuple[_Told, _Told, _Told] = rows.get()
    return told


def _selling(told: Mapping[str, Any], official: WorkCalendar) -> SellingDays:
    holiday = Decimal(told["holiday"]) if told["holiday"] is not None else None
    weekdays = [Decimal(one) for one in told["weekdays"]]
    return SellingCalendar(weekdays=weekdays, holiday=holiday).days(official)


def _units_of(funnels: Collection[int]) -> Iterable[tuple[str, int]]:
    """The paths of the units these funnels are for, each with its funnel."""
    pairs = Funnel.units.through.objects.filter(funnel__in=list(funnels)).order_by("-funnel")
    return pairs.values_list("unit__path", "funnel")


def calendar_coded(code: str) -> WorkCalendar | None:
    """A calendar by its code, such as CN, TW or HK."""
    found = Calendar.objects.filter(code__iexact=code).first()
    return found.work_calendar() if found is not None else None


def target_of(unit: Unit, metric: str, period: Period) -> Target | None:
    """A unit's own target of exactly this period."""
    return (
        Target.objects.undivided()
        .filter(unit=unit, person=None, metric=metric, starts_on=period.start, ends_on=period.end)
        .first()
    )


def standing_parts(unit: Unit, metric: str, period: Period) -> dict[tuple[date, date], Decimal]:
    """A unit's own targets within a period, by their first day and the day after their last."""
    found = Target.objects.undivided().filter(
        unit=unit, person=None, metric=metric, starts_on__gte=period.start, ends_on__lte=period.end
    )
    return {
        (start, end): amount
        for start, end, amount in found.values_list("starts_on", "ends_on", "base_amount")
    }


def stays_closed(closed: date, *, field: str = "period") -> Refused:
    """What says that targets of closed books stay as they are (C20)."""
    sentence = _("The books are closed through {day}; targets up to then stay as they are.")
    return Refused(sentence.format(day=closed.isoformat()), field=field)


def units_below(unit: Unit) -> list[Unit]:
    """The units directly below one, in the order in which ties are settled."""
    return list(Unit.objects.filter(parent=unit, retired_at=None).order_by("pk"))


def members_below(unit: Unit, period: Period) -> list[User]:
    """The people of a unit and of what is below it during a period, in the order in which ties are settled."""
    people = User.objects.active().below(unit).exclude(joined_on__gte=period.end)
    return list(people.exclude(left_on__lt=period.start).select_related("unit").order_by("pk"))


def members_then(unit: Unit, period: Period, day: date) -> list[User]:
    """The people who belonged to a unit and what is below it on a day (B0.8) and were employed in a period.

    Who has left since is among them; who joins later counts where they join.
    """
    stays = Membership.objects.filter(user=OuterRef("pk")).values("unit__path")
    stood = Coalesce(stays.filter(since__lte=day).order_by("-since")[:1], stays.order_by("since")[:1])
    people = User.objects.filter(Q(is_active=True) | Q(left_on__gte=period.start))
    people = people.exclude(joined_on__gte=period.end).exclude(left_on__lt=period.start)
    people = people.annotate(stood=stood).filter(stood__startswith=unit.path)
    return list(people.select_related("unit").order_by("pk"))


def leading(root: Unit) -> QuerySet[User]:
    """Who leads the units of a branch: they stand in one, have people below, and report to nobody of the same unit."""
    above = Exists(User.objects.active().filter(manager=OuterRef("pk")))
    return User.objects.active().below(root).filter(above).exclude(manager__unit=F("unit"))


def sellers(people: Sequence[User]) -> list[User]:
    """Those who have the role of a rep; where nobody has it, everybody."""
    return [user for user in people if SELLING in user.roles] or list(people)


def editions(target: Target) -> list[Edition]:
    """How a target came to stand as it does, newest first."""
    return list(target.editions.select_related("set_by"))


def stage_named(funnel: str, name: str, user: User | None) -> Stage:
    """A stage of a funnel (else of the default one) by its code or its name in any language."""
    found = funnel_named(funnel) if funnel else default_funnel(user)
    if found is None:
        raise Refused(_("There is no funnel “{name}”.").format(name=funnel), field="funnel")
    specs = StageSpec.objects.filter(version__funnel=found).select_related("stage", "version")
    if spec := by_name(specs.order_by("-version__number", "position")).get(folded(name)):
        return spec.stage
    raise Refused(_("This funnel has no stage “{name}”.").format(name=name), field="stage")


def stages_in_use() -> list[Stage]:
    """The stages of every funnel in use, funnel by funnel, in order."""
    found = []
    kept = list(Stage.objects.select_related("funnel__current").prefetch_related("specs"))
    for funnel in usable_funnels(None):
        order = order_in(funnel)
        mine = [stage for stage in kept if stage.funnel_id == funnel.pk]
        found += sorted(mine, key=lambda stage: order.get(stage.pk, len(order)))
    return found
