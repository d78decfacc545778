"""What happened to deals, told by another system, in any order and in several files."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from operator import attrgetter

from django.utils.translation import gettext as _

from loudou.journal.record import record_each, verb
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.tables import NoRate
from loudou.pipeline import events
from loudou.pipeline.figures.deliveries import Plan
from loudou.pipeline.figures.history import CLOSING
from loudou.pipeline.models import Deal, Move, Reason
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.models.history import MoveKind
from loudou.pipeline.queries.history import plan_of
from loudou.pipeline.verbs._taking import withdraw_moot
from loudou.pipeline.verbs.importing._past import BIRTH, UNDATED, Past, told
from loudou.pipeline.verbs.importing._pasts import Pasts
from loudou.pipeline.verbs.importing._writing import write
from loudou.signoff.models import Request

_CARRIED = (
    *(MoveKind.EXPECTED_CLOSE, MoveKind.OWNER, MoveKind.PROBABILITY, MoveKind.CATEGORY),
    MoveKind.DELIVERIES,
)
_STAGED = (MoveKind.ENTER, MoveKind.REOPEN, MoveKind.MIGRATE)
_DEFEATS = (Outcome.LOST, Outcome.CANCELLED, Outcome.INVALID)


@dataclass(frozen=True)
class MoveRow:
    """One fact as its row tells it; `at` is None for an entry nobody knows the date of."""

    deal: int
    kind: str
    at: datetime | None
    stage: int | None = None
    amount: Decimal | None = None
    expected_on: date | None = None
    owner: User | None = None
    reason_code: Reason | None = None
    reason: str = ""
    by: User | None = None
    probability: Decimal | None = None
    category: str = ""
    known_at: datetime | None = None  # where it became known later than it happened
    plan: Plan | None = None  # of deliveries; empty: none any more

    @property
    def states(self) -> Decimal | None:
        """The amount it states. A loss of nothing says that nothing came of it, not that nothing was hoped for."""
        return None if self.amount == 0 and self.kind in _DEFEATS else self.amount

    @cached_property
    def key(self) -> str:
        """What the same row has whenever it comes again."""
        owner = self.owner.pk if self.owner else None
        digest = _digest(
            self.deal,
            self.kind,
            self.at,
            self.stage,
            self.states,
            self.expected_on,
            owner,
            _set_by(self.kind, self.probability, self.category, self.plan) or self.reason,
        )
        return digest if self.at else UNDATED + digest[: 64 - len(UNDATED)]


@verb
def import_moves(rows: Sequence[MoveRow], *, by: User | None, dry_run: bool = False) -> list[bool | Refused]:
    """Write what happened to deals; per row, in order: whether it is new (else it was told before), or why it is refused.

    A brought deal's first row replaces the birth that its own row made. All rows of a deal in a file belong in one
    call. Refused: what lies before the birth of a deal that was opened here, an end before the first stage that is told,
    what cannot have happened (a won deal that goes on) or would undo what is told already, amounts without a rate,
    closed books.
    """
    require(by, "exchange.import_history")
    pasts = Pasts(row.deal for row in rows)
    places: dict[int, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[row.deal].append(place)
    found: list[bool | Refused] = [False] * len(rows)
    changed: list[Past] = []
    for key, at in places.items():
        past = pasts.of[key]
        outcomes = _tell(past, [rows[place] for place in at], pasts)
        for place, outcome in zip(at, outcomes, strict=True):
            found[place] = outcome
        if past.fresh:
            changed.append(past)
    if dry_run:
        return found
    write(changed)
    _withdraw_requests([past.deal for past in changed if not past.deal.is_live])
    record_each(
        events.HISTORY_IMPORTED, ((past.deal, {"moves": told(past.fresh)}) for past in changed), by=by
    )
    return found


@verb
def withdraw_moves(keys: Sequence[str], *, by: User | None) -> None:
    """Take facts back that an import told, by their import keys; what is left is put in order as if they never were."""
    require(by, "exchange.import_history")
    wanted = set(keys)
    pasts = Pasts(Move.objects.filter(import_key__in=wanted).values_list("deal_id", flat=True))
    for past in pasts.of.values():
        past.gone += [move for move in past.moves if move.import_key in wanted]
        past.moves = [move for move in past.moves if move.import_key not in wanted]
        pasts.arrange(past)
    write(list(pasts.of.values()))
    lost = ((past.deal, {"moves": told(past.gone)}) for past in pasts.of.values())
    record_each(events.HISTORY_WITHDRAWN, lost, by=by)


def _tell(past: Past, rows: Sequence[MoveRow], pasts: Pasts) -> list[bool | Refused]:
    """Take a deal's rows into its past, as far as they fit there."""
    outcomes: list[bool | Refused] = []
    known = {move.import_key or _key_of(move) for move in past.moves}
    moves: dict[int, int] = {}  # id of a new move → its row
    first, void = _first_stage(past, rows), _void(past, rows, pasts)
    for place, (row, at) in enumerate(zip(rows, _dated(past, rows, pasts), strict=True)):
        if row.key in known:
            outcomes.append(False)
            continue
        known.add(row.key)
        try:
            _refuse_unfit(past, row, at, pasts)
            _refuse_ends_before(first, row, pasts)
        except Refused as refusal:
            outcomes.append(refusal)
            continue
        move = _move(past, row, at, pasts)
        past.fresh.append(move)
        moves[id(move)] = place
        outcomes.append(True)
    while past.fresh and (impossible := _cannot_be(past, void, pasts)):
        for move, fault in impossible:
            outcomes[moves[id(move)]] = fault
            past.fresh.remove(move)
        if not any(id(move) in moves for move in past.fresh):
            past.fresh.clear()
    return outcomes


