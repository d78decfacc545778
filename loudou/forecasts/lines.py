"""The tree of a forecast as the page draws it: units' leaders with their people below them, row by row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from loudou.forecasts import queries
from loudou.forecasts.branches import SUBMITTING, Branch
from loudou.forecasts.lens import CycleLens
from loudou.forecasts.models import Submission
from loudou.forecasts.queries import RollUp, Weekly
from loudou.forecasts.says import Says
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import midnight
from loudou.people.models import User

MOST_OPEN = 60  # people further down that stand there unasked; more of them open leader by leader


@dataclass(frozen=True)
class Line:
    """Somebody below: what the funnel says for them, their last number, the one before this week.

    `within`: the leaders it stands under, the highest first. `own`: the deals of the last of these alone, who hands in
    a row above.
    """

    user: User
    says: Says
    last: Submission | None = None
    before: Submission | None = None
    counts: Decimal = ZERO
    within: Sequence[int] = ()
    leads: bool = False
    opened: bool = False
    own: bool = False
    rolled: Decimal = ZERO  # of a leader: the number from below
    asked: datetime | None = None  # when somebody asked them for their number today

    @property
    def short(self) -> Decimal:
        """How much less the last number is than what is won already; 0 where it is not."""
        return short_of_won(self.last, self.says)

    @property
    def beyond(self) -> Decimal:
        """How much more the last number is than the funnel holds; 0 where it is not."""
        return beyond_funnel(self.last, self.says)

    @property
    def change(self) -> Decimal | None:
        """How the number moved since last week."""
        if self.last is None or self.before is None:
            return None
        return self.last.submitted - self.before.submitted

    def missing(self, monday: datetime) -> bool:
        """Whether nothing was handed in this week."""
        return not self.own and (self.last is None or self.last.submitted_at < monday)


def short_of_won(last: Submission | None, says: Says) -> Decimal:
    """How much less a number is than what is won already; 0 where it is not."""
    return max(says.closed - last.submitted, ZERO) if last is not None else ZERO


def beyond_funnel(last: Submission | None, says: Says) -> Decimal:
    """How much more a number is than what is won and all that is open and due, whatever its category; 0 where it is not."""
    return max(last.submitted - says.closed - says.due, ZERO) if last is not None else ZERO


@dataclass(frozen=True)
class _Told:
    """What was read about the people of the rows that are shown."""

    view: RollUp
    users: Mapping[int, User]
    weekly: Mapping[int, Weekly]
    asked: Mapping[int, datetime]
    opened: Collection[int]

    def rows(self, keys: Sequence[int], within: Sequence[int] = ()) -> Iterator[Line]:
        """These people with everybody who is shown below them."""
        for key in sorted((key for key in keys if key in self.users), key=lambda one: self._name(one)):
            under = self.view.branch.under.get(key, ())
            line = self._line(key, within, leads=bool(under))
            yield line
            if not line.opened:
                continue
            alone, inside = self.view.told.get(key, Says()), (*within, key)
            yield from self.rows(under, inside)
            if alone.deals or alone.closed:
                yield Line(line.user, alone, counts=alone.weighted, within=inside, own=True)

    def _line(self, key: int, within: Sequence[int], *, leads: bool) -> Line:
        return Line(
            self.users[key],
            self.view.says_for(key),
            *self.weekly.get(key, Weekly()),
            self.view.counts(key),
            within,
            leads=leads,
            opened=leads and key in self.opened,
            rolled=self.view.rolled(key) if leads else ZERO,
            asked=self.asked.get(key),
        )

    def _name(self, key: int) -> tuple[str, int]:
        return self.users[key].name_key, key


def lines(view: RollUp, lens: CycleLens) -> list[Line]:
    """Everybody right below somebody, and who stands below those as far as it is opened; at most three queries more."""
    if not view.people:
        return []
    users, period = shown(view, lens), lens.chosen
    weekly = queries.weekly(users, period, lens.monday)
    idle = [key for key in users if key not in weekly or weekly[key].last == weekly[key].before]
    today = midnight(lens.company.today, lens.company.zone)
    asked = queries.chased(idle, lens.company.fiscal.name(period), today) if idle else {}
    told = _Told(view, users, weekly, asked, _opened(view.branch, lens.open))
    return list(told.rows([user.pk for user in view.people]))


def shown(view: RollUp, lens: CycleLens) -> dict[int, User]:
    """Whose lines these are, by key; at most one query more."""
    opened = _opened(view.branch, lens.open)
    further = [key for key, leader in view.branch.above.items() if leader in opened]
    rows = User.objects.filter(pk__in=further).select_related("unit") if further else []
    return {user.pk: user for user in view.people} | {one.pk: one for one in rows if _shown(one, view)}


def _opened(found: Branch, asked: int) -> set[int]:
    """The leaders whose people are shown: all of a small branch, else the one who was asked for and who stands above."""
    if len(found.above) <= MOST_OPEN:
        return set(found.under)
    opened: set[int] = set()
    key = asked if asked in found.keys else None
    while key is not None:
        opened.add(key)
        key = found.above.get(key)
    return opened


def _shown(user: User, view: RollUp) -> bool:
    """Who hands in, leads others or has deals that count: who left with deals in hand is not hidden."""
    alone = view.told.get(user.pk, Says())
    hands_in = user.is_active and user.has(*SUBMITTING)
    return hands_in or user.pk in view.branch.under or bool(alone.deals or alone.closed)
