"""Reading activities: for lists, for the panels on other pages, counted by deal for the contact table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, Max, OuterRef, Q

from loudou.customers.models import Customer
from loudou.fieldwork.figures.visits import VISIT, Said, counting
from loudou.fieldwork.models import Activities, Activity, PhoneCall
from loudou.people.models import User
from loudou.pipeline.models import Deal
from loudou.ui.prepared import among

SHOWN = 8


@dataclass(frozen=True)
class Contacts:
    """What was recorded of a deal's contacts: how many in a period, how many of them visits, the last of all."""

    count: int = 0
    visits: int = 0
    last: Activity | None = None

    @property
    def last_at(self) -> datetime | None:
        """When the last contact was."""
        return self.last.at if self.last is not None else None


def rows(keys: Sequence[int]) -> list[Activity]:
    """The rows of a list, with what it shows of them."""
    found = Activity.objects.filter(pk__in=keys).select_related("owner", "customer", "deal", "annulled_by")
    return list(
        found.defer("customer__search", "customer__extra", "deal__search", "deal__extra", "deal__note")
    )


def call_of(activity: Activity) -> int | None:
    """The key of the phone record an activity comes from."""
    if activity.kind != Activity.Kind.CALL:
        return None
    return PhoneCall.objects.filter(activity=activity).values_list("pk", flat=True).first()


def of_deal(deal: Deal, *, most: int = SHOWN) -> list[Activity]:
    """The latest activities about a deal: who sees the deal sees them."""
    return list(Activity.objects.filter(deal=deal).select_related("owner").order_by("-at", "-id")[: most + 1])


def of_customer(customer: Customer, user: User, *, most: int = SHOWN) -> list[Activity]:
    """The latest activities with a customer that are the person's to see, or about deals that are."""
    found = Activity.objects.filter(customer=customer)
    seen = Exists(Activity.objects.visible_to(user).filter(pk=OuterRef("pk")))
    about = Exists(Deal.objects.visible_to(user).filter(pk=OuterRef("deal")))
    wanted = found.filter(seen | about).select_related("owner", "deal")
    return list(wanted.order_by("-at", "-id")[: most + 1])


def contacts_of(
    deals: Collection[int], since: datetime | None, until: datetime | None, known: datetime | None
) -> dict[int, Contacts]:
    """Contacts of deals in `[since, until)` and their last one before `until`, as known; two queries."""
    reached = Activity.objects.known(known).contacts().filter(deal__in=deals, **_before(until))
    counted = reached.filter(counts=True, **({"at__gte": since} if since is not None else {}))
    numbers = {
        key: (count, visits)
        for key, count, visits in counted.order_by()
        .values_list("deal")
        .annotate(n=Count("pk"), visits=Count("pk", filter=Q(kind=VISIT)))
    }
    lasts = reached.select_related("owner").order_by("deal", "-at", "-id").distinct("deal")
    return {
        last.deal_id: Contacts(*numbers.get(last.deal_id, (0, 0)), last)
        for last in lasts
        if last.deal_id is not None
    }


def contacted(since: datetime | None, until: datetime | None, known: datetime | None) -> Exists:
    """The condition of a deal that somebody was in contact about it in `[since, until)`, as known."""
    return Exists(contacts_in(since, until, known).filter(deal=OuterRef("pk")))


def contacts_in(since: datetime | None, until: datetime | None, known: datetime | None) -> Activities:
    """The contacts that count in `[since, until)`, as known."""
    found = Activity.objects.known(known).contacts().filter(counts=True, **_before(until))
    return found.filter(at__gte=since) if since is not None else found


def last_contacts(deals: Collection[int], known: datetime | None) -> dict[int, datetime]:
    """When each of these deals was last in contact, as known; one query, of no deals too."""
    reached = Activity.objects.known(known).contacts().filter(among(list(deals), "deal")).order_by()
    return dict(reached.values_list("deal").annotate(last=Max("at")).values_list("deal", "last"))


def silent_since(instant: datetime, known: datetime | None) -> Q:
    """Rows with a `deal` that was in contact before an instant and not since, as known."""
    reached = Activity.objects.known(known).contacts().filter(deal=OuterRef("deal"))
    return Q(Exists(reached.filter(at__lt=instant))) & ~Q(Exists(reached.filter(at__gte=instant)))


def counted_visits(since: datetime | None, until: datetime | None, known: datetime | None) -> Activities:
    """The visits that count in `[since, until)`, as known (M40)."""
    found = Activity.objects.known(known).filter(kind=VISIT, counts=True, **_before(until))
    return found.filter(at__gte=since) if since is not None else found


def visits_otherwise(
    before: datetime, written: datetime, known: datetime | None
) -> Iterator[tuple[int, Activity]]:
    """The visits before an instant that count, and did not as it was written then (1), or the other way round (-1).

    What was recorded or annulled since changes which visits of its person, customer and day count (M40); two queries.
    """
    visits = Activity.objects.filter(kind=VISIT, valid=True, at__lt=before)
    since = visits.filter(Q(recorded_at__gt=written) | Q(annulled_at__gt=written))
    days = {(row.owner_id, row.day) for row in since}
    together: dict[tuple[int, int | None, int | None, date], list[Activity]] = defaultdict(list)
    owners, dates = [owner for owner, _day in days], [day for _owner, day in days]
    for row in visits.filter(owner__in=owners, day__in=dates).order_by("at", "pk") if days else ():
        if (row.owner_id, row.day) in days:
            deal = row.deal_id if row.customer_id is None else None
            together[row.owner_id, row.customer_id, deal, row.day].append(row)
    for rows in together.values():
        stood = _standing(rows, written)
        stands = _standing(rows, known - timedelta.resolution if known is not None else None)
        for row in rows:
            if (row.pk in stood) != (row.pk in stands):
                yield (1 if row.pk in stands else -1), row


def _standing(rows: Sequence[Activity], instant: datetime | None) -> set[int]:
    """Those of the visits of one group that count, as written at an instant."""
    return counting(
        said(row)
        for row in rows
        if (instant is None or row.recorded_at <= instant)
        and (row.annulled_at is None or (instant is not None and row.annulled_at > instant))
    )


def said(activity: Activity) -> Said:
    """What a record says, for counting."""
    return Said(
        key=activity.pk,
        kind=activity.kind,
        at=activity.at,
        contact=activity.contact,
        purpose=activity.deal_id,
        result=activity.result,
        next_step=activity.next_step,
    )


def _before(until: datetime | None) -> dict[str, datetime]:
    return {"at__lt": until} if until is not None else {}
