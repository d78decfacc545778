"""Reading how targets are followed up: notes that are due and by whom, measures, what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from loudou.kernel.periods import Fiscal, Grain, Period
from loudou.people.models import User
from loudou.steering.models import Ask, Measure, Note
from loudou.targets.models import Target

LEADING = ("manager", "director", "gm")
MOST = 200


@dataclass(frozen=True)
class Owing:
    """Somebody, or a unit, of whom no evaluation of a period is written; `target` is one that asks for it."""

    target: Target
    period: Period

    @property
    def name(self) -> str:
        """Whose it is."""
        return str(self.target.person or self.target.unit)


def ended(today: date, fiscal: Fiscal) -> list[Period]:
    """The week and the month that ended last, weeks clipped at month ends."""
    return [
        fiscal.of(fiscal.of(today, grain).start - timedelta(days=1), grain)
        for grain in (Grain.WEEK, Grain.MONTH)
    ]


def owing(user: User | None, period: Period) -> list[Owing]:
    """Who had a target in a period and has not evaluated it, as far as one may see; two queries.

    Who left before the period ended is asked no more, and what their unit did its leader evaluates.
    """
    written = set(
        Note.objects.filter(starts_on=period.start, ends_on=period.end).values_list("unit_id", "person_id")
    )
    found: dict[tuple[int | None, int | None], Owing] = {}
    targets = Target.objects.visible_to(user).touching(period).select_related("unit", "person")
    targets = targets.filter(Q(person=None) | Q(person__is_active=True))
    targets = targets.exclude(person__left_on__lt=period.end - timedelta(days=1))
    for target in targets.order_by("unit__path", "person__name_key", "starts_on")[: MOST * 10]:
        key = target.unit_id, target.person_id
        if key not in written:
            found.setdefault(key, Owing(target, period))
    return list(found.values())[:MOST]


def notes_of(target: Target) -> list[Note]:
    """The evaluations of a target's owner within its period, newest first."""
    rows = Note.objects.filter(unit=target.unit, person=target.person)
    within = rows.filter(starts_on__lt=target.ends_on, ends_on__gt=target.starts_on)
    return list(within.select_related("by").order_by("-starts_on")[:30])


def measures_of(target: Target) -> list[Measure]:
    """A target's measures: the open ones first, by their date."""
    return sorted(
        Measure.objects.filter(target=target).select_related("owner"),
        key=lambda one: (one.state != Measure.State.OPEN, one.due_on, one.pk),
    )


def ask_of(target: Target) -> Ask | None:
    """What was asked of a target's owner, and answered."""
    return Ask.objects.filter(target=target).first()


def open_asks(user: User | None) -> Any:
    """What owners of targets that somebody may see were asked and have not answered yet, by their date."""
    rows = Ask.objects.filter(target__in=Target.objects.visible_to(user).order_by().values("pk"))
    waiting = rows.filter(answered_at=None).select_related("target__unit", "target__person")
    return waiting.order_by("due_on", "id")[:MOST]


def open_measures(user: User | None) -> Any:
    """The open measures of targets that somebody may see, or that they shall take themselves."""
    seen = Target.objects.visible_to(user).order_by().values("pk")
    mine = Q(owner=user) if user is not None else Q()
    rows = Measure.objects.filter(Q(target__in=seen) | mine, state=Measure.State.OPEN)
    return rows.select_related("target__unit", "target__person", "owner").order_by("due_on", "id")[:MOST]


def overdue(today: date) -> list[Measure]:
    """Open measures past their date of which nobody was reminded within a week."""
    rows = Measure.objects.filter(state=Measure.State.OPEN, due_on__lt=today)
    late = rows.filter(Q(reminded_on=None) | Q(reminded_on__lte=today - timedelta(days=7)))
    return list(late.select_related("owner", "target")[:MOST])


def answerable(targets: Sequence[Target]) -> dict[int, list[User]]:
    """Who answers for each target: the person, or those who lead the unit; one query."""
    units = {target.unit_id for target in targets if target.person_id is None}
    leaders: dict[int, list[User]] = {}
    for user in User.objects.active().filter(unit__in=units, roles__overlap=list(LEADING)).order_by("pk"):
        leaders.setdefault(user.unit_id or 0, []).append(user)
    return {
        target.pk: [target.person] if target.person is not None else leaders.get(target.unit_id or 0, [])
        for target in targets
    }
