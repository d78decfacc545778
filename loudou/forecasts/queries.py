"""Reading the forecast cycle: who hands in below whom, what the funnel says for them, what they handed in, what was won."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Count, DecimalField, F, OuterRef, Q, Subquery, Value, When
from django.db.models import Sum as DbSum
from django.db.models.functions import Coalesce, TruncDate, TruncMonth

from loudou.forecasts.figures.cycle import LEVELS, Cycle
from loudou.forecasts.models import Judgement, Level, Submission, Terms, Verdict, level_of
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.calibration import RatesInForce, rates_in_force
from loudou.insight.queries.closes import closed
from loudou.insight.queries.foretold import chance_now
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Fiscal, Grain, Period, midnight
from loudou.people.models import Organisation, User
from loudou.people.queries import organisation
from loudou.pipeline.models import Deal, Visit
from loudou.pipeline.queries.deliveries import between, expected, planned_at

SUBMITTING = ("rep", "manager", "director", "gm")


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


@dataclass(frozen=True)
class Says:
    """What the funnel says for somebody's part of a period: won so far, what is open and due by category, weighted."""

    closed: Decimal = ZERO
    commit: Decimal = ZERO
    most_likely: Decimal = ZERO
    best_case: Decimal = ZERO
    pipeline: Decimal = ZERO
    omitted: Decimal = ZERO
    open_weighted: Decimal = ZERO
    deals: int = 0

    @property
    def weighted(self) -> Decimal:
        """Won so far and what is open times its success rate (M20)."""
        return self.closed + self.open_weighted

    def __add__(self, other: Says) -> Says:
        return Says(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(Says)})


CATEGORIES = ("commit", "most_likely", "best_case", "pipeline", "omitted")


def says(owners: Collection[int], period: Period, company: Organisation, now: datetime) -> dict[int, Says]:
    """What the funnel says for each of these owners; five queries. What is past its date counts nowhere (M20)."""
    open_ = Deal.objects.open().filter(owner__in=owners).order_by()
    due = between(max(period.start, company.today), period.end)
    category: Any = Case(
        When(category="", then=F("spec__category")), default=F("category"), output_field=CharField()
    )
    rate = Coalesce("probability", *_rates(rates_in_force(now, None, company)), F("spec__probability"))
    found: dict[int, Says] = defaultdict(Says)

    def count(rows: Any, sign: int, n: Any, amount: str) -> None:
        summed = rows.annotate(sort=category).values("owner", "sort")
        for row in summed.annotate(n=n, total=DbSum(amount), due=DbSum(F(amount) * rate)):
            part = {row["sort"]: sign * row["total"]} if row["sort"] in CATEGORIES else {}
            found[row["owner"]] += Says(**part, open_weighted=sign * row["due"], deals=sign * row["n"])

    count(open_.filter(due("expected_on")), 1, Count("pk"), "base_amount")
    # Deliveries count each on its own date in place of the whole deal on its own.
    amount, planned = "deliveries__base_amount", planned_at(None, "deliveries__")
    heads = Count("pk", filter=Q(deliveries__place=0))
    count(open_.filter(planned, due("expected_on")), -1, heads, amount)
    count(open_.filter(planned, due("deliveries__due_on")), 1, Count("pk", distinct=True), amount)
    won = closed(Scope(), _span(period, company, now)) & Q(left_by="won", left_owner__in=owners)
    totals = Visit.objects.filter(won).order_by().values_list("left_owner").annotate(n=DbSum("left_amount"))
    for owner, total in totals:
        found[owner] += Says(closed=total)
    return found


def _rates(chosen: RatesInForce) -> Iterator[Any]:
    """What a deal without a rate of its own counts with where that was chosen, what goes first first."""
    if chosen.learned:
        yield Case(When(funnel__in=chosen.learned, then=chance_now()))
    if chosen.calibrated:
        whens = (When(spec__stage=stage, then=Value(rate)) for stage, rate in chosen.calibrated.items())
        yield Case(*whens, output_field=DecimalField(max_digits=8, decimal_places=6))


def _span(period: Period, company: Organisation, now: datetime, known: datetime | None = None) -> Span:
    since, until = period.instants(company.zone)
    return Span(now, since, min(until, known) if known is not None else until, known)


def due(owner: User, period: Period, company: Organisation, most: int) -> list[Deal]:
    """The largest open deals of an owner of which something is due in a period, past its date too."""
    rows = expected(Deal.objects.open().filter(owner=owner), between(period.start, period.end))
    return list(with_rates(rows).defer("search", "extra", "note").order_by("-falls", "-id")[:most])


def with_rates(deals: Any) -> Any:
    """These deals with what tells the rate they count with (`CycleLens.chance`)."""
    return deals.select_related("spec__stage").annotate(foretold_now=chance_now())


# Who hands in below whom ----------------------------------------------------------------------------------------


def below(user: User) -> list[User]:
    """The people whose numbers somebody rolls up: those they manage, and of their units whom nobody manages."""
    if level_of(user) == Level.REP:
        return []
    mine = Q(manager=user)
    if user.unit is not None:
        mine |= Q(manager=None, unit__path__startswith=user.unit.path)
    people = User.objects.active().filter(mine, roles__overlap=list(SUBMITTING)).exclude(pk=user.pk)
    return list(people.select_related("unit").order_by("name_key", "pk"))


