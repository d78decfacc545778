"""Reading the organisation, its units and its people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from loudou.journal.queries import last_at
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal, Grain
from loudou.kernel.refusals import Refused
from loudou.kernel.workdays import WorkCalendar
from loudou.people.events import BACKED_UP, BACKUP_FAILED
from loudou.people.models import (
    Attempt,
    Calendar,
    CalendarDay,
    Membership,
    Organisation,
    Placing,
    Rate,
    SavedView,
    Session,
    Token,
    Unit,
    User,
)
from loudou.people.policy import roles_by_unit
from loudou.ui.prepared import Prepared

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
IDLE_DAYS = 90
MAILABLE: set[str] = set()  # the pages that can be mailed, by URL name; the room that mails them says which


_read: ContextVar[dict[str, Organisation] | None] = ContextVar("organisation", default=None)


def organisation() -> Organisation:
    """The one organisation; `furnish` makes it. Read once within `organisation_read_once`."""
    known = _read.get()
    if known is None:
        return _organisation()
    if "it" not in known:
        known["it"] = _organisation()
        known["it"].calendar.is_read_once = True
    return known["it"]


_ORGANISATION = Prepared(lambda: Organisation.objects.select_related("calendar").filter(pk=1))


def _organisation() -> Organisation:
    found = _ORGANISATION.first()
    if found is None:
        raise Organisation.DoesNotExist
    return found


def nobody_can_begin() -> bool:
    """Whether the first page makes the first administrator: there is none, and nobody has a password.

    So it is in an empty organisation, and in one that only the command brought people to.
    """
    theirs = Q(roles__contains=["admin"]) | ~Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return not User.objects.filter(theirs).exists()


@contextmanager
def organisation_read_once() -> Iterator[None]:
    """A stretch as short as a request, in which the organisation is read once for all who ask; within one it is the same."""
    if _read.get() is not None:
        yield
        return
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def read_organisation_again() -> None:
    """What was read is no longer true: the organisation was changed."""
    if (known := _read.get()) is not None:
        known.clear()


def work_calendar() -> WorkCalendar:
    """The organisation's working days."""
    return organisation().calendar.work_calendar()


@dataclass
class Branch:
    """A unit with what stands below it, for drawing the tree."""

    unit: Unit
    people: list[User] = field(default_factory=list)
    below: list[Branch] = field(default_factory=list)


def tree(*, with_people: bool = False) -> list[Branch]:
    """The whole organisation as it stands, roots first (two queries)."""
    branches = {
        unit.pk: Branch(unit) for unit in Unit.objects.filter(retired_at=None).order_by("position", "code")
    }
    roots: list[Branch] = []
    for branch in branches.values():
        above = branches.get(branch.unit.parent_id or 0)
        (above.below if above else roots).append(branch)
    if with_people:
        for user in User.objects.active().filter(unit__isnull=False).order_by("name_key"):
            if user.unit_id in branches:
                branches[user.unit_id].people.append(user)
    return roots