def _void(past: Past, rows: Sequence[MoveRow], pasts: Pasts) -> set[int]:
    """What of the past could not have happened before these rows came; asked only where one of them ends it earlier."""
    ends = [row.at for row in rows if row.at is not None and row.kind in CLOSING]
    return pasts.void(past) if ends and past.moves and min(ends) < past.moves[-1].at else set()


def _cannot_be(past: Past, void: set[int], pasts: Pasts) -> list[tuple[Move, Refused]]:
    """The new facts that cannot have happened where they stand; else the end that leaves no room for what is told already."""
    ignored = pasts.arrange(past)
    new = {id(move) for move in past.fresh}
    if fresh := [move for move in ignored if id(move) in new]:
        return [(move, Refused(_impossible(past, move), field="event")) for move in fresh]
    undone = next((move for move in ignored if move.pk not in void), None)
    ends = [move for move in past.fresh if move.kind in CLOSING and undone and move.at <= undone.at]
    if undone is None or not ends:
        return []
    day = undone.at.astimezone(pasts.tables.company.zone).date()
    sentence = _("The deal goes on after that, on {day}; a row that reopens it is missing.")
    return [(max(ends, key=attrgetter("at")), Refused(sentence.format(day=day), field="at"))]


def _first_stage(past: Past, rows: Sequence[MoveRow]) -> datetime | None:
    """When a brought deal enters the first stage anybody tells; None where that is not told, or an end is reopened before."""
    if past.brought is None:
        return None
    told = [
        (move.at, move.kind)
        for move in past.moves
        if not (move.import_key or BIRTH).startswith((BIRTH, UNDATED))
    ]
    told += [(row.at, row.kind) for row in rows if row.at is not None]
    first = min((at for at, kind in told if kind == MoveKind.ENTER), default=None)
    reopened = first is not None and any(kind == MoveKind.REOPEN and at <= first for at, kind in told)
    return None if reopened else first


def _refuse_ends_before(first: datetime | None, row: MoveRow, pasts: Pasts) -> None:
    if first is not None and row.kind in CLOSING and row.at is not None and row.at < first:
        day = first.astimezone(pasts.tables.company.zone).date()
        sentence = _("The deal enters its first stage on {day}; it cannot have ended before.")
        raise Refused(sentence.format(day=day), field="at")


def _key_of(move: Move) -> str:
    """The key of the row that an export writes of a move that was made here: imported again, it is no news."""
    carried = move.kind in _CARRIED  # the column "reason" holds what it sets
    return _digest(
        move.deal_id,
        move.kind,
        move.at,
        move.stage_id if move.kind in _STAGED else None,
        move.amount,
        move.expected_on if move.kind == MoveKind.EXPECTED_CLOSE else None,
        move.owner_id if move.kind == MoveKind.OWNER else None,
        _set_by(move.kind, move.probability, move.category, plan_of(move.plan))
        or ("" if carried or move.reason_code_id else move.reason),
    )


