"""Reading what waits for a signature."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from loudou.journal.queries import told_of
from loudou.kernel import clock
from loudou.kernel.periods import midnight
from loudou.people.access import company_of, may, reach, unit_ids
from loudou.people.grants import GRANTS, Reach
from loudou.people.models import User
from loudou.people.queries import chain_above, organisation
from loudou.signoff import events
from loudou.signoff.figures import COMPARED
from loudou.signoff.models import Delegation, Request, Requests
from loudou.ui.prepared import ANY, MANY, Prepared, Shapes, among

END_OF_DAY_HOURS = 18
MOST_WAITING = 100
MOST_BESIDE = 5
# Rights that a request may ask for besides those to confirm something.
OTHER_NEEDS = ("people.reopen_books", "warnings.judge")


@dataclass(frozen=True)
class Signing:
    """What somebody may sign by right: the rights by how far they reach, and whether one reaches everything."""

    rights: tuple[tuple[Reach, tuple[str, ...]], ...]

    @property
    def everywhere(self) -> bool:
        """Whether one of them reaches everything."""
        return any(far is Reach.ALL for far, _rights in self.rights)


def inbox(user: User) -> Requests:
    """Requests that wait for this person: addressed to them, or to nobody and within their right; never their own."""
    signing = _signing(user)
    return _signable_by(reduce(or_, _ways(signing, *_known(user))), signing, user.pk)


def waiting_keys(user: User) -> list[int]:
    """The keys of the first hundred of those, the most overdue first."""
    return [key for key, _due in first_waiting(user)]


def first_waiting(user: User) -> list[tuple[int, datetime]]:
    """The same with when each is due."""
    return _WAITING.of(_signing(user)).tuples(*_known(user))


def _waiting(signing: Signing, key: int, *known: Any) -> Any:
    """The most overdue of each way by its own index, then of all: asked as one condition, every request is read."""
    first, *rest = (
        _signable_by(way, signing, key).order_by("due_at", "pk").values_list("pk", "due_at")[:MOST_WAITING]
        for way in _ways(signing, key, *known)
    )
    return first.union(*rest).order_by("due_at", "pk")[:MOST_WAITING]


def _ways(signing: Signing, key: int, today: date, team: list[int], branch: list[int]) -> list[Q]:
    """The ways in which a request may come to wait for this person."""
    standing = Delegation.objects.on(today).filter(delegate=key).values_list("signer", flat=True)
    ways = [Q(signer=key), Q(signer__in=standing), Q(escalated_to=key)]
    for far, rights in signing.rights:
        within = Q(signer=None, needs__in=rights)
        if far is not Reach.ALL:
            within &= Q(among(team if far is Reach.TEAM else branch, "unit"))
        ways.append(within)
    return ways


def _signable_by(way: Q, signing: Signing, key: int) -> Requests:
    """What waits in this way or these, but for what they asked for themselves."""
    found = Request.objects.waiting().filter(way).exclude(asker=key)
    # Who reaches everything may be the last one there is, even for a record of their own; `sign` knows.
    return found if signing.everywhere else found.exclude(owner=key)


def _known(user: User) -> tuple[int, date, list[int], list[int]]:
    """Who it is, which day it is, and the units of a reach of TEAM and of any other."""
    team, branch = (sorted(unit_ids(user, far)) for far in (Reach.TEAM, Reach.BRANCH))
    return user.pk, company_of(user).today, team, branch


def _signing(user: User) -> Signing:
    reaching: dict[Reach, list[str]] = defaultdict(list)
    for needs in _signable(user):
        reaching[reach(user, needs)].append(needs)
    return Signing(tuple((far, tuple(rights)) for far, rights in sorted(reaching.items())))


_WAITING = Shapes(_waiting, ANY, date.max, [ANY], [ANY - 1], unseen=True)


def rows(keys: list[int]) -> list[Request]:
    """The rows of a list in its order, with who asked and who answered."""
    by_key = {row.pk: row for row in _ROWS.rows(keys)} if keys else {}
    return [by_key[key] for key in keys if key in by_key]


_ROWS = Prepared(
    lambda keys: Request.objects.filter(among(keys)).select_related("asker", "answered_by"), MANY
)


def principals(user: User) -> models.QuerySet[Delegation, int]:
    """Whom this person signs for today because they are away; read inside the query that asks."""
    standing = Delegation.objects.on(company_of(user).today).filter(delegate=user)
    return standing.values_list("signer", flat=True)


def delegations(user: User) -> list[Delegation]:
    """Those a person gave or was given that are not over, the next first."""
    mine = Delegation.objects.filter(Q(signer=user) | Q(delegate=user), last__gte=organisation().today)
    return list(mine.select_related("signer", "delegate").order_by("first", "pk"))


def readable(user: User) -> Requests:
    """Requests this person may read: within their reach, or theirs to sign, by name, by right or once upon a time."""
    this = OuterRef("pk")
    within = Exists(Request.objects.visible_to(user).filter(pk=this)) | Exists(inbox(user).filter(pk=this))
    mine = Q(signer=user) | Q(signer__in=principals(user)) | Q(escalated_to=user)
    mine |= Q(answered_by=user) | Q(owner=user)
    return Request.objects.filter(mine | within)


def place_in(rows: Requests, request: Request) -> int:
    """How many of these waiting requests come before this one, the most overdue first."""
    before = Q(due_at__lt=request.due_at) | Q(due_at=request.due_at, pk__lt=request.pk)
    return rows.filter(before).count()


def next_in(rows: Requests, request: Request) -> Request | None:
    """The waiting request after this one; after the last one the first."""
    behind = Q(due_at__gt=request.due_at) | Q(due_at=request.due_at, pk__gt=request.pk)
    others = rows.exclude(pk=request.pk).order_by("due_at", "pk")
    return others.filter(due_at__gte=request.due_at).filter(behind).first() or others.first()


def signs(user: User, request: Request) -> bool:
    """Whether it waits for this person's signature, by name or by right."""
    if request.state != Request.State.WAITING or user.pk == request.asker_id:
        return False
    if user.pk == request.owner_id and not stands_alone(user, request.needs):
        return False
    if user.pk in (request.signer_id, request.escalated_to_id) or may(user, request.needs, request):
        return True
    return request.signer_id is not None and request.signer_id in principals(user)


