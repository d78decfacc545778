"""The pasts of many deals in hand at once: read together, put in order, written together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext as _

from loudou.journal import channel
from loudou.journal.bulk import copy_in, copy_lines, mould, reserve_keys, update_rows
from loudou.kernel import clock
from loudou.kernel.periods import midnight
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.people.tables import Tables
from loudou.pipeline.figures.bringing import Told, in_order, steps
from loudou.pipeline.figures.history import CLOSING, History, unfold
from loudou.pipeline.figures.homes import Stays, homings
from loudou.pipeline.models import Course, Deal, DeliveryPart, Line, Move, StageSpec, State, Visit
from loudou.pipeline.models.history import MoveKind
from loudou.pipeline.queries.funnels import specs, stage_order
from loudou.pipeline.queries.gates import counts_of
from loudou.pipeline.queries.history import fact_of
from loudou.pipeline.verbs._derived import (
    COURSE,
    DELIVERY,
    STATE,
    VISIT,
    course_lines,
    delivery_lines,
    state_lines,
    visit_lines,
)
from loudou.pipeline.verbs._history import settle
from loudou.pipeline.verbs.lines import counted

# How import keys begin: of a birth no row told, of a row without a date.
BIRTH, UNDATED = "birth:", "undated:"
_MOMENT = timedelta(seconds=2)
_DEAL_COLUMNS = (
    *("spec", "outcome", "owner", "unit", "amount", "currency", "base_amount", "erp_amount", "expected_on"),
    *(
        "probability",
        "category",
        "created_at",
        "touched_at",
        "stage_since",
        "stage_warn_at",
        "stage_limit_at",
    ),
    *("closed_at", "reason", "review", "close_verified_at", "held_at", "wake_on", "gate_done", "gate_total"),
    *("pushes", "backs", "skips", "amount_jumps", "reopen_count", "off_funnel", "known_late", "legacy"),
    *("brought", "planned", "version"),
)
_MOVE_COLUMNS = (
    *(
        "at",
        "known_at",
        "stage",
        "amount",
        "currency",
        "base_amount",
        "stated",
        "expected_on",
        "owner",
        "unit",
    ),
    *("probability", "category", "skipped", "backward"),
)
_values = attrgetter(*(field.attname for field in Move._meta.concrete_fields if field.name in _MOVE_COLUMNS))


@dataclass
class Past:
    """A locked deal with its moves: those written, those to come, those to go; and what follows from them.

    `brought` is what the row said that brought the deal (None for a deal opened here): its birth is made of it.
    """

    deal: Deal
    moves: list[Move]
    order: Mapping[int, int]
    lines: list[Line] = field(default_factory=list)
    fresh: list[Move] = field(default_factory=list)
    gone: list[Move] = field(default_factory=list)
    line: list[Move] = field(default_factory=list)  # all of them in order, once arranged
    history: History | None = None
    former: dict[int, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def brought(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.deal.brought
        return found

    @property
    def given(self) -> dict[str, Any]:
        """The same of a deal that did come by import."""
        assert self.brought is not None
        return self.brought

    @property
    def currency(self) -> str:
        """The currency its imported amounts are in."""
        return str(self.brought["currency"]) if self.brought else self.deal.currency


def told(moves: Iterable[Move]) -> int:
    """How many of these somebody told: what only follows is not counted."""
    return sum(move.kind != MoveKind.UNIT for move in moves)


class Pasts:
    """The pasts of the deals with these keys, locked until the act ends; those without a deal are simply not there."""

    def __init__(self, keys: Iterable[int]) -> None:
        wanted = sorted(set(keys))
        self.tables, self.now = Tables.read(), clock.now()
        self._move = mould(Move, recorded_at=self.now, channel="import")
        self._firsts: dict[int, StageSpec] = {}
        self._people: dict[int, User] = {}
        self.of: dict[int, Past] = {}
        self._orders: dict[int, Mapping[int, int]] = {}
        self._homes: dict[int, Stays] = {}
        locked = Deal.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
        for deal in locked:
            self.of[deal.pk] = Past(deal, [], self.order(deal.funnel_id))
        for move in Move.objects.filter(deal__in=list(self.of)).order_by("deal_id", "at", "id"):
            self.of[move.deal_id].moves.append(move)
            if move.import_key is not None:
                self.of[move.deal_id].former[move.pk] = _values(move)
        for line in Line.objects.filter(deal__in=list(self.of)).order_by("deal_id", "position", "id"):
            self.of[line.deal_id].lines.append(line)

    def arrange(self, past: Past) -> list[Move]:
        """Put a past in order and derive what follows; the deal's columns are set, unsaved.

        Returns the new moves that cannot have happened where they stand: they change nothing, and the caller decides.
        """
        moves = _sorted([move for move in (*past.moves, *past.fresh) if move.kind != MoveKind.UNIT])
        birth = self._birth(past, moves)
        if birth is not None:
            moves = [birth, *(move for move in moves if move is not birth)]
        told = [_told(move, number) for number, move in enumerate(moves)]
        first = moves[0].amount if moves[0].amount is not None else Decimal(0)
        for move, step in zip(moves[1:], steps(told, past.order, amount=first)[1:], strict=True):
            if move.import_key is not None:
                move.skipped, move.backward = step.skipped, step.backward
                self._price(move, step.amount, past.currency)
                self._house(move)
        told_history = unfold([fact_of(move) for move in moves], past.order)
        past.line = self._rehomed(past, moves, told_history)
        facts = [fact_of(move) for move in past.line]
        past.history = told_history if past.line is moves else unfold(facts, past.order)
        deal = past.deal
        if past.brought is not None:
            self._settle_brought(past, moves)
        settle(deal, past.history, facts, past.order)
        _settle_close(deal, moves, self.now)
        fresh = {id(move) for move in past.fresh}
        return [moves[place] for place in told_history.ignored if id(moves[place]) in fresh]

    def rearranged(self) -> list[Past]:
        """Put every past in order; returns those that are otherwise now."""
        for past in self.of.values():
            self.arrange(past)
        return [
            past
            for past in self.of.values()
            if past.fresh or past.gone or any(_is_changed(past, move) for move in past.line)
        ]

    def write(self, pasts: Sequence[Past]) -> None:
        """Write everything that was arranged."""
        if not pasts:
            return
        keys = [past.deal.pk for past in pasts]
        for past in pasts:
            past.deal.version += 1
        fresh = [move for past in pasts for move in _in_sequence(past)]
        if gone := [move.pk for past in pasts for move in past.gone]:
            Move.objects.filter(pk__in=gone).delete()
        changed = [move for past in pasts for move in past.line if _is_changed(past, move)]
        update_rows(Move, changed, _MOVE_COLUMNS)
        for move, key in zip(fresh, reserve_keys(Move, len(fresh)), strict=True):
            move.pk = key
        copy_in(Move, fresh, with_keys=True)
        State.objects.filter(deal__in=keys).delete()
        Visit.objects.filter(deal__in=keys).delete()
        Course.objects.filter(deal__in=keys).delete()
        DeliveryPart.objects.filter(deal__in=keys).delete()
        write_derived((past.deal, _known(past)) for past in pasts)
        count_gates([past.deal for past in pasts])
        update_rows(Deal, [past.deal for past in pasts], _DEAL_COLUMNS)

    def make(
        self, deal: Deal, kind: str, at: datetime, key: str | None, *, known_at: datetime | None = None
    ) -> Move:
        """A move that is told, unsaved; without a key one that follows."""
        return self._move(deal_id=deal.pk, kind=kind, at=at, known_at=known_at or at, import_key=key)

    def _birth(self, past: Past, moves: list[Move]) -> Move | None:
        """The birth of a brought deal: the first row told if it enters a stage, else one made of the deal's own row."""
        if past.brought is None:
            return None
        brought = past.brought | past.brought.get("first", {})  # as it stood before its books were closed
        made = next((move for move in moves if (move.import_key or "").startswith(BIRTH)), None)
        told = [move for move in moves if move is not made]
        first = told[0] if told else None
        if first is not None and first.kind == "enter" and first.import_key is not None:
            birth = first
            if made is not None:
                _drop(past, made)
                moves.remove(made)
        else:
            since = _instant(brought["at"])
            birth = made or self._unborn(past, since or self.now)
            birth.at = min(filter(None, (since, birth.at, first.at if first else None)))
            birth.known_at = birth.at if told else birth.recorded_at
            if made is None:
                moves.insert(0, birth)
        for move in told:
            if move is not birth and move.import_key is not None and move.kind == "enter" and move.owner_id:
                _demote(move)
        self._endow(birth, past, brought)
        return birth

    def _unborn(self, past: Past, at: datetime) -> Move:
        birth = self.make(past.deal, "enter", at, f"{BIRTH}{past.deal.pk}")
        birth.stage_id = self.first_spec(past.deal.funnel_version_id).stage_id
        past.fresh.append(birth)
        return birth

    def _endow(self, birth: Move, past: Past, brought: Mapping[str, Any]) -> None:
        """Give the birth the first values: those of the deal's row, the amount its own row states, less what the ERP keeps."""
        birth.owner_id = brought["owner"]
        birth.unit_id = self.tables.unit_of(self._person(brought["owner"]), birth.at)
        birth.expected_on = date.fromisoformat(brought["expected_on"]) if brought["expected_on"] else None
        birth.currency = brought["currency"]
        stated = birth.stated if birth.stated is not None else Decimal(brought["amount"] or 0)
        birth.amount, past.deal.erp_amount = counted(past.lines, stated=stated)
        birth.base_amount = self.tables.in_base(birth.amount, birth.currency, birth.at)
        birth.skipped, birth.backward = 0, False

    def _price(self, move: Move, standing: Decimal, currency: str) -> None:
        """The amount of a told move: the one it states; a win without one is won at the amount it stood at."""
        amount = standing if move.kind == "won" else move.stated
        move.amount = amount
        move.currency = currency if amount is not None else ""
        move.base_amount = None
        if amount is not None:
            rate = "spot" if move.kind == "won" else "plan"
            move.base_amount = self.tables.in_base(amount, currency, move.at, kind=rate)

    def _house(self, move: Move) -> None:
        """The unit of a told handing over: that of its new owner at that instant."""
        if move.owner_id is not None:
            move.unit_id = self.tables.unit_of(self._person(move.owner_id), move.at)

    def _rehomed(self, past: Past, moves: list[Move], history: History) -> list[Move]:
        """The moves with those that bring the deal to the unit its owner came to (B0.8); past ones that are true stay."""
        there = {
            (move.at, move.owner_id, move.unit_id): move
            for move in (*past.moves, *past.fresh)
            if move.kind == MoveKind.UNIT
        }
        found = []
        for homing in homings(history.stands, self._stays, self.now):
            move = there.pop((homing.at, homing.owner, homing.unit), None)
            if move is None:
                move = self.make(past.deal, MoveKind.UNIT, homing.at, None)
                move.channel = channel.current().channel
                move.owner_id, move.unit_id = homing.owner, homing.unit
                past.fresh.append(move)
            found.append(move)
        for move in there.values():
            _drop(past, move)
        return _sorted([*moves, *found]) if found else moves

    def _stays(self, owner: int) -> Stays:
        """Since which instant somebody belongs to which unit."""
        if owner not in self._homes:
            days, units = self.tables.memberships.get(owner, ([], []))
            zone = self.tables.company.zone
            self._homes[owner] = [(midnight(day, zone), unit) for day, unit in zip(days, units, strict=True)]
        return self._homes[owner]

    def _settle_brought(self, past: Past, moves: Sequence[Move]) -> None:
        """What only a deal that came by import is told: since when, whether its dates are known, how often it skipped."""
        deal, brought = past.deal, past.given
        since = _instant(brought["at"])
        made = (moves[0].import_key or "").startswith(BIRTH)
        deal.created_at = since if made else min(filter(None, (since, moves[0].at)))
        undated = any((move.import_key or "").startswith(UNDATED) for move in moves)
        deal.legacy = undated or (made and since is None)
        skips = sum(move.skipped > 0 for move in moves if move.import_key is not None)
        deal.skips += skips - brought.get("skips", 0)
        deal.brought = {**brought, "skips": skips}
        if deal.touched_at <= deal.recorded_at + _MOMENT:
            deal.touched_at = self.now if deal.legacy and made else moves[-1].at
        else:
            deal.touched_at = max(deal.touched_at, moves[-1].at)

    def refuse_closed(self, at: datetime) -> None:
        """Refuse to rewrite facts in books that are closed (C20): reports were made of them."""
        if self.is_closed(at):
            sentence = _("The books are closed through {day}; what stands in them is not rewritten.")
            raise Refused(sentence.format(day=self.tables.company.closed_through), field="at")

    def is_closed(self, at: datetime) -> bool:
        """Whether an instant lies in closed books."""
        closed = self.tables.company.closed_through
        return closed is not None and at.astimezone(self.tables.company.zone).date() <= closed

    def order(self, funnel: int) -> Mapping[int, int]:
        """The places of a funnel's stages."""
        if funnel not in self._orders:
            self._orders[funnel] = stage_order(funnel)
        return self._orders[funnel]

    def first_spec(self, version: int) -> StageSpec:
        """The first stage of a funnel's version."""
        if version not in self._firsts:
            self._firsts[version] = specs(version)[0]
        return self._firsts[version]

    def _person(self, key: int) -> User:
        if key not in self._people:
            self._people |= {user.pk: user for user in User.objects.all()}
        return self._people[key]


