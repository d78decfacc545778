"""What lies beside a negotiation, and what an adjustment would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from loudou.kernel.allocation import CannotAllocate
from loudou.kernel.numbers import ZERO, Ratio
from loudou.kernel.periods import Grain, Period
from loudou.kernel.refusals import Refused
from loudou.people.models import Organisation, Unit, User
from loudou.targets.figures.agreeing import (
    Evidence,
    Respread,
    Stretch,
    catch_up,
    coarsest,
    come_to,
    respread,
    zero_sum,
)
from loudou.targets.figures.decompose import Check, Piece, assignment, decompose, over_assigned
from loudou.targets.figures.progress import RATES
from loudou.targets.figures.typed import as_ratio
from loudou.targets.figures.weighing import year_before
from loudou.targets.models import Cause, Negotiation, Target
from loudou.targets.queries import history
from loudou.targets.queries.targets import members_below, sellers, timing


@dataclass(frozen=True)
class Bearer:
    """Somebody who is to carry a part: how much is proposed, and what speaks for it."""

    person: User
    amount: Decimal | None
    evidence: Evidence


class Team:
    """Who would carry a negotiated target, and what each is able to; read once for the unit and its people."""

    def __init__(self, negotiation: Negotiation, company: Organisation) -> None:
        self.negotiation = negotiation
        self.company = company
        self.people = sellers(members_below(negotiation.unit, negotiation.period))

    @cached_property
    def carried(self) -> dict[int, Decimal]:
        """What each can carry, in what a full month of them brought. Refuses metrics without a history."""
        monthly = history.productivity(self.negotiation.metric, self.people, self.company.today, self.company)
        calendar = self.company.calendar.work_calendar()
        return history.capacity_of(self.people, self.negotiation.period, calendar, monthly)


def evidence_of(team: Team) -> Evidence:
    """What the unit is capable of; of metrics without a history nothing is known."""
    talk, unit = team.negotiation, team.negotiation.unit
    before = year_before(talk.period)
    try:
        last_year = history.won_by_unit(talk.metric, before, team.company, {unit.pk})[unit.pk]
    except Refused:
        return Evidence()
    funnel = history.funnel_by_unit([unit])[unit.pk] if talk.in_money else ZERO
    return Evidence(last_year, funnel, sum(team.carried.values(), ZERO))


def bearers(team: Team) -> list[Bearer]:
    """The people of the unit with what is proposed for each, and its evidence."""
    talk, people = team.negotiation, team.people
    keys = [user.pk for user in people]
    parts = {name: Decimal(amount) for name, amount in talk.parts.items()}
    try:
        last = history.won_by_person(talk.metric, year_before(talk.period), team.company, keys)
    except Refused:
        return [Bearer(user, parts.get(user.username), Evidence()) for user in people]
    funnel = history.funnel_by_person(keys) if talk.in_money else {}
    carried = team.carried
    return [
        Bearer(
            user,
            parts.get(user.username),
            Evidence(last.get(user.pk, ZERO), funnel.get(user.pk, ZERO), carried[user.pk]),
        )
        for user in people
    ]


def check_of(negotiation: Negotiation) -> tuple[Check, Ratio]:
    """Whether its people carry 120 % of what is proposed, and the ratio; of a rate, which is no sum, nobody asks."""
    if negotiation.metric in RATES:
        return Check("over_assignment", passed=True, shortfall=ZERO), Ratio.missing("rate")
    carried = sum((Decimal(amount) for amount in negotiation.parts.values()), ZERO)
    target = negotiation.proposed or negotiation.envelope
    return over_assigned(target, carried), assignment(target, carried)


def open_negotiations(user: User) -> list[Negotiation]:
    """What this person may see, what is open first, newest first."""
    rows = (
        Negotiation.objects.visible_to(user).select_related("unit", "proposer").order_by("-opened_at", "-id")
    )
    found = list(rows[:200])
    return sorted(found, key=lambda one: one.state in (Negotiation.State.APPROVED, Negotiation.State.DROPPED))


def negotiations_of(user: User, unit: Unit, metric: str, period: Period) -> list[Negotiation]:
    """What is or was negotiated of a metric and period in a unit's branch, as this person may see it.

    What is open comes first, the newest before older ones.
    """
    rows = Negotiation.objects.visible_to(user).filter(
        unit__path__startswith=unit.path, metric=metric, starts_on=period.start, ends_on=period.end
    )
    kept = rows.exclude(state=Negotiation.State.DROPPED).select_related("unit__parent", "proposer")
    found = list(kept.order_by("-opened_at", "-id")[:5])
    return sorted(found, key=lambda one: not one.is_open)


@dataclass(frozen=True)
class Preview:
    """What an adjustment of one target would do to its months, and to what stands between: its quarters."""

    target: Target
    amount: Decimal
    lines: Sequence[Respread]
    sums: Sequence[tuple[Target, Decimal]] = ()


def months_of(target: Target, company: Organisation, boundary: date) -> list[Stretch]:
    """The months of a target as approved, or as its amount falls on them; those before the boundary are fixed."""
    times = timing(company, unit=target.unit, stage=target.stage)
    parts = company.fiscal.split(target.period, Grain.MONTH)
    stored = {
        (row.starts_on, row.ends_on): row
        for row in _of_one_kind(target).filter(starts_on__gte=target.starts_on, ends_on__lte=target.ends_on)
    }
    pieces = times.pieces(target.period, Grain.MONTH)
    fallen = fall(target.metric, target.base_amount, pieces)
    return [
        Stretch(
            piece.key,
            row.base_amount if (row := stored.get((part.start, part.end))) is not None else amount,
            piece.weight,
            part.start < boundary or (row is not None and row.locked),
        )
        for part, piece, amount in zip(parts, pieces, fallen, strict=True)
    ]


def fall(metric: str, amount: Decimal, pieces: Sequence[Piece]) -> list[Decimal]:
    """How much of a target falls on each part of its time; a rate is to be reached in each of them (M63)."""
    if metric in RATES:
        return [amount for _piece in pieces]
    return [share.amount for share in decompose(amount, pieces, coarsest(amount))]


def preview(target: Target, amount: Decimal, boundary: date, company: Organisation) -> Preview:
    """A new total over the months from a boundary on (M64). Raises `CannotAllocate`."""
    months = months_of(target, company, boundary)
    if target.metric in RATES:
        lines = [
            Respread(one.key, one.amount, one.amount if one.fixed else amount, one.fixed) for one in months
        ]
    else:
        lines = respread(amount, months)
    after = [(company.fiscal.parse(line.key), line.after) for line in lines]
    return Preview(target, amount, lines, _sums(target, after, boundary))


def _sums(
    target: Target, months: Sequence[tuple[Period, Decimal]], boundary: date
) -> list[tuple[Target, Decimal]]:
    """What stands of the same owner between a target and its months, with what it comes to by them from then on."""
    within = _of_one_kind(target).filter(
        starts_on__gte=target.starts_on,
        ends_on__lte=target.ends_on,
        ends_on__gt=boundary,
        currency=target.currency,
    )
    rows = within.select_related("unit", "person").order_by("starts_on", "ends_on")
    is_rate = target.metric in RATES
    found = [(row, come_to(row.period, months, is_rate=is_rate)) for row in rows]
    return [(row, amount) for row, amount in found if amount is not None]


def standing_between(
    unit: Unit, people: Sequence[User], metric: str, period: Period
) -> dict[int | None, list[Period]]:
    """The periods within one of which the unit (None) and these people have targets already (one query)."""
    rows = Target.objects.undivided().filter(
        Q(unit=unit, person=None) | Q(person__in=people),
        metric=metric,
        starts_on__gte=period.start,
        ends_on__lte=period.end,
    )
    found: dict[int | None, list[Period]] = {}
    for person, start, end in rows.order_by("pk").values_list("person", "starts_on", "ends_on"):
        found.setdefault(person, []).append(Period(start, end))
    return found


def catching_up(target: Target, company: Organisation) -> dict[str, Decimal]:
    """What the months to come would have to be, would what was missed be made up for; shown, never set.

    Nothing of a stage, a product family or a segment: what was won says nothing about how far those are.
    """
    if target.stage_id is not None or target.family or target.segment:
        return {}
    this_month = company.fiscal.of(company.today, Grain.MONTH)
    if not target.starts_on < this_month.start < target.ends_on:
        return {}
    gone = Period(target.starts_on, this_month.start)
    try:
        reached = _reached(target, gone, company)
    except Refused:
        return {}
    parts = months_of(target, company, this_month.start)
    passed = [part.key for part in parts if company.fiscal.parse(part.key).start < this_month.start]
    return dict(catch_up(parts, reached, passed))


def _reached(target: Target, period: Period, company: Organisation) -> Decimal:
    if target.person_id is not None:
        return history.won_by_person(target.metric, period, company, [target.person_id]).get(
            target.person_id, ZERO
        )
    assert target.unit_id is not None
    return history.won_by_unit(target.metric, period, company, {target.unit_id})[target.unit_id]


def _of_one_kind(target: Target) -> QuerySet[Target]:
    """The other targets of the same owner that count the same, of whatever period."""
    person = target.person_id
    whose: dict[str, int | None] = (
        {"unit": target.unit_id, "person": None} if person is None else {"person": person}
    )
    counted = {"metric": target.metric, "family": target.family, "segment": target.segment}
    return Target.objects.filter(**whose, **counted, stage=target.stage_id).exclude(pk=target.pk)


def whole_above(target: Target) -> Target | None:
    """The approved target of a longer period that this one is a part of; a rate is a part of nothing (one query)."""
    if target.metric in RATES:
        return None
    longer = _of_one_kind(target).filter(
        starts_on__lte=target.starts_on,
        ends_on__gte=target.ends_on,
        approved_by__isnull=False,
    )
    return longer.order_by("starts_on", "-ends_on").first()


def beside(target: Target, user: User) -> list[Target]:
    """Targets of the same metric and period of others in the unit: whom a territory may move to."""
    rows = (
        Target.objects.visible_to(user)
        .undivided()
        .filter(
            metric=target.metric,
            starts_on=target.starts_on,
            ends_on=target.ends_on,
            unit__path__startswith=target.unit.path if target.unit is not None else "",
            person__isnull=False,
        )
    )
    return list(
        rows.exclude(pk=target.pk).select_related("person", "unit").order_by("person__name_key")[:100]
    )


def previews(
    changes: Sequence[tuple[Target, Decimal]], *, effective_on: date, cause: str, company: Organisation
) -> list[Preview]:
    """What an adjustment would do to each target's months; refuses what could not be approved."""
    if cause not in (Cause.MARKET, Cause.STAFFING, Cause.TERRITORY, Cause.ERROR):
        raise Refused(_("A cause is the market, staffing, a territory move or an error."), field="cause")
    for target, _amount in changes:
        _check_boundary(target, effective_on, company)
    missing = zero_sum(
        [(_meant(target, target.base_amount), _meant(target, amount)) for target, amount in changes]
    )
    if cause == Cause.TERRITORY and missing != 0:
        raise Refused(
            _("What a territory move takes from one it gives to others: it must sum to zero."), field="amount"
        )
    try:
        return [preview(target, amount, effective_on, company) for target, amount in changes]
    except CannotAllocate as problem:
        raise Refused(_sentence(problem.reason), field="amount") from None


def _meant(target: Target, amount: Decimal) -> Decimal:
    """What can be added up: of a rate the ratio it is."""
    return as_ratio(amount) if target.metric in RATES else amount


def _check_boundary(target: Target, effective_on: date, company: Organisation) -> None:
    if effective_on <= company.today or effective_on.day != 1:
        raise Refused(
            _("An adjustment takes effect on the first day of a month to come."), field="effective_on"
        )
    if not target.starts_on < effective_on < target.ends_on and target.starts_on != effective_on:
        raise Refused(_("That day lies outside the target's period."), field="effective_on")
    if target.in_money and target.currency != company.base_currency:
        raise Refused(_("This target is in another currency; change it on its own page."), field="amount")


def _sentence(reason: str) -> str:
    if reason == "negative_remainder":
        return _("The months that are frozen come to more than this already.")
    return _("Nothing has a weight, so nobody can take it.")
