"""The walk through a deal's moves, from the first to the last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from loudou.pipeline.figures.history._shapes import CLOSING, REOPENING, Fact, History, Stand, Stay


def unfold(facts: Sequence[Fact], order: Mapping[int, int]) -> History:
    """Derive states and visits from moves in order of business time.

    `order` maps every stage of the funnel to its place, so that forward and back can be told. The first fact must be
    an `enter` with owner and amount. Raises `ValueError` for an empty or headless history.
    """
    if not facts or facts[0].kind != "enter" or facts[0].stage is None or facts[0].owner is None:
        raise ValueError("a deal's first move enters its first stage")
    return _Walk(order).through(facts)


class _Walk:
    """The state while walking through the moves; each step says whether it could have happened."""

    def __init__(self, order: Mapping[int, int]) -> None:
        self.order = order
        self.stands: list[Stand] = []
        self.stays: list[Stay] = []
        self.held_since: datetime | None = None
        self.homed: Fact | None = None  # where the owner of a closed deal came to meanwhile

    def through(self, facts: Sequence[Fact]) -> History:
        self._begin(facts[0])
        ignored = [place for place, fact in enumerate(facts) if place and not self._step(fact)]
        void_at = self.stays[-1].left_at if self.now.outcome == "invalid" else None
        stands = tuple(stand._replace(void_at=void_at) for stand in self.stands) if void_at else self.stands
        migrated = tuple(fact.at for fact in facts if fact.kind == "migrate")
        stays = tuple(_beside_each_other(self.stays, void_at))
        return History(tuple(stands), stays, tuple(ignored), migrated)

    @property
    def now(self) -> Stand:
        return self.stands[-1]

    def _begin(self, fact: Fact) -> None:
        assert fact.stage is not None and fact.owner is not None
        amount = fact.amount if fact.amount is not None else Decimal(0)
        first = Stand(
            since=fact.at,
            until=None,
            outcome="open",
            stage=fact.stage,
            owner=fact.owner,
            unit=fact.unit,
            amount=amount,
            currency=fact.currency,
            base_amount=fact.base_amount if fact.base_amount is not None else amount,
            expected_on=fact.expected_on,
            probability=fact.probability,
            category=fact.category,
        )
        self.stands.append(first)
        self._arrive(fact.stage, fact.at, "first")

    def _step(self, fact: Fact) -> bool:
        if fact.kind == "enter":
            return self._enter(fact)
        if fact.kind in CLOSING:
            return self._close(fact)
        if fact.kind == "reopen":
            return self._reopen(fact)
        if fact.kind == "hold":
            return self._hold(fact)
        if fact.kind == "resume":
            return self._resume(fact)
        if fact.kind == "migrate":
            return self._migrate(fact)
        if fact.kind == "unit":
            return self._belong(fact)
        return self._stand(fact)

    def _enter(self, fact: Fact) -> bool:
        assert fact.stage is not None
        if not self._is_live(fact.at):
            return False
        here = self.now.stage
        if here == fact.stage:
            return self._stand(fact)
        way = "forward" if self.order[fact.stage] > self.order[here] else "back"
        self._leave(fact.at, way, to=fact.stage)
        self._stand(fact, stage=fact.stage)
        between = self.order[fact.stage] - self.order[here] - 1
        jumped = between if fact.skipped is None else fact.skipped
        self._arrive(fact.stage, fact.at, way, jumped=jumped if way == "forward" else 0)
        return True

    def _close(self, fact: Fact) -> bool:
        if self.now.outcome in CLOSING:
            self._come_back(_silent(fact.at))  # closed once more: the last close counts
        self._end_hold(fact.at)
        # The visit leaves with the amount the deal stood at: a loss at its last amount, a win at the amount won.
        if fact.kind == "won":
            self._stand(fact, outcome=fact.kind)
            self._leave(fact.at, fact.kind)
        else:
            self._leave(fact.at, fact.kind)
            self._stand(fact, outcome=fact.kind)
        return True

    def _reopen(self, fact: Fact) -> bool:
        if self.now.outcome not in REOPENING:
            return False
        self._come_back(fact)
        return fact.stage is None or self._enter(fact)

    def _hold(self, fact: Fact) -> bool:
        if self.now.outcome != "open":
            return False
        self.held_since = fact.at
        return self._stand(fact, outcome="on_hold")

    def _resume(self, fact: Fact) -> bool:
        if self.now.outcome != "on_hold":
            return False
        self._end_hold(fact.at)
        return self._stand(fact, outcome="open")

    def _migrate(self, fact: Fact) -> bool:
        """A changed funnel renames the stage the deal stands in: no step of the deal's own, the stay goes on."""
        assert fact.stage is not None
        stay = self.stays[-1]
        if stay.left_at is None:
            self.stays[-1] = stay._replace(stage=fact.stage)
            self.stands = [
                stand._replace(stage=fact.stage) if stand.since >= stay.entered_at else stand
                for stand in self.stands
            ]
        return self._stand(fact, stage=fact.stage)

    def _belong(self, fact: Fact) -> bool:
        """Come to a unit with the owner, while the deal is theirs and live; a closed one does when it comes back (B0.8).

        Who came to a stage at this very instant came there in this unit.
        """
        if fact.owner != self.now.owner:
            return True
        if self.now.outcome in CLOSING:
            self.homed = fact
            return True
        stay = self.stays[-1]
        if stay.entered_at == fact.at:
            self.stays[-1] = stay._replace(unit=fact.unit)
        return self._stand(fact)

    def _is_live(self, at: datetime) -> bool:
        """Whether the deal can take a step, woken or brought back where an imported history forgot to say so."""
        if self.now.outcome in REOPENING:
            self._come_back(_silent(at))
        elif self.now.outcome == "on_hold":
            self._end_hold(at)
            self._stand(_silent(at), outcome="open")
        return self.now.outcome == "open"

    def _come_back(self, fact: Fact) -> None:
        """To the stage it was closed from, as a new visit."""
        self.stays[-1] = self.stays[-1]._replace(reopened_at=fact.at)
        home, self.homed = self.homed, None
        if home is not None and home.owner == self.now.owner and fact.owner is None:
            fact = fact._replace(owner=home.owner, unit=home.unit)
        self._stand(fact, outcome="open")
        self._arrive(self.now.stage, fact.at, "reopen")

    def _stand(self, fact: Fact, *, outcome: str | None = None, stage: int | None = None) -> bool:
        former = self.now
        changed = Stand(
            since=fact.at,
            until=None,
            outcome=outcome or former.outcome,
            stage=stage if stage is not None else former.stage,
            owner=fact.owner if fact.owner is not None else former.owner,
            unit=fact.unit if fact.owner is not None else former.unit,
            amount=fact.amount if fact.amount is not None else former.amount,
            currency=fact.currency or former.currency,
            base_amount=fact.base_amount if fact.base_amount is not None else former.base_amount,
            expected_on=fact.expected_on if fact.expected_on is not None else former.expected_on,
            probability=fact.probability if fact.kind == "probability" else former.probability,
            category=fact.category if fact.kind == "category" else former.category,
            plan=fact.plan if fact.plan is not None else former.plan,
        )
        if former.since == fact.at:
            self.stands[-1] = changed  # two facts at one instant: nobody ever saw the state between them
        else:
            self.stands[-1] = Stand(former.since, fact.at, *former[2:])
            self.stands.append(changed)
        return True

    def _arrive(self, stage: int, at: datetime, by: str, *, jumped: int = 0) -> None:
        now = self.now
        self.stays.append(Stay(stage, at, by, now.owner, now.unit, now.base_amount, jumped=jumped))

    def _leave(self, at: datetime, by: str, to: int | None = None) -> None:
        now = self.now
        self.stays[-1] = self.stays[-1]._replace(
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
        self.stays[-1] = self.stays[-1]._replace(held_seconds=self.stays[-1].held_seconds + held)


def _beside_each_other(stays: Sequence[Stay], void_at: datetime | None) -> Iterator[Stay]:
    """The stays, each with what it must know of the others in the same stage and of the deal's end."""
    places: dict[int, list[int]] = defaultdict(list)
    for place, stay in enumerate(stays):
        places[stay.stage].append(place)
    for place, stay in enumerate(stays):
        same = places[stay.stage]
        if len(same) == 1 and void_at is None:
            yield stay
            continue
        number = same.index(place)
        before = stays[same[number - 1]].left_at if number else None
        after = stays[same[number + 1]].entered_at if number + 1 < len(same) else None
        yield stay._replace(left_before_at=before, returned_at=after, void_at=void_at)


def _silent(at: datetime) -> Fact:
    """A fact that says nothing but when."""
    return Fact("", at, at)