def signs_as(user: User, request: Request) -> str:
    """Why what is addressed to another waits for this person: `late` there, `instead` of who is away, or by `right`.

    Empty where it is addressed to them, or to nobody.
    """
    if request.signer_id in (None, user.pk):
        return ""
    if user.pk == request.escalated_to_id:
        return "late"
    return "instead" if request.signer_id in principals(user) else "right"


def answered_instead(requests: Iterable[Request]) -> set[int]:
    """The keys of those of these requests that somebody answered for a signer who was away; no query for most."""
    others = [one.pk for one in requests if one.answered_by_id not in (None, one.signer_id)]
    if not others:
        return set()
    told = told_of(Request, others, events.SIGNED) | told_of(Request, others, events.RETURNED)
    keys = told.filter(particulars__has_key="instead_of").values_list("subject_id", flat=True)
    return {key for key in keys if key is not None}


def other_signers(user: User, requests: Iterable[Request]) -> dict[int, str]:
    """By key the names of those to whom these requests are addressed, but for the person's own; no query for none."""
    keys = {request.signer_id for request in requests if request.signer_id not in (None, user.pk)}
    return dict(User.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}


def signer_for(
    owner: User, needs: str, row: models.Model | None = None, *, but_not: User | None = None
) -> User | None:
    """The nearest superior of a record's owner who has the right over it and did not ask; None where there is none."""
    return next((above for above in chain_above(owner) if _may_sign(above, needs, row, but_not)), None)


def next_above(request: Request) -> User | None:
    """The superior of those it waits for by name, who may sign it as well."""
    last = request.escalated_to or request.signer
    if last is None:
        return None
    above = (user for user in chain_above(last) if _may_sign(user, request.needs, request, request.asker))
    return next((user for user in above if user.pk != request.owner_id), None)


