"""From a deal's moves to its states and visits: the one function behind every click, import and rebuild.

Rules (`domain.md` B0.11, M02, M06): a reopening returns to the stage the deal was closed from, as a new visit; what
lies between a close and a reopening belongs to no stage; time on hold is told apart inside its visit; a stage jumped
over has no visit. History is accepted as it was: it may skip, step back, win from any stage and reopen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

CLOSING = frozenset({"won", "lost", "cancelled", "invalid"})


@dataclass(frozen=True)
class Fact:
    """One move, as figures see it. Columns a kind does not speak of are None (or empty)."""

    kind: str
    at: datetime
    known_at: datetime
    stage: int | None = None
    amount: Decimal | None = None
    currency: str = ""
    base_amount: Decimal | None = None
    expected_on: date | None = None
    owner: int | None = None
    unit: int | None = None
    probability: Decimal | None = None
    category: str = ""


@dataclass(frozen=True)
class Stand:
    """How the deal stood during `[since, until)`; `until` is None for the present."""

    since: datetime
    until: datetime | None
    outcome: str
    stage: int | None
    owner: int
    unit: int | None
    amount: Decimal
    currency: str
    base_amount: Decimal
    expected_on: date | None
    probability: Decimal | None
    category: str


@dataclass(frozen=True)
class Stay:
    """One visit to a stage; see `models.Visit`."""

    stage: int
    entered_at: datetime
    entered_by: str
    owner: int
    unit: int | None
    amount: Decimal
    left_at: datetime | None = None
    left_by: str = ""
    left_to: int | None = None
    left_owner: int | None = None
    left_unit: int | None = None
    left_amount: Decimal | None = None
    held_seconds: int = 0
    again: bool = False


@dataclass(frozen=True)
class History:
    """All that follows from a deal's moves."""

    stands: tuple[Stand, ...]
    stays: tuple[Stay, ...]

    @property
    def now(self) -> Stand:
        """The present state."""
        return self.stands[-1]


def unfold(facts: Sequence[Fact], order: Mapping[int, int]) -> History:
    """Derive states and visits from moves in order of business time.

    `order` maps every stage of the funnel to its place, so that forward and back can be told. The first fact must be
    an `enter` with owner and amount. Raises `ValueError` for an empty or headless history.
    """
    if not facts or facts[0].kind != "enter" or facts[0].stage is None or facts[0].owner is None:
        raise ValueError("a deal's first move enters its first stage")
    return _Walk(order).through(facts)


def as_known(facts: Sequence[Fact], instant: datetime) -> list[Fact]:
    """The facts that had happened and were known before `instant` (B0.1; one at exactly that instant is not yet)."""
    return [fact for fact in facts if fact.at < instant and fact.known_at < instant]


