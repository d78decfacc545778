"""Which books are closed, now or as of an instant, and what came for them afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from loudou.kernel.numbers import rounded
from loudou.kernel.periods import Grain, Period
from loudou.kernel.refusals import Refused
from loudou.people.employment import Employment
from loudou.people.models import Organisation, User
from loudou.targets.models import Actual, Cause, Closing, Edition, Metric, Target


def standing_closings(known: datetime | None = None) -> list[Closing]:
    """The closings that stand, or stood just before an instant, in order of time (one query)."""
    found = Closing.objects.defer("employed", "families").order_by("starts_on")
    if known is None:
        return list(found.filter(reopened_at=None))
    stood = found.filter(Q(reopened_at=None) | Q(reopened_at__gte=known), closed_at__lt=known)
    return list(stood)


def last_closing() -> Closing | None:
    """What was closed last and still is."""
    return Closing.objects.filter(reopened_at=None).order_by("-starts_on").first()


def closing_of(day: date) -> Closing | None:
    """The closing whose months have a day."""
    return Closing.objects.filter(reopened_at=None, starts_on__lte=day, ends_on__gt=day).first()


def counting_day(day: date, company: Organisation) -> date:
    """The day a fact counts on: its own, or, of a day in closed books, the first of the open month (C20)."""
    closed = company.closed_through
    if closed is None or day > closed:
        return day
    first = closed + timedelta(days=1)
    if first > company.today:
        sentence = _("The books are closed through {day}; it must count later.")
        raise Refused(sentence.format(day=closed.isoformat()), field="date")
    return first


def counted_elsewhere(
    day: date, counts_on: date | None, posted: Mapping[date, Decimal], company: Organisation
) -> tuple[date, dict[date, Decimal]]:
    """The day a fact counts on that counted on `counts_on` elsewhere, and what was posted for it there, by day."""
    told = counts_on or day
    if told < day or any(later <= told for later in posted):
        sentence = _("It counts on its own day or later, and what was posted for it later still.")
        raise Refused(sentence, field="counts_on")
    found: dict[date, Decimal] = defaultdict(Decimal)
    for later, amount in posted.items():
        found[counting_day(later, company)] += amount
    return counting_day(told, company), dict(found)


def closable_months(company: Organisation, most: int = 12) -> list[Period]:
    """The last months that are over and not closed, the earliest first."""
    fiscal, last = company.fiscal, last_closing()
    month = fiscal.previous(fiscal.of(company.today, Grain.MONTH))
    found: list[Period] = []
    while len(found) < most and (last is None or month.start >= last.ends_on):
        found.append(month)
        month = fiscal.previous(month)
    return found[::-1]


def employment_at(closing: Closing) -> dict[int, Employment]:
    """Who had joined and left when, as was known at a closing."""
    stored: dict[str, list[str | None]] = closing.employed
    return {
        int(key): (
            date.fromisoformat(joined) if joined else None,
            date.fromisoformat(left) if left else None,
        )
        for key, (joined, left) in stored.items()
    }


def amounts_then(when: Mapping[int, datetime]) -> dict[int, Decimal]:
    """What each of these targets came to in the base currency at an instant; of those that stood then (one query)."""
    found: dict[int, Decimal] = {}
    editions = Edition.objects.filter(target__in=list(when)).select_related("target").order_by("number")
    for edition in editions if when else ():
        if edition.set_at <= when[edition.target_id]:
            found[edition.target_id] = _in_base(edition)
    return found


def as_known(targets: Iterable[Target], known: datetime | None) -> list[Target]:
    """These targets with the number they had as known at an instant (B0.1); a query where one was changed since.

    A target counts for its whole period, whenever it was set, and what a file corrects was meant from the beginning.
    """
    found = list(targets)
    changed = {one.pk: one for one in found if known is not None and one.set_at >= known}
    editions = Edition.objects.filter(target__in=list(changed)).select_related("target").order_by("number")
    for edition in editions if changed else ():
        if edition.number == 1 or edition.cause == Cause.IMPORT or (known and edition.set_at < known):
            changed[edition.target_id].base_amount = _in_base(edition)
    return found


def _in_base(edition: Edition) -> Decimal:
    """An edition's number in the base currency, at the rate its target is kept at."""
    whole, now = edition.target.base_amount, edition.target.amount
    return edition.amount if whole == now or not now else rounded(edition.amount * whole / now)


@dataclass(frozen=True)
class Late:
    """What of a metric came for closed books afterwards: how often, and what it comes to."""

    metric: str
    count: int
    amount: Decimal

    @property
    def label(self) -> str:
        """The metric as people call it."""
        return str(Metric(self.metric).label)


def late_for(closings: Sequence[Closing], user: User | None) -> dict[int, list[Late]]:
    """What this person may see of what came late, by closing."""
    rows = (
        Actual.objects.visible_to(user)
        .filter(relates_to__in=closings)
        .order_by("relates_to", "metric")
        .values_list("relates_to", "metric")
        .annotate(n=Count("pk"), total=Sum("base_amount"))
    )
    found: dict[int, list[Late]] = {closing.pk: [] for closing in closings}
    for key, metric, n, total in rows:
        found[key].append(Late(metric, n, total))
    return found


def late_facts(closing: Closing, user: User | None, most: int = 200) -> list[Actual]:
    """The results that came late, newest first."""
    found = Actual.objects.visible_to(user).filter(relates_to=closing).select_related("unit", "person")
    return list(found.order_by("-id")[:most])
