"""Reading all of one deal for its page: where it stands on its path, what its gate asks for, what hangs on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, Model, OuterRef, QuerySet

from loudou.customers.models import Contact
from loudou.journal.queries import about
from loudou.people.models import User
from loudou.pipeline import events
from loudou.pipeline.figures.flags import Flag, pace, stage_age
from loudou.pipeline.models import (
    Competitor,
    Deal,
    DealContact,
    DeliveryPart,
    File,
    Follower,
    Line,
    Move,
    Note,
    StageSpec,
    TeamMember,
    Visit,
)
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.models.history import MoveKind
from loudou.pipeline.queries.deliveries import planned
from loudou.pipeline.queries.flags import flags_of
from loudou.pipeline.queries.funnels import spec_by_key, specs
from loudou.pipeline.queries.gates import Standing, filled_from, owing, standings
from loudou.remarks.queries import in_full
from loudou.signoff.models import Request
from loudou.ui.prepared import ANY, Prepared

ENTRIES = 20
DAY = 86_400

# What the page shows of signatures and moves, and of who made them.
_REQUEST = (
    *("act", "state", "reason", "asked_at", "due_at", "subject_type", "subject_id"),
    *("asker__name", "signer__name"),
)
_MOVE = (
    *("deal_id", "kind", "at", "amount", "currency", "expected_on", "probability", "category"),
    *("reason", "plan", "by__name", "owner__name"),
)

# What the timeline can be narrowed to, by the names of events.
KINDS: dict[str, tuple[str, ...]] = {
    "moves": tuple(
        event.name
        for event in (
            *(events.OPENED, events.MOVED, events.MOVED_BACK, events.SKIPPED, events.GATE_REFUSED),
            *(events.WON, events.LOST, events.CANCELLED, events.INVALIDATED, events.CLOSE_VERIFIED),
            *(events.REOPENED, events.HELD, events.RESUMED, events.MIGRATED, events.HISTORY_IMPORTED),
        )
    ),
    "evidence": tuple(
        event.name for event in (events.EVIDENCE_GIVEN, events.EVIDENCE_WITHDRAWN, events.TASK_DONE)
    ),
    "signatures": (
        *("signoff.asked", "signoff.signed", "signoff.returned"),
        *("signoff.withdrawn", "signoff.readdressed"),
    ),
    "changes": tuple(
        event.name
        for event in (
            *(events.DELIVERIES_SET, events.DELIVERIES_REMOVED, events.DELIVERIES_FOLLOWED),
            *(events.EDITED, events.LINES_SET, events.CONTACTS_SET, events.TEAM_SET, events.HANDED_OVER),
            *(events.COMPETITOR_SET, events.COMPETITOR_REMOVED),
        )
    ),
    "notes": tuple(event.name for event in (events.NOTED, events.FILE_ADDED, events.FILE_REMOVED)),
}


@dataclass(frozen=True)
class Step:
    """A stage on the deal's path: whether it lies behind, is where the deal stands, or lies ahead."""

    spec: StageSpec
    state: str  # done, current, ahead or skipped
    days: float | None
    pace: str
    standing: Standing


@dataclass(frozen=True)
class Change:
    """One change of what others counted on: when, by whom, what, from what to what, and why.

    An amount is (amount, currency), as it was then.
    """

    move: Move
    kind: str
    before: Any
    after: Any


@dataclass
class Whole:
    """A deal with everything its page shows."""

    deal: Deal
    path: list[Step]
    flags: list[Flag]
    contacts: list[Contact]
    competitors: list[Competitor]
    lines: list[Line]
    deliveries: list[DeliveryPart]
    team: list[TeamMember]
    followers: list[User]
    files: list[File]
    requests: list[Request]
    changes: list[Change]
    related: list[Deal] = field(default_factory=list)

    @property
    def here(self) -> Step:
        """Where it stands."""
        return next((step for step in self.path if step.state == "current"), self.path[-1])

    @property
    def owed(self) -> list[Standing]:
        """Gates behind it with what it still owes them."""
        behind = [step.standing for step in self.path if step.spec.position < self.deal.spec.position]
        return owing(self.deal, behind)

    @property
    def waiting(self) -> list[Request]:
        """Signatures that are waited for."""
        return [request for request in self.requests if request.state == Request.State.WAITING]

    def last(self, kind: str) -> Change | None:
        """The newest change of a kind."""
        return next((change for change in self.changes if change.kind == kind), None)