@dataclass(frozen=True)
class Standing:
    """A unit's stay below another: `[since, until)`; None leaves that side open.

    `branch_id` is the unit directly below the other one through which it stood there; the other itself has none.
    """

    unit_id: int
    since: date | None
    until: date | None
    branch_id: int | None = None

    def on(self, day: date) -> bool:
        """Whether it stood there on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


def standings_below(unit: Unit) -> list[Standing]:
    """Every unit that ever stood in this one's subtree, itself included, with when (B0.8).

    Flows are attributed by the tree as it was at their instant: a team counts for the department it was in then.
    Facts older than a unit's record count for the first place it ever had.
    """
    return standings_of({unit.pk})[unit.pk]


def standings_of(units: Collection[int]) -> dict[int, list[Standing]]:
    """`standings_below` of several units, by their keys; one query, of none none."""
    if not units:
        return {}
    stood = _stood_below()
    return {key: _standings(Standing(key, None, None), stood) for key in units}


def standings_of_house() -> dict[int, list[Standing]]:
    """By every unit that ever stood at the top: what stood below it while it did (one query).

    At any time every unit stands in it once, one that was put below another later on or came from below another too.
    """
    stood, found = _stood_below(), defaultdict[int, list[Standing]](list)
    for top in stood.get(None, []):
        found[top.unit_id] += _standings(top, stood)
    return dict(found)


def _stood_below() -> dict[int | None, list[Standing]]:
    """What ever stood directly below each unit, and at the top."""
    below: dict[int | None, list[Standing]] = defaultdict(list)
    known: set[int] = set()
    for placing in Placing.objects.order_by("unit_id", "since"):
        since = placing.since if placing.unit_id in known else None
        known.add(placing.unit_id)
        below[placing.parent_id].append(Standing(placing.unit_id, since, placing.until))
    return below


def _standings(top: Standing, below: Mapping[int | None, list[Standing]]) -> list[Standing]:
    found: list[Standing] = []
    stack = [top]
    while stack:
        standing = stack.pop()
        found.append(standing)
        inner = below.get(standing.unit_id, [])
        stack += filter(None, (_clip(one, standing) for one in inner))
    return found


def _clip(inner: Standing, outer: Standing) -> Standing | None:
    since = max((day for day in (inner.since, outer.since) if day), default=None)
    until = min((day for day in (inner.until, outer.until) if day), default=None)
    if since and until and since >= until:
        return None
    return Standing(inner.unit_id, since, until, outer.branch_id or inner.unit_id)


def found(text: str) -> QuerySet[User]:
    """People a typed text finds, by name, pinyin, initials, user name or phone."""
    people = User.objects.all()
    key = text.strip().lower()
    if not key:
        return people
    return people.filter(
        Q(name__icontains=key)
        | Q(name_key__contains=key)
        | Q(username__istartswith=key)
        | Q(phone__contains=key)
    )


def colleagues(text: str = "", *, limit: int = 20) -> list[User]:
    """People to choose from, by name, pinyin, initials, user name or phone."""
    wanted = found(text).filter(is_active=True).select_related("unit")
    return list(wanted.order_by("name_key", "pk")[:limit])


def units_on(day: date, users: Collection[int]) -> dict[int, Unit]:
    """The unit each of these people belonged to on a day; before their first one, that one (one query)."""
    stays: dict[int, Membership] = {}
    rows = Membership.objects.filter(user__in=users).select_related("unit").order_by("user_id", "since")
    for stay in rows:
        if stay.since <= day or stay.user_id not in stays:
            stays[stay.user_id] = stay
    return {key: stay.unit for key, stay in stays.items() if stay.until is None or day < stay.until}


def memberships(user: User) -> list[Membership]:
    """Where a person belonged and when, newest first."""
    return list(Membership.objects.filter(user=user).select_related("unit").order_by("-since"))


def placings(unit: Unit) -> list[Placing]:
    """Where a unit stood and when, newest first."""
    return list(Placing.objects.filter(unit=unit).select_related("parent").order_by("-since"))


@dataclass(frozen=True)
class Moving:
    """What goes along when a unit moves: the units below it, itself included, and their people."""

    units: int
    people: int


def moving(unit: Unit) -> Moving:
    """What a unit takes along (two queries)."""
    below = Unit.objects.filter(path__startswith=unit.path, retired_at=None)
    return Moving(below.count(), User.objects.active().below(unit).count())


def head_count() -> dict[int, int]:
    """How many active people belong to each unit itself."""
    counted = User.objects.active().exclude(unit=None).values_list("unit").annotate(n=Count("pk"))
    return dict(counted.order_by())


def homeless() -> QuerySet[User]:
    """Active people who belong to no unit and see little for it: none of their roles sees the whole company's deals."""
    return User.objects.active().filter(unit=None, roles__contained_by=roles_by_unit())


def holders() -> dict[str, int]:
    """How many active people hold each role."""
    counts: dict[str, int] = defaultdict(int)
    for held in User.objects.active().exclude(roles=[]).values_list("roles", flat=True):
        for role in held:
            counts[role] += 1
    return dict(counts)


def is_locked(username: str) -> bool:
    """Whether five failures within a quarter of an hour have shut the door for this name."""
    now = clock.now()
    recent = Attempt.objects.filter(username=username.lower(), at__gt=now - 2 * LOCKED_FOR)
    # As they came, not as the clock says: one that was turned back would hide the last ones behind earlier ones (DU-07).
    newest = list(recent.order_by("-id").values_list("at", flat=True)[:MOST_FAILURES])
    if len(newest) < MOST_FAILURES:
        return False
    return newest[0] - newest[-1] <= LOCKED_FOR and newest[0] > now - LOCKED_FOR


def chain_above(user: User) -> list[User]:
    """The managers above a person, nearest first; a circle in the data ends the walk."""
    above: list[User] = []
    seen = {user.pk}
    next_id = user.manager_id
    while next_id and next_id not in seen:
        manager = User.objects.get(pk=next_id)
        above.append(manager)
        seen.add(manager.pk)
        next_id = manager.manager_id
    return above


