"""What the numbers of the forecast sheet are made of: deals that add up to them, or numbers people handed in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet, Sum

from loudou.forecasts import queries
from loudou.forecasts.branches import whose
from loudou.forecasts.figures.discipline import written_since
from loudou.forecasts.lens import OF_PEOPLE, BehindLens
from loudou.forecasts.models import Submission, Verdict
from loudou.forecasts.queries import RollUp, Weekly
from loudou.forecasts.says import COMMIT, LAX, Says, lax, standing, with_rates, won_of
from loudou.insight.figures.categories import CATEGORIES
from loudou.kernel.numbers import ZERO
from loudou.people.models import User
from loudou.pipeline.models import Deal, Visit
from loudou.pipeline.queries.deliveries import between, expected

JUDGED, WEIGHTED = "judged", "weighted"
_WITH_WINS = ("closed", WEIGHTED, JUDGED)


class Brings(NamedTuple):
    """What a deal counts with, and the success rate that is weighed with: 1 for what is won."""

    amount: Decimal
    rate: Decimal = Decimal(1)

    @property
    def weighted(self) -> Decimal:
        """The amount times the rate, unrounded."""
        return self.amount * self.rate


@dataclass(frozen=True)
class Term:
    """A number that is added, or taken away: whose it is, and what was handed in where it is that.

    Without a submission it is the roll-up of those below, of who leads others (`leads`), or what the funnel says;
    `own` are somebody's own deals alone.
    """

    user: User
    amount: Decimal
    submission: Submission | None = None
    leads: bool = False
    own: bool = False
    sign: int = 1
    of_base: bool = False  # of what was handed in the number from below


@dataclass(frozen=True)
class Behind:
    """A number of the sheet of who looks: of somebody in their branch, with all of theirs or of their deals alone."""

    lens: BehindLens
    view: RollUp
    user: User  # whose number it is
    me: User  # whose sheet it stands on

    @property
    def what(self) -> str:
        """Which number."""
        return self.lens.what

    @property
    def leads(self) -> bool:
        """Whether others' numbers go into this one."""
        return bool(self._under) and not self.lens.own

    @cached_property
    def owners(self) -> Collection[int]:
        """Whose deals speak in it."""
        if self.lens.own:
            return [self.user.pk]
        return self.view.owners if self.user == self.me else self.view.branch.all_under(self.user.pk)

    @cached_property
    def says(self) -> Says:
        """What the funnel says for these."""
        if self.lens.own:
            return self.view.told.get(self.user.pk, Says())
        return self.view.says if self.user == self.me else self.view.says_for(self.user.pk)

    @cached_property
    def terms(self) -> Sequence[Term]:
        """The numbers of people it is made of; none where deals make it."""
        if self.what == "base":
            return self._rolled()
        if self.what not in OF_PEOPLE:
            return []
        weekly = self._weekly
        if weekly.before is None:
            return []
        before = weekly.before
        if self.what == "base_change":
            was = Term(self.user, before.base, before, sign=-1, of_base=True)
            return [Term(self.user, self._base, leads=self.leads), was]
        last = weekly.last or before
        return [Term(self.user, last.submitted, last), Term(self.user, before.submitted, before, sign=-1)]

    @property
    def moved(self) -> Mapping[str, str] | None:
        """What a waterfall is asked to tell why it changed, deal by deal; None of what is no change."""
        if self.what not in ("change", "base_change") or self._weekly.before is None:
            return None
        window = self.lens.company.fiscal.name(self.lens.chosen)
        return {"window": window, **self.lens.week(self._weekly.before), **whose(self.user)}

    @property
    def number(self) -> Decimal:
        """The number itself, as the sheet has it."""
        if self.what in OF_PEOPLE:
            return sum((term.sign * term.amount for term in self.terms), ZERO)
        if self.what == JUDGED:
            said = queries.sums_by_verdict(self.me, self.lens.chosen, self.lens.company.today, self.owners)
            return queries.Bench(self.says, said).judged
        found: Decimal = getattr(self.says, self.what)
        return found

    def deals(self) -> QuerySet[Deal]:
        """The deals that add up to it, whoever may see them."""
        wanted = Q(pk__in=self._due().values("pk")) if self.what != "closed" else Q(pk__in=[])
        if self.what in _WITH_WINS:
            wanted |= Q(pk__in=self._won().values("deal"))
        return Deal.objects.filter(wanted)

    def of_each(self, keys: Collection[int]) -> Mapping[int, Brings]:
        """What each of these deals brings."""
        found: dict[int, Brings] = defaultdict(lambda: Brings(ZERO))
        if self.what in _WITH_WINS:
            sums = self._won().filter(deal__in=keys).values_list("deal").annotate(total=Sum("left_amount"))
            found |= {key: Brings(total) for key, total in sums}
        if self.what != "closed":
            due = with_rates(self._due().filter(pk__in=keys)).defer("search", "extra", "note")
            weighed = self.what == WEIGHTED
            found |= {
                deal.pk: Brings(deal.falls, self.lens.chance(deal) if weighed else Decimal(1)) for deal in due
            }
        return found

    def _due(self) -> Any:
        """The open deals that count: due in the period and not past their date."""
        period, today = self.lens.chosen, self.lens.company.today
        if self.what == JUDGED:
            return queries.to_judge(self.me, period, today, self.owners).filter(verdict=Verdict.IN)
        due = between(max(period.start, today), period.end)
        rows = expected(Deal.objects.open().filter(owner__in=self.owners), due)
        if self.what in CATEGORIES:
            rows = rows.filter(standing(self.what))
        if self.what == LAX:
            rows = rows.filter(standing(COMMIT), lax(written_since(self.lens.now)))
        return rows

    def _won(self) -> QuerySet[Visit]:
        return won_of(*self.lens.chosen.instants(self.lens.company.zone)).filter(left_owner__in=self.owners)

    @property
    def _base(self) -> Decimal:
        return self.view.base if self.user == self.me else self.view.rolled(self.user.pk)

    @cached_property
    def _under(self) -> Collection[int]:
        """Those right below."""
        if self.user == self.me:
            return [one.pk for one in self.view.people]
        return self.view.branch.under.get(self.user.pk, ())

    @cached_property
    def _weekly(self) -> Weekly:
        return queries.weekly([self.user.pk], self.lens.chosen, self.lens.monday)[self.user.pk]

    def _rolled(self) -> Sequence[Term]:
        """Everybody right below, with what was handed in or counts in its place, and the deals of one's own."""
        people = self.view.people if self.user == self.me else _by_name(self._under)
        told = queries.latest(people, self.lens.chosen)
        terms = [
            Term(
                one,
                self.view.counts(one.pk),
                told.get(one.pk),
                leads=bool(self.view.branch.under.get(one.pk)),
            )
            for one in people
        ]
        alone = self.view.told.get(self.user.pk, Says())
        if alone.deals or alone.closed or not terms:
            terms.append(Term(self.user, alone.weighted, own=True))
        return terms


def behind(lens: BehindLens, me: User) -> Behind | None:
    """The number a lens asks for on the sheet of somebody; None where it is of nobody in their branch."""
    view = queries.rolled_up(me, lens.chosen, lens.company, lens.now)
    user = lens.owner or me
    if user.pk not in view.owners:
        return None
    return Behind(lens, view, user, me)


def _by_name(keys: Iterable[int]) -> list[User]:
    return list(User.objects.filter(pk__in=list(keys)).select_related("unit").order_by("name_key", "pk"))