def write_derived(pairs: Iterable[tuple[Deal, History]]) -> None:
    """COPY the states, visits and courses of deals that have none."""
    together = list(pairs)
    copy_lines(State, STATE, (line for deal, history in together for line in state_lines(deal, history)))
    copy_lines(Visit, VISIT, (line for deal, history in together for line in visit_lines(deal, history)))
    orders = {funnel: stage_order(funnel) for funnel in {deal.funnel_id for deal, _history in together}}
    ways = (course_lines(deal, history, orders[deal.funnel_id]) for deal, history in together)
    copy_lines(Course, COURSE, (line for lines in ways for line in lines))
    parts = [line for deal, history in together for line in delivery_lines(deal, history)]
    if parts:
        copy_lines(DeliveryPart, DELIVERY, parts)


def count_gates(deals: Sequence[Deal]) -> None:
    """Bring the counts of shown evidence up to date (unsaved)."""
    for deal, (done, total) in zip(deals, counts_of(deals), strict=True):
        deal.gate_done, deal.gate_total = done, total


def _sorted(moves: Sequence[Move]) -> list[Move]:
    """Moves by time; of several at one instant those written first, a close last."""
    return [moves[told.number] for told in in_order([_told(move, n) for n, move in enumerate(moves)])]


def _told(move: Move, number: int) -> Told:
    amount = move.stated if move.import_key is not None else move.amount
    return Told(move.kind, move.at, number, move.stage_id, amount)