def _set_by(kind: str, probability: Decimal | None, category: str, plan: Plan | None) -> str:
    """What a fact about somebody's own judgement, or a plan of deliveries, sets, as a text that is always the same."""
    if kind == MoveKind.DELIVERIES:
        return " ".join(f"{part.due_on}={part.amount:.2f}" for part in plan or ())
    if kind == MoveKind.PROBABILITY and probability is not None:
        return f"{probability.normalize():f}"
    return category if kind == MoveKind.CATEGORY else ""


def _digest(
    deal: int,
    kind: str,
    at: datetime | None,
    stage: int | None,
    amount: Decimal | None,
    expected_on: date | None,
    owner: int | None,
    reason: str,
) -> str:
    instant = at.astimezone(UTC).isoformat() if at else ""
    parts = (deal, kind, instant, stage, amount, expected_on, owner or "", reason)
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def _dated(past: Past, rows: Sequence[MoveRow], pasts: Pasts) -> list[datetime]:
    """When each row counts. One without a date counts with the dated row before it, else after it, else the deal's start."""
    dated = [row.at for row in rows if row.at is not None]
    last = min(dated) if dated else past.deal.created_at or pasts.now
    found = []
    for row in rows:
        last = row.at or last
        found.append(last)
    return found


def _refuse_unfit(past: Past, row: MoveRow, at: datetime, pasts: Pasts) -> None:
    if past.brought is None and at < past.moves[0].at:
        day = past.moves[0].at.astimezone(pasts.tables.company.zone).date()
        sentence = _("The deal was opened here on {day}; nothing can have happened to it before.")
        raise Refused(sentence.format(day=day), field="at")
    if row.amount is not None or row.kind == "won":
        try:
            pasts.tables.in_base(row.amount or Decimal(0), past.currency, at)
        except NoRate:
            sentence = _(
                "There is no plan rate for {currency}; set one in the settings under currencies and rates."
            )
            raise Refused(sentence.format(currency=past.currency), field="amount") from None


def _move(past: Past, row: MoveRow, at: datetime, pasts: Pasts) -> Move:
    known_at = max(at, row.known_at) if row.known_at else at
    move = pasts.make(past.deal, row.kind, at, row.key, known_at=known_at)
    move.probability, move.category = row.probability, row.category
    move.by_id = row.by.pk if row.by else None
    move.stage_id, move.stated, move.expected_on = row.stage, row.states, row.expected_on
    move.reason_code, move.reason = row.reason_code, row.reason
    if row.plan is not None:
        move.plan = [[part.due_on.isoformat(), str(part.amount)] for part in row.plan]
    if row.owner is not None:
        move.owner_id = row.owner.pk
        move.unit_id = pasts.tables.unit_of(row.owner, at)
    return move


def _impossible(past: Past, move: Move) -> str:
    """Why a fact cannot stand where its date puts it."""
    line = [other for other in past.line if other is not move]
    before = [other for other in line if other.at <= move.at]
    closed = next((other.kind for other in reversed(before) if other.kind in (*_DEFEATS, Outcome.WON)), "")
    if move.kind == "reopen":
        return _("Only a lost or cancelled deal can be reopened.")
    if move.kind == "resume":
        return _("The deal does not rest at that time.")
    if closed == Outcome.WON:
        return _("The deal is won by then; a won deal takes no further step.")
    if not closed and move.kind == "hold":
        return _("The deal rests; take it up again first.")
    return _("The deal is closed by then; a row that reopens it is missing.")


def _withdraw_requests(closed: Sequence[Deal]) -> None:
    """The end of a deal makes every open request about it pointless."""
    about: Mapping[int, Deal] = {deal.pk: deal for deal in closed}
    label = Deal._meta.label_lower
    waiting = Request.objects.waiting().filter(subject_type=label, subject_id__in=list(about))
    for key in set(waiting.values_list("subject_id", flat=True)):
        withdraw_moot(about[key])
