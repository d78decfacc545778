"""The pasts of many deals in hand at once: read together and put in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.journal import channel
from loudou.journal.bulk import mould
from loudou.kernel import clock
from loudou.kernel.periods import midnight
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.people.tables import Tables
from loudou.pipeline.figures.bringing import Told, in_order, steps
from loudou.pipeline.figures.history import CLOSING, History, as_known, unfold
from loudou.pipeline.figures.homes import Homing, Stays, homings
from loudou.pipeline.models import Deal, Line, Move, StageSpec
from loudou.pipeline.models.history import MoveKind
from loudou.pipeline.queries.funnels import specs, stage_order, version_with
from loudou.pipeline.queries.history import fact_of
from loudou.pipeline.verbs._history import settle
from loudou.pipeline.verbs.importing._past import BIRTH, UNDATED, Past, told_of
from loudou.pipeline.verbs.lines import counted
from loudou.ui.prepared import among

_MOMENT = timedelta(seconds=2)
_JUST_BEFORE = timedelta(microseconds=1)


class Pasts:
    """The pasts of the deals with these keys, locked until the act ends; those without a deal are simply not there."""

    def __init__(self, keys: Iterable[int]) -> None:
        wanted = list(set(keys))
        self.tables, self.now = Tables.read(), clock.now()
        self._move = mould(Move, recorded_at=self.now, channel="import")
        self._firsts: dict[int, StageSpec] = {}
        self._people: dict[int, User] = {}
        self.of: dict[int, Past] = {}
        self._orders: dict[int, Mapping[int, int]] = {}
        self._homes: dict[int, Stays] = {}
        self._versions: dict[tuple[int, int | None], int] = {}
        if not wanted:
            return
        locked = Deal.objects.select_for_update(no_key=True).filter(among(wanted)).order_by("pk")
        for deal in locked:
            self.of[deal.pk] = Past(deal, [], self.order(deal.funnel_id))
        hanging = among(list(self.of), "deal")
        for move in Move.objects.filter(hanging).order_by("deal_id", "at", "id"):
            self.of[move.deal_id].moves.append(move)
            if move.import_key is not None:
                self.of[move.deal_id].former[move.pk] = told_of(move)
        for line in Line.objects.filter(hanging).order_by("deal_id", "position", "id"):
            self.of[line.deal_id].lines.append(line)

    def arrange(self, past: Past) -> list[Move]:
        """Put a past in order and derive what follows; the deal's columns are set, unsaved.

        Returns the moves that cannot have happened where they stand: they change nothing, and the caller decides.
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
        deal.funnel_version_id = self._version(deal, past.history)
        settle(deal, past.history, facts, past.order)
        _settle_close(deal, moves, self.now)
        return [moves[place] for place in told_history.ignored]

    def _version(self, deal: Deal, history: History) -> int:
        """The version a deal is on: its own, unless that has no such stage as it is told to stand in.

        A row of another version's stage says so; on its own the deal would stand in one stage by its row and in another by its past.
        """
        asked = (deal.funnel_version_id, history.now.stage)
        if asked not in self._versions:
            own, stage = asked
            self._versions[asked] = own if stage is None else version_with(own, stage)
        return self._versions[asked]

    def void(self, past: Past) -> set[int]:
        """The keys of those moves of a past, as it is stored, that cannot have happened where they stand."""
        moves = _sorted([move for move in past.moves if move.kind != MoveKind.UNIT])
        ignored = unfold([fact_of(move) for move in moves], past.order).ignored
        return {moves[place].pk for place in ignored}

    def rearranged(self) -> list[Past]:
        """Put every past in order; returns those that are otherwise now."""
        for past in self.of.values():
            self.arrange(past)
        return [
            past
            for past in self.of.values()
            if past.fresh or past.gone or any(past.is_changed(move) for move in past.line)
        ]

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
                past.drop(made)
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
        if "born" in brought:  # what its lines made of it was told apart
            birth.amount = Decimal(brought["born"])
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
        for homing in self._homings(past, moves, history):
            move = there.pop((homing.at, homing.owner, homing.unit), None)
            if move is None:
                move = self.make(past.deal, MoveKind.UNIT, homing.at, None)
                move.channel = channel.current().channel
                move.owner_id, move.unit_id = homing.owner, homing.unit
                past.fresh.append(move)
            found.append(move)
        for move in there.values():
            past.drop(move)
        return _sorted([*moves, *found]) if found else moves

    def _homings(self, past: Past, moves: list[Move], history: History) -> list[Homing]:
        """When the deal came to which unit, and when it did as far as anybody knew before a late fact was told.

        Of a loss on the 9th that is told in April nobody knew on the 11th, when its owner came to another unit: until
        April the deal is known to stand open there (B0.1). What is not so by all that is known now `unfold` leaves out.
        """
        found = dict.fromkeys(homings(history.stands, self._stays, self.now))
        if any(move.known_at > move.at for move in moves):
            facts = [fact_of(move) for move in moves]
            for told in sorted({fact.known_at for fact in facts if fact.known_at > fact.at}):
                known = as_known(facts, told)
                if known:
                    before = unfold(known, past.order).stands
                    found |= dict.fromkeys(homings(before, self._stays, told - _JUST_BEFORE))
        return sorted(found, key=lambda homing: homing.at)

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


def _settle_close(deal: Deal, moves: Sequence[Move], now: datetime) -> None:
    """Why an imported close came about; nobody needs to verify it any more."""
    if deal.is_live:
        return
    close = next(move for move in reversed(moves) if move.kind in CLOSING)
    if close.import_key is not None:
        deal.reason_id = close.reason_code_id
        deal.review = close.reason
        deal.close_verified_at = now


def _instant(raw: str | None) -> datetime | None:
    return datetime.fromisoformat(raw) if raw else None