def sessions(user: User) -> list[Session]:
    """A person's open sessions, newest first."""
    return list(Session.objects.filter(user=user, expire_date__gt=clock.now()).order_by("-started_at"))


def tokens(user: User) -> list[Token]:
    """A person's tokens that still work, newest first."""
    return list(
        Token.objects.filter(user=user, revoked_at=None, expires_at__gt=clock.now()).order_by("-made_at")
    )


def token_owner(secret_digest: str) -> Token | None:
    """The working token with this digest, with its owner."""
    token = Token.objects.select_related("user__unit").filter(digest=secret_digest, revoked_at=None).first()
    if token is None or token.expires_at <= clock.now() or not token.user.is_active:
        return None
    return token


def plan_rate(currency: str, day: date) -> Decimal | None:
    """Units of the base currency for one unit of `currency` at the plan rate in force on `day`; None if there is none."""
    return _rate(currency, Rate.Kind.PLAN, day)


def spot_rate(currency: str, day: date) -> Decimal | None:
    """The same at the spot rate, or at the plan rate where no spot rate is known."""
    found = _rate(currency, Rate.Kind.SPOT, day)
    return found if found is not None else _rate(currency, Rate.Kind.PLAN, day)


def _rate(currency: str, kind: str, day: date) -> Decimal | None:
    if currency == organisation().base_currency:
        return Decimal(1)
    rates = Rate.objects.filter(currency=currency, kind=kind, valid_from__lte=day)
    return rates.order_by("-valid_from").values_list("rate", flat=True).first()


def currencies() -> list[str]:
    """The base currency first, then every currency a rate is known for."""
    base = organisation().base_currency
    others = (
        Rate.objects.exclude(currency=base).order_by("currency").values_list("currency", flat=True).distinct()
    )
    return [base, *others]


def plan_currencies() -> frozenset[str]:
    """The base currency and every currency that has or had a plan rate: those amounts can be in."""
    planned = Rate.objects.filter(kind=Rate.Kind.PLAN).values_list("currency", flat=True)
    return frozenset((organisation().base_currency, *planned))


def rates() -> dict[tuple[str, str], list[Rate]]:
    """Every rate by (currency, kind), newest first."""
    found: dict[tuple[str, str], list[Rate]] = defaultdict(list)
    for rate in Rate.objects.order_by("currency", "kind", "-valid_from"):
        found[rate.currency, rate.kind].append(rate)
    return dict(found)


@dataclass(frozen=True)
class Day:
    """A day of a calendar's year: whether people work, and the rule that says so where one does."""

    day: date
    working: bool
    rule: CalendarDay | None


@dataclass(frozen=True)
class Month:
    """A month as a calendar draws it: weeks of seven days, None where the month does not reach."""

    first: date
    weeks: list[list[Day | None]]
    working_days: int


def calendar_year(calendar: Calendar, year: int) -> list[Month]:
    """The twelve months of a year (one query)."""
    rules = {row.day: row for row in calendar.days.filter(day__year=year)}
    weekend = set(calendar.weekend)
    months = []
    for number in range(1, 13):
        period = Fiscal().of(date(year, number, 1), Grain.MONTH)
        days = [
            Day(day, rules[day].working if day in rules else day.weekday() not in weekend, rules.get(day))
            for day in period.days()
        ]
        padded: list[Day | None] = [None] * period.start.weekday() + list(days)
        padded += [None] * (-len(padded) % 7)
        weeks = [padded[index : index + 7] for index in range(0, len(padded), 7)]
        months.append(Month(period.start, weeks, sum(day.working for day in days)))
    return months


def saved_views(user: User, page: str) -> list[SavedView]:
    """A person's own views of a page, and those shared with a unit they stand in or below."""
    above = user.unit.ancestor_ids() if user.unit else []
    kept = SavedView.objects.filter(Q(owner=user) | Q(shared_with__in=above), page=page)
    return list(kept.select_related("owner", "shared_with").order_by("name", "pk"))


def last_backup_at() -> datetime | None:
    """When the last good backup was made."""
    return last_at(BACKED_UP)


def last_failed_backup_at() -> datetime | None:
    """When a backup failed last."""
    return last_at(BACKUP_FAILED)


def person_called(username: str | None, field: str) -> User | None:
    """The person a command names; None where it names nobody."""
    if username is None:
        return None
    user = User.objects.select_related("unit").filter(username__iexact=username).first()
    if user is None:
        raise Refused(_("There is nobody called “{name}”.").format(name=username), field=field)
    return user