@dataclass(frozen=True)
class RollUp:
    """What somebody starts from: each below with what the funnel says and the last number, oneself, and the sum.

    Who has not handed in counts with what the funnel says, weighted. Deals of a manager's own count weighted.
    """

    people: Sequence[User]
    each: Mapping[int, Says]
    last: Mapping[int, Submission]
    own: Says
    owners: Collection[int]  # whose deals speak in it

    def counts(self, user: User) -> Decimal:
        """What somebody below brings to the roll-up."""
        number = self.last.get(user.pk)
        return number.submitted if number is not None else self.each[user.pk].weighted

    @property
    def base(self) -> Decimal:
        """The number from below: for a person what the funnel says."""
        return self.own.weighted + sum((self.counts(user) for user in self.people), ZERO)

    @property
    def says(self) -> Says:
        """What the funnel says for all of them."""
        return sum(self.each.values(), self.own)


def rolled_up(user: User, period: Period, company: Organisation, now: datetime) -> RollUp:
    """What somebody starts from; for a manager the whole branch below each of their people speaks through these.

    A manager below who has not handed in yet counts with what the funnel says for their unit.
    """
    people = below(user)
    branches = _branches(people)
    owners = {owner for keys in branches.values() for owner in keys} | {user.pk}
    told = says(owners, period, company, now)
    each = {one.pk: sum((told[key] for key in branches[one.pk] if key in told), Says()) for one in people}
    return RollUp(people, each, latest(people, period), told.get(user.pk, Says()), owners)


def _branches(people: Sequence[User]) -> dict[int, set[int]]:
    """Whose deals each of these people answers for: their own, and everybody's whom they manage; one query a level."""
    answers = {user.pk: {user.pk} for user in people}
    head = {user.pk: user.pk for user in people}
    edge = [user.pk for user in people if level_of(user) != Level.REP]
    while edge:
        rows = User.objects.filter(manager__in=edge).exclude(pk__in=head).values_list("pk", "manager")
        edge = []
        for key, manager in rows:
            head[key] = head[manager or 0]
            answers[head[key]].add(key)
            edge.append(key)
    return answers


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


def owners_below(user: User) -> set[int]:
    """Whose deals somebody answers for: their own and those of everybody below."""
    return {owner for keys in _branches(below(user)).values() for owner in keys} | {user.pk}


def judged_by(user: User, deals: Any, period: Period) -> Any:
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
    return Bench(sum(told.values(), Says()), sums_by_verdict(user, period, company.today, owners))


def sums_by_verdict(user: User, period: Period, today: date, owners: Collection[int]) -> dict[str, Sum]:
    """What the deals somebody may judge come to, by their verdict; `owners` are those below."""
    rows = to_judge(user, period, today, owners).order_by().values("verdict")
    counted = rows.annotate(n=Count("pk"), total=DbSum("falls"))
    return {row["verdict"]: Sum(row["n"], row["total"]) for row in counted}


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
    rows = Submission.objects.of(period).filter(user__in=list(users))
    return {row.user_id: row for row in rows.order_by("user_id", "-number").distinct("user_id")}


def history(user: User, period: Period) -> list[Submission]:
    """Everything somebody handed in for a period, the newest first."""
    rows = Submission.objects.of(period).filter(user=user).select_related("user", "unit")
    return list(rows.order_by("-number"))


def week_before(users: Iterable[User], period: Period, monday: datetime) -> dict[int, Submission]:
    """The last number each handed in for a period before this week."""
    rows = Submission.objects.of(period).filter(user__in=list(users), submitted_at__lt=monday)
    return {row.user_id: row for row in rows.order_by("user_id", "-number").distinct("user_id")}


# What was won ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Won:
    """What an owner of a unit won in a stretch of days that begins on `day`, and how much of it past the funnel."""

    owner: int
    unit: int | None
    day: date
    amount: Decimal
    off_funnel: Decimal


def won(
    whole: Period, company: Organisation, now: datetime, *, known: datetime | None, by_month: bool
) -> list[Won]:
    """Wins by owner, unit and day (or month, where nothing asked for begins within one); one query."""
    span = _span(whole, company, now, known)
    cut: Any = TruncMonth if by_month else TruncDate
    visits = Visit.objects.filter(closed(Scope(), span), left_by="won").order_by()
    rows = visits.annotate(day=cut("left_at", tzinfo=company.zone)).values("left_owner", "left_unit", "day")
    zero: Any = Value(ZERO)
    off = Coalesce(DbSum("left_amount", filter=Q(deal__off_funnel=True)), zero)
    return [
        Won(row["left_owner"], row["left_unit"], _day(row["day"]), row["total"], row["off"])
        for row in rows.annotate(total=DbSum("left_amount"), off=off)
    ]


def submissions(period: Period, at: datetime, *, units: Sequence[int] | None, owner: int | None) -> Any:
    """The official numbers at an instant of all periods within one, as a queryset, whoever may see them."""
    rows = Submission.objects.inside(period).locked(at)
    if units is not None:
        rows = rows.filter(unit__in=units)
    if owner is not None:
        rows = rows.filter(user=owner)
    newest = rows.order_by("user_id", "first", "end", "-locked_at", "-number").distinct(
        "user_id", "first", "end"
    )
    return Submission.objects.filter(pk__in=newest.values("pk"))


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def monday_of(day: date, company: Organisation) -> datetime:
    """The first instant of the week of a day."""
    return midnight(day - timedelta(days=day.weekday()), company.zone)