def _demote(move: Move) -> None:
    """What was the birth until something earlier was told is a step like others."""
    move.owner_id = move.unit_id = move.expected_on = move.probability = None
    move.category = ""


def _drop(past: Past, move: Move) -> None:
    if move.pk is None:
        past.fresh.remove(move)
    else:
        past.moves.remove(move)
        past.gone.append(move)


def _settle_close(deal: Deal, moves: Sequence[Move], now: datetime) -> None:
    """Why an imported close came about; nobody needs to verify it any more."""
    if deal.is_live:
        return
    close = next(move for move in reversed(moves) if move.kind in CLOSING)
    if close.import_key is not None:
        deal.reason_id = close.reason_code_id
        deal.review = close.reason
        deal.close_verified_at = now


def _in_sequence(past: Past) -> list[Move]:
    """The moves to be written, in order. One already written that must follow a new one of its instant is written anew."""
    found: list[Move] = []
    fresh = {id(move) for move in past.fresh}
    at: datetime | None = None
    for move in past.line:
        if id(move) in fresh:
            found.append(move)
            at = move.at
        elif move.at == at:
            past.gone.append(Move(pk=move.pk))
            found.append(move)
    return found


def _is_changed(past: Past, move: Move) -> bool:
    return move.pk in past.former and past.former[move.pk] != _values(move)


def _known(past: Past) -> History:
    assert past.history is not None
    return past.history


def _instant(raw: str | None) -> datetime | None:
    return datetime.fromisoformat(raw) if raw else None
