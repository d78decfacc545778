"""Reading the forecast cycle: who hands in below whom, what they handed in, what a manager judges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models import Sum as DbSum
from django.db.models.functions import Coalesce

from loudou.forecasts import events
from loudou.forecasts.branches import SUBMITTING, Branch, branch, owners_below
from loudou.forecasts.figures.cycle import LEVELS, Cycle
from loudou.forecasts.models import Judgement, Level, Submission, Terms, Verdict, level_of, level_with
from loudou.forecasts.says import DAYS, Says, says
from loudou.journal.queries import told_of, told_of_any
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Fiscal, Grain, Period, midnight
from loudou.people import events as people
from loudou.people.models import Organisation, User
from loudou.people.queries import organisation
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.deliveries import between, expected
from loudou.ui.prepared import ANY, MANY, Prepared, among, together


def terms() -> Terms:
    """The organisation's rules; before somebody set them, the defaults."""
    return Terms.objects.first() or Terms(id=1)


def cycle(company: Organisation | None = None, rules: Terms | None = None) -> Cycle:
    """The calendar of the cycle."""
    company, rules = company or organisation(), rules or terms()
    return Cycle(
        {
            Level.REP: rules.rep_hour,
            Level.MANAGER: rules.manager_hour,
            Level.DIRECTOR: rules.director_hour,
        },
        rules.lock_workday,
        rules.lock_hour,
        company.calendar.work_calendar(),
        company.zone,
    )


def period_of(day: date, fiscal: Fiscal, rules: Terms) -> Period:
    """The period people forecast on a day."""
    return fiscal.of(day, Grain(rules.grain))


# What is rolled up ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RollUp:
    """What somebody starts from: each below with what the funnel says and the last number, oneself, and the sum.

    Who has not handed in counts with what the funnel says, weighted; who leads others and has not, with the roll-up of
    those. Deals of a leader's own count weighted.
    """

    branch: Branch
    each: Mapping[int, Says]  # of everybody right below, with all of theirs
    own: Says
    owners: Collection[int]  # whose deals speak in it
    told: Mapping[int, Says]  # of each owner alone
    numbers: Mapping[int, Decimal]  # the last number of everybody below who handed one in

    @property
    def people(self) -> Sequence[User]:
        """Those whose numbers are rolled up."""
        return self.branch.people

    def counts(self, key: int) -> Decimal:
        """What somebody below brings to the roll-up."""
        return self.numbers[key] if key in self.numbers else self.rolled(key)

    def rolled(self, key: int) -> Decimal:
        """The number from below of somebody in it: those below them, and their own deals."""
        return self._rolled[key]

    @cached_property
    def _rolled(self) -> Mapping[int, Decimal]:
        """The same of everybody in it, from the lowest up."""
        found: dict[int, Decimal] = {}
        downwards = [key for user in self.people for key in self.branch.all_under(user.pk)]
        for key in reversed(downwards):
            alone, under = self.told.get(key), self.branch.under.get(key, ())
            below = (self.numbers.get(one, found[one]) for one in under)
            found[key] = sum(below, alone.weighted if alone is not None else ZERO)
        return found

    @cached_property
    def base(self) -> Decimal:
        """The number from below: for a person what the funnel says."""
        return self.own.weighted + sum((self.counts(user.pk) for user in self.people), ZERO)

    @cached_property
    def says(self) -> Says:
        """What the funnel says for all of them."""
        return Says.together((*self.each.values(), self.own))

    def says_for(self, key: int) -> Says:
        """What the funnel says for somebody in it and all below them."""
        if key in self.each:
            return self.each[key]
        return Says.together(self.told[one] for one in self.branch.all_under(key) if one in self.told)


def rolled_up(user: User, period: Period, company: Organisation, now: datetime) -> RollUp:
    """What somebody starts from; for a manager the whole branch below each of their people speaks through these."""
    found = branch(user)
    owners = {*found.keys, user.pk}
    told = says(owners, period, company, now)
    numbers = dict(_NUMBERS.tuples(sorted(found.keys), period.start, period.end)) if found.keys else {}
    rolled = RollUp(found, {}, told.get(user.pk, Says()), owners, told, numbers)
    return replace(rolled, each={one.pk: rolled.says_for(one.pk) for one in found.people})