def _wanted(key: int) -> QuerySet[Deal]:
    rows = Deal.objects.select_related("customer", "owner", "unit", "reason").filter(pk=key)
    rows = rows.annotate(has_successor=Exists(Deal.objects.filter(predecessor=OuterRef("pk"))))
    return rows.defer(
        *("search", "customer__search", "customer__note", "customer__extra", "customer__tags"),
        *("owner__password", "owner__totp_secret", "owner__recovery_codes", "owner__roles"),
    )


def _contacts(key: int) -> QuerySet[DealContact]:
    return DealContact.objects.filter(deal=key).select_related("contact").order_by("contact_id")


def _team(key: int) -> QuerySet[TeamMember]:
    rows = TeamMember.objects.filter(deal=key).select_related("user").order_by("pk")
    return rows.only("share", "task", "user__name")


def _followers(key: int) -> QuerySet[Follower]:
    return Follower.objects.filter(deal=key).select_related("user").order_by("pk").only("user__name")


def _files(key: int) -> QuerySet[File]:
    rows = File.objects.filter(deal=key, removed_at=None).select_related("added_by").order_by("-id")
    return rows.only("deal_id", "name", "kind", "size", "added_at", "added_by__name")


def _requests(key: int) -> QuerySet[Request]:
    rows = Request.objects.about(Deal(pk=key)).select_related("asker", "signer").order_by("-id")
    return rows.only(*_REQUEST)[:50]


def _moves(key: int) -> QuerySet[Move]:
    rows = Move.objects.filter(deal=key).select_related("by", "owner").order_by("at", "id")
    return rows.only(*_MOVE)


WANTED = Prepared(_wanted, ANY)  # the deal itself; `placed` adds the funnel, which a process knows already
_CONTACTS, _TEAM, _FOLLOWERS = Prepared(_contacts, ANY), Prepared(_team, ANY), Prepared(_followers, ANY)
_COMPETITORS = Prepared(lambda key: Competitor.objects.filter(deal=key), ANY)
_LINES = Prepared(lambda key: Line.objects.filter(deal=key).select_related("product"), ANY)
_FILES, _REQUESTS, _MOVES = Prepared(_files, ANY), Prepared(_requests, ANY), Prepared(_moves, ANY)
_VISITS = Prepared(lambda key: Visit.objects.filter(deal=key, void_at=None), ANY)


def whole(deal: Deal, now: datetime, today: date) -> Whole:
    """Everything the page shows of a deal that was read by `WANTED`; a dozen queries, whatever its past."""
    contacts = [part.contact for part in _CONTACTS.rows(deal.pk)]
    competitors, lines = _COMPETITORS.rows(deal.pk), _LINES.rows(deal.pk)
    have = filled_from(
        deal, [contact.part for contact in contacts], rivals=bool(competitors), lines=bool(lines)
    )
    found = standings(deal, specs(deal.funnel_version_id), have=have)
    return Whole(
        deal=deal,
        path=_path(deal, found, now),
        flags=flags_of(deal, now, today),
        contacts=contacts,
        competitors=competitors,
        lines=lines,
        deliveries=planned(deal),
        team=_TEAM.rows(deal.pk),
        followers=[row.user for row in _FOLLOWERS.rows(deal.pk)],
        files=_FILES.rows(deal.pk),
        requests=_REQUESTS.rows(deal.pk),
        changes=_changes(_MOVES.rows(deal.pk)),
        related=_related(deal),
    )


def counted_on(deal: Deal, today: date, zone: ZoneInfo) -> date | None:
    """The day whose period a deal counts in: when it was won, or an open one is expected and not overdue (M20)."""
    if deal.outcome == Outcome.WON and deal.closed_at is not None:
        return deal.closed_at.astimezone(zone).date()
    is_due = deal.expected_on is not None and deal.expected_on >= today
    return deal.expected_on if deal.outcome == Outcome.OPEN and is_due else None


