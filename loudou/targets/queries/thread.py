"""The thread of a negotiation as it lies beside the sheet: what was said last, and what the proposal would change there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from loudou.kernel.numbers import ZERO, Ratio
from loudou.people.models import User
from loudou.targets.figures.decompose import Check
from loudou.targets.models import Negotiation, Round, Target
from loudou.targets.queries.agreeing import check_of

MOST_ROUNDS = 40


@dataclass(frozen=True)
class Offer:
    """What a row of the sheet has as its whole, and what is proposed for it; amounts in the base currency."""

    key: str
    name: str
    before: Decimal | None
    after: Decimal


@dataclass(frozen=True)
class Thread:
    """A negotiation beside its sheet. `rounds` are the latest, oldest first; `count` is how many there are."""

    talk: Negotiation
    rounds: Sequence[Round]
    count: int
    offers: Sequence[Offer]
    check: Check
    ratio: Ratio
    may_say: bool

    @property
    def taken(self) -> dict[str, str]:
        """By row what taking the proposal into the sheet writes, where it is another amount."""
        return {one.key: str(one.after) for one in self.offers if one.after != one.before}

    @property
    def carried(self) -> tuple[Decimal, Decimal]:
        """What the people carry on the sheet, and as it is proposed."""
        people = [one for one in self.offers if one.key.startswith("p")]
        before = sum((one.before for one in people if one.before is not None), ZERO)
        return before, sum((one.after for one in people), ZERO)


def thread_of(talk: Negotiation, *, may_say: bool = False) -> Thread:
    """A thread, to be written in or only read (four queries)."""
    latest = list(talk.rounds.select_related("by").order_by("-number")[:MOST_ROUNDS])
    check, ratio = check_of(talk)
    return Thread(
        talk,
        latest[::-1],
        latest[0].number if latest else 0,
        _offers(talk),
        check,
        ratio,
        may_say,
    )


def _offers(talk: Negotiation) -> list[Offer]:
    """The unit first, then its people by name; nothing once it stands in the sheet."""
    if talk.proposed is None or talk.state == Negotiation.State.APPROVED:
        return []
    people = list(User.objects.filter(username__in=talk.parts).order_by("name_key", "pk"))
    stored = Target.objects.undivided().filter(
        Q(unit=talk.unit, person=None) | Q(person__in=people),
        metric=talk.metric,
        starts_on=talk.starts_on,
        ends_on=talk.ends_on,
    )
    stands: dict[int | None, Decimal] = dict(stored.values_list("person", "base_amount"))
    return [
        Offer(f"u{talk.unit_id}", talk.unit.name, stands.get(None), talk.proposed),
        *(
            Offer(f"p{one.pk}", one.name, stands.get(one.pk), Decimal(talk.parts[one.username]))
            for one in people
        ),
    ]