# What a manager judges deal by deal ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sum:
    """How many deals, and what they come to."""

    count: int = 0
    amount: Decimal = ZERO


@dataclass(frozen=True)
class Bench:
    """What somebody's judgement of the deals below comes to, beside what the funnel says for the same people."""

    says: Says
    sums: Mapping[str, Sum]

    def of(self, verdict: str) -> Sum:
        """The deals with one verdict."""
        return self.sums.get(verdict, Sum())

    @property
    def is_judged(self) -> bool:
        """Whether anything was judged at all."""
        return any(self.of(verdict).count for verdict in (Verdict.IN, Verdict.OUT))

    @property
    def judged(self) -> Decimal:
        """Won so far and the deals that are counted in, whole."""
        return self.says.closed + self.of(Verdict.IN).amount


def judged_by(user: User | int, deals: Any, period: Period) -> Any:
    """These deals with the last word of somebody on each as `verdict` (`open`: none) and `why`."""
    mine = Judgement.objects.of(period).filter(user=user, deal=OuterRef("pk")).order_by("-pk")
    return deals.annotate(
        verdict=Coalesce(Subquery(mine.values("verdict")[:1]), Value(Verdict.OPEN.value)),
        why=Coalesce(Subquery(mine.values("reason")[:1]), Value("")),
    )


def to_judge(user: User, period: Period, today: date, owners: Collection[int] | None = None) -> Any:
    """The open deals of everybody below with something due in a period and not past its date, with one's own verdict.

    Who knows the `owners_below` hands them over: they take a query for every level of the organisation.
    """
    judged = owners if owners is not None else owners_below(user)
    deals = expected(
        Deal.objects.open().filter(owner__in=judged), between(max(period.start, today), period.end)
    )
    return judged_by(user, deals, period)


def bench(user: User, period: Period, company: Organisation, now: datetime) -> Bench:
    """What somebody's judgement comes to; the category and the weighted view stand beside it."""
    owners = owners_below(user)
    told = says(owners, period, company, now)
    return Bench(Says.together(told.values()), sums_by_verdict(user, period, company.today, owners))


def sums_by_verdict(user: User, period: Period, today: date, owners: Collection[int]) -> dict[str, Sum]:
    """What the deals somebody may judge come to, by their verdict; `owners` are those below."""
    first = max(period.start, today)
    asked = user.pk, sorted(owners), first, period.start, period.end
    return {verdict: Sum(count, total) for verdict, count, total in together([(_BY_VERDICT, asked)])}


def _by_verdict(user: int, owners: list[int], first: date, start: date, end: date) -> QuerySet[Deal, Any]:
    due = expected(Deal.objects.open().filter(among(owners, "owner")), between(first, end))
    rows = judged_by(user, due, Period(start, end)).order_by().values("verdict")
    counted = rows.annotate(n=Count("pk"), total=DbSum("falls"))
    found: QuerySet[Deal, Any] = counted.values_list("verdict", "n", "total")
    return found


_BY_VERDICT = Prepared(_by_verdict, ANY, MANY, date(9997, 1, 1), *DAYS)


def words_below(deals: Sequence[Deal], judge: User, period: Period) -> dict[int, list[Judgement]]:
    """What others said of these deals for the period, the lowest level first; one query."""
    rows = Judgement.objects.of(period).filter(deal__in=[deal.pk for deal in deals]).newest()
    found: dict[int, list[Judgement]] = defaultdict(list)
    for row in rows.exclude(user=judge).exclude(verdict=Verdict.OPEN).select_related("user"):
        found[row.deal_id].append(row)
    for some in found.values():
        some.sort(key=lambda row: (LEVELS.index(row.level), row.pk))
    return found


def latest(users: Iterable[User], period: Period) -> dict[int, Submission]:
    """The last number each of these people handed in for a period."""
    found = _LATEST.rows([user.pk for user in users], period.start, period.end)
    return {row.user_id: row for row in found}


def _latest(users: list[int], start: date, end: date) -> QuerySet[Submission]:
    rows = Submission.objects.of(Period(start, end)).filter(among(users, "user"))
    return rows.order_by("user_id", "-number").distinct("user_id")