def addressees(requests: Iterable[Request]) -> dict[User, list[Request]]:
    """Whom these requests wait for: the superiors by name, or everybody with the right where nobody is named."""
    pools: dict[str, list[User]] = {}
    instead: dict[int, list[User]] = defaultdict(list)
    for standing in Delegation.objects.on(organisation().today).select_related("delegate"):
        instead[standing.signer_id].append(standing.delegate)
    found: dict[User, list[Request]] = defaultdict(list)
    for request in requests:
        named = [user for user in (request.signer, request.escalated_to) if user is not None]
        if not named:
            if request.needs not in pools:
                able = User.objects.active().filter(roles__overlap=list(GRANTS[request.needs]))
                pools[request.needs] = list(able.order_by("pk"))
            named = [user for user in pools[request.needs] if signs(user, request)]
        named += [user for user in instead.get(request.signer_id or 0, []) if signs(user, request)]
        for user in named:
            found[user].append(request)
    return found


def due_before(instant: datetime) -> list[Request]:
    """Waiting requests due before an instant, of which nobody was reminded yet."""
    rows = Request.objects.waiting().filter(due_at__lt=instant, reminded_at=None)
    return list(rows.order_by("due_at", "pk"))


def late_at(now: datetime) -> list[Request]:
    """Waiting requests whose time has passed: since they were asked, or since the last superior was told."""
    company = organisation()
    calendar = company.calendar.work_calendar()

    def passed(told: datetime | None) -> bool:
        return (
            told is None
            or _evening(calendar.add(told.astimezone(company.zone).date(), 1), company.zone) < now
        )

    rows = Request.objects.waiting().filter(due_at__lt=now).order_by("due_at", "pk")
    return [row for row in rows if passed(row.escalated_at)]


def stands_alone(user: User, needs: str) -> bool:
    """Whether nobody but this person could sign: nobody above has the right, and nobody else has it everywhere."""
    if signer_for(user, needs) is not None:
        return False
    others = User.objects.active().filter(roles__overlap=list(GRANTS[needs])).exclude(pk=user.pk)
    return not any(reach(other, needs) is Reach.ALL for other in others)


def due(working_days: int) -> datetime:
    """18:00 of the working day that many working days from now (B0: SLA in working days of the calendar)."""
    return due_after(clock.now(), working_days)


def due_after(asked_at: datetime, working_days: int) -> datetime:
    """18:00 of the working day that many working days after an instant."""
    company = organisation()
    day = asked_at.astimezone(company.zone).date()
    return _evening(company.calendar.work_calendar().add(day, working_days), company.zone)


def waiting_about(subject: models.Model) -> list[Request]:
    """Open requests about one thing, oldest first."""
    return list(Request.objects.about(subject).waiting().select_related("asker", "signer").order_by("id"))


def answered_about(subject: models.Model, *, limit: int = 20) -> list[Request]:
    """Answered requests about one thing, newest first."""
    return list(_answered(Request.objects.about(subject), limit))


def answered_beside(request: Request) -> list[Request]:
    """Other answered requests about what this one is about, newest first."""
    return _BESIDE.rows(request.subject_type, request.subject_id, request.pk)


def _answered(rows: Requests, limit: int) -> Requests:
    answered = rows.filter(state__in=(Request.State.SIGNED, Request.State.RETURNED))
    return answered.select_related("asker", "answered_by").order_by("-id")[:limit]


def _beside(kind: str, subject: int, key: int) -> Requests:
    return _answered(
        Request.objects.filter(subject_type=kind, subject_id=subject).exclude(pk=key), MOST_BESIDE
    )


_BESIDE = Prepared(_beside, "?", ANY, ANY - 1)


def former_opinions(user: User) -> list[str]:
    """A signer's last opinions, to see whether a new one is one."""
    mine = Request.objects.filter(answered_by=user).exclude(opinion="")
    return list(mine.order_by("-answered_at").values_list("opinion", flat=True)[:COMPARED])


def _evening(day: date, zone: tzinfo) -> datetime:
    """The end of a working day."""
    return midnight(day, zone) + timedelta(hours=END_OF_DAY_HOURS)


def _may_sign(user: User, needs: str, row: models.Model | None, but_not: User | None) -> bool:
    return user.is_active and user != but_not and may(user, needs, row)


def _signable(user: User) -> list[str]:
    """The rights that requests may ask for and this person has."""
    confirming = (verb for verb in GRANTS if verb.split(".")[1].startswith("confirm"))
    return [verb for verb in (*confirming, *OTHER_NEEDS) if may(user, verb)]