def placed(deal: Deal) -> Deal:
    """The deal with its stage, version and funnel as a process remembers them: no query for a published version."""
    spec = spec_by_key(deal.funnel_version_id, deal.spec_id)
    if spec is not None:
        deal.spec, deal.funnel_version, deal.funnel = spec, spec.version, spec.version.funnel
    return deal


def signatures(deal: Deal) -> list[int]:
    """The keys of every request for a signature about the deal."""
    return list(Request.objects.about(deal).values_list("pk", flat=True))


def told(deal: Deal, requests: Iterable[int], *, kind: str = "", before: int | None = None) -> list[Any]:
    """The deal's history, newest first, the signatures about it included; one entry more than a page shows."""
    also: Mapping[type[Model], Sequence[int]] = {Request: list(requests)}
    return about(deal, limit=ENTRIES + 1, before=before, also=also, events=KINDS.get(kind))


def texts(deal: Deal, entries: Sequence[Any]) -> dict[int, str]:
    """Notes in full, by the entry that tells of them."""
    return in_full(entries, events.NOTED, Note.objects.filter(deal=deal))


def _path(deal: Deal, found: Sequence[Standing], now: datetime) -> list[Step]:
    """The stages with the days spent in each, holds taken out."""
    days: dict[int, float] = defaultdict(float)
    for visit in _VISITS.rows(deal.pk):
        until = visit.left_at or (deal.held_at if deal.outcome == Outcome.ON_HOLD and deal.held_at else now)
        days[visit.stage_id] += max((until - visit.entered_at).total_seconds() - visit.held_seconds, 0) / DAY
    steps = []
    for standing in found:
        spec = standing.spec
        spent = days.get(spec.stage_id)
        if spec.pk == deal.spec_id and deal.is_live:
            until = deal.held_at if deal.outcome == Outcome.ON_HOLD and deal.held_at else now
            age = stage_age(deal.stage_since, deal.stage_limit_at, spec.max_days, until)
            steps.append(Step(spec, "current", age, pace(age, spec.warn_days, spec.max_days), standing))
        elif spec.position < deal.spec.position or (spec.pk == deal.spec_id and not deal.is_live):
            state = "done" if spent is not None or spec.pk == deal.spec_id else "skipped"
            steps.append(Step(spec, state, spent, "", standing))
        else:
            steps.append(Step(spec, "ahead", spent, "", standing))
    return steps


def _changes(moves: Sequence[Move]) -> list[Change]:
    """Changes of amount, date, deliveries, success rate, category and owner, newest first."""
    columns = {
        MoveKind.AMOUNT: "amount",
        MoveKind.EXPECTED_CLOSE: "expected_on",
        MoveKind.DELIVERIES: "plan",
        MoveKind.PROBABILITY: "probability",
        MoveKind.CATEGORY: "category",
        MoveKind.OWNER: "owner",
    }
    stood: dict[str, Any] = {}
    found = []
    for place, move in enumerate(moves):
        column = columns.get(MoveKind(move.kind)) if place else None
        if column is not None:
            found.append(Change(move, column, stood.get(column), _value(move, column, stood)))
        for name in ("amount", "expected_on", "plan", "owner"):
            if getattr(move, name) is not None:
                stood[name] = _value(move, name, stood)
        for name in ("probability", "category"):
            if move.kind == name or place == 0:
                stood[name] = getattr(move, name)
    return found[::-1]


def _value(move: Move, name: str, stood: Mapping[str, Any]) -> Any:
    """What a move says of a thing; an amount in the currency of then, which a move that names none leaves as it was."""
    if name != "amount" or move.amount is None:
        return getattr(move, name)
    return move.amount, move.currency or stood.get("amount", (None, ""))[1]


def _related(deal: Deal) -> list[Deal]:
    """The deal this one follows, and those that follow it."""
    found = [deal.predecessor] if deal.predecessor_id is not None and deal.predecessor is not None else []
    if getattr(deal, "has_successor", True):
        found += list(Deal.objects.filter(predecessor=deal).defer("search").order_by("id"))
    return found