class _Walk:
    """The state while walking through the moves."""

    def __init__(self, order: Mapping[int, int]) -> None:
        self.order = order
        self.stands: list[Stand] = []
        self.stays: list[Stay] = []
        self.held_since: datetime | None = None
        self.closed_from: int | None = None

    def through(self, facts: Sequence[Fact]) -> History:
        self._begin(facts[0])
        for fact in facts[1:]:
            if fact.kind == "enter":
                self._enter(fact)
            elif fact.kind in CLOSING:
                self._close(fact)
            elif fact.kind == "reopen":
                self._reopen(fact)
            elif fact.kind == "hold":
                self._hold(fact)
            elif fact.kind == "resume":
                self._resume(fact)
            elif fact.kind == "migrate":
                self._migrate(fact)
            else:
                self._stand(fact)
        visited = Counter(stay.stage for stay in self.stays)
        stays = tuple(replace(stay, again=visited[stay.stage] > 1) for stay in self.stays)
        return History(tuple(self.stands), stays)

    @property
    def now(self) -> Stand:
        return self.stands[-1]

    def _begin(self, fact: Fact) -> None:
        assert fact.stage is not None and fact.owner is not None
        amount = fact.amount if fact.amount is not None else Decimal(0)
        base = fact.base_amount if fact.base_amount is not None else amount
        first = Stand(
            since=fact.at,
            until=None,
            outcome="open",
            stage=fact.stage,
            owner=fact.owner,
            unit=fact.unit,
            amount=amount,
            currency=fact.currency,
            base_amount=base,
            expected_on=fact.expected_on,
            probability=fact.probability,
            category=fact.category,
        )
        self.stands.append(first)
        self._arrive(fact.stage, fact.at, "first")

    def _enter(self, fact: Fact) -> None:
        assert fact.stage is not None
        if self.now.outcome in CLOSING:
            self._reopen(fact)  # an imported history may forget to say so
        elif self.now.outcome == "on_hold":
            self._resume(fact)
        here = self.now.stage
        if here == fact.stage:
            self._stand(fact)
            return
        way = "forward" if here is None or self.order[fact.stage] > self.order[here] else "back"
        self._leave(fact.at, way, to=fact.stage)
        self._stand(fact, stage=fact.stage)
        self._arrive(fact.stage, fact.at, way)

    def _close(self, fact: Fact) -> None:
        if self.now.outcome in CLOSING:
            self._stand(fact, outcome=fact.kind)  # closed once more: the last word counts
            return
        self._end_hold(fact.at)
        self.closed_from = self.now.stage
        # The visit leaves with the amount the deal stood at: a loss at its last amount, a win at the amount won.
        if fact.kind == "won":
            self._stand(fact, outcome=fact.kind)
            self._leave(fact.at, fact.kind)
        else:
            self._leave(fact.at, fact.kind)
            self._stand(fact, outcome=fact.kind)

    def _reopen(self, fact: Fact) -> None:
        if self.now.outcome not in CLOSING:
            return
        back_to = fact.stage if fact.kind == "reopen" and fact.stage is not None else self.closed_from
        self._stand(fact, outcome="open", stage=back_to)
        if back_to is not None:
            self._arrive(back_to, fact.at, "reopen")

    def _hold(self, fact: Fact) -> None:
        if self.now.outcome == "open":
            self._stand(fact, outcome="on_hold")
            self.held_since = fact.at

    def _resume(self, fact: Fact) -> None:
        if self.now.outcome == "on_hold":
            self._end_hold(fact.at)
            self._stand(fact, outcome="open")

    def _migrate(self, fact: Fact) -> None:
        """A changed funnel renames the stage the deal stands in: no step of the deal's own, the stay goes on."""
        self._stand(fact, stage=fact.stage)
        if self.stays and self.stays[-1].left_at is None and fact.stage is not None:
            self.stays[-1] = replace(self.stays[-1], stage=fact.stage)

    def _stand(self, fact: Fact, *, outcome: str | None = None, stage: int | None = None) -> None:
        former = self.now
        changed = replace(
            former,
            since=fact.at,
            until=None,
            outcome=outcome or former.outcome,
            stage=stage if stage is not None else former.stage,
            owner=fact.owner if fact.owner is not None else former.owner,
            unit=fact.unit if fact.owner is not None else former.unit,
            amount=fact.amount if fact.amount is not None else former.amount,
            base_amount=fact.base_amount if fact.base_amount is not None else former.base_amount,
            currency=fact.currency or former.currency,
            expected_on=fact.expected_on if fact.expected_on is not None else former.expected_on,
            probability=fact.probability if fact.kind == "probability" else former.probability,
            category=fact.category if fact.kind == "category" else former.category,
        )
        if former.since == fact.at:
            self.stands[-1] = changed  # two facts at one instant: nobody ever saw the state between them
        else:
            self.stands[-1] = replace(former, until=fact.at)
            self.stands.append(changed)

    def _arrive(self, stage: int, at: datetime, by: str) -> None:
        now = self.now
        self.stays.append(Stay(stage, at, by, now.owner, now.unit, now.base_amount))

    def _leave(self, at: datetime, by: str, to: int | None = None) -> None:
        if not self.stays or self.stays[-1].left_at is not None:
            return
        now = self.now
        self.stays[-1] = replace(
            self.stays[-1],
            left_at=at,
            left_by=by,
            left_to=to,
            left_owner=now.owner,
            left_unit=now.unit,
            left_amount=now.base_amount,
        )

    def _end_hold(self, at: datetime) -> None:
        if self.held_since is None:
            return
        held = int((at - self.held_since).total_seconds())
        self.held_since = None
        if self.stays and self.stays[-1].left_at is None:
            self.stays[-1] = replace(self.stays[-1], held_seconds=self.stays[-1].held_seconds + held)