_LATEST = Prepared(_latest, MANY, *DAYS)
_NUMBERS = Prepared(
    lambda users, start, end: _latest(users, start, end).values_list("user", "submitted"), MANY, *DAYS
)
_LATEST_BEFORE = Prepared(
    lambda users, start, end, instant: _latest(users, start, end).filter(submitted_at__lt=instant),
    *(MANY, *DAYS, datetime(9999, 1, 1, tzinfo=UTC)),
)


def history(user: User, period: Period) -> list[Submission]:
    """Everything somebody handed in for a period, the newest first."""
    return _HISTORY.rows(user.pk, period.start, period.end)


def _history(user: int, start: date, end: date) -> QuerySet[Submission]:
    rows = Submission.objects.of(Period(start, end)).filter(user=user).select_related("user", "unit")
    return rows.order_by("-number")


_HISTORY = Prepared(_history, ANY, *DAYS)


def level_at(user: User, at: datetime) -> Level:
    """The level somebody forecast at at an instant, by the roles they held then; one query.

    Before they were entered nobody knows what they held: what they hold now stands for it.
    """
    told = list(told_of_any(User, [user.pk], [people.ADDED, people.ROLES_GRANTED]))
    if told and at < told[0].at:
        return level_of(user)
    later = (row for row in told if row.at > at and row.event == people.ROLES_GRANTED.name)
    changed = next(later, None)
    return level_of(user) if changed is None else level_with(changed.particulars["before"])


def idle(keys: Collection[int], period: Period, monday: datetime) -> list[User]:
    """Who of these people hands in numbers and handed none in for a period since Monday, by name."""
    since = Submission.objects.of(period).filter(submitted_at__gte=monday).values("user")
    people = User.objects.active().filter(pk__in=list(keys), roles__overlap=list(SUBMITTING))
    return list(people.exclude(pk__in=since).order_by("name_key", "pk"))


def chased(keys: Collection[int], period: str, since: datetime) -> dict[int, datetime]:
    """Who of these people was asked by somebody for their number of a period since an instant, and when last."""
    told = told_of(User, keys, events.CHASED).filter(at__gte=since, particulars__period=period)
    return {row.subject_id: row.at for row in told if row.subject_id is not None}


def reminded(company: Organisation, deadline: datetime, *, since: datetime) -> bool:
    """Whether people were told since an instant that their number is due at this deadline."""
    told = told_of(Organisation, [company.pk], events.REMINDED).filter(at__gte=since)
    due = deadline.astimezone(company.zone).isoformat()
    return due in set(told.values_list("particulars__deadline", flat=True))


def week_before(users: Iterable[User], period: Period, monday: datetime) -> dict[int, Submission]:
    """The last number each handed in for a period before this week."""
    found = _LATEST_BEFORE.rows([user.pk for user in users], period.start, period.end, monday)
    return {row.user_id: row for row in found}


class Weekly(NamedTuple):
    """Somebody's last number of a period, and the last one before this week."""

    last: Submission | None = None
    before: Submission | None = None


def weekly(keys: Collection[int], period: Period, monday: datetime) -> dict[int, Weekly]:
    """The last number of each of these people and the one before this week; one query."""
    found: dict[int, Weekly] = defaultdict(Weekly)
    if not keys:
        return found
    for row in _WEEKLY.rows(sorted(keys), period.start, period.end, monday):  # the latest first
        told = found[row.user_id]
        before = told.before or (row if row.submitted_at < monday else None)
        found[row.user_id] = Weekly(told.last or row, before)
    return found


def _weekly(users: list[int], start: date, end: date, monday: datetime) -> QuerySet[Submission]:
    newest, before = _latest(users, start, end), _latest(users, start, end).filter(submitted_at__lt=monday)
    rows = Submission.objects.of(Period(start, end)).filter(among(users, "user"))
    either = Q(pk__in=newest.values("pk")) | Q(pk__in=before.values("pk"))
    return rows.filter(either).order_by("user_id", "-number")


_WEEKLY = Prepared(_weekly, MANY, *DAYS, datetime(9999, 1, 1, tzinfo=UTC))


def monday_of(day: date, company: Organisation) -> datetime:
    """The first instant of the week of a day."""
    return midnight(day - timedelta(days=day.weekday()), company.zone)
