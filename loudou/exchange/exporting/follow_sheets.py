"""How targets are agreed and followed up, as files: negotiations, measures, evaluations."""

from __future__ import annotations

from datetime import tzinfo

from django.utils.translation import gettext_lazy

from loudou.exchange.exporting.cells import Cell
from loudou.exchange.exporting.sheet import Filters, Rows, Sheet
from loudou.people.models import Unit, User
from loudou.people.queries import organisation
from loudou.steering.models import Measure, Note
from loudou.targets.models import Negotiation


def _negotiations(user: User | None, filters: Filters) -> Rows:
    seen = Negotiation.objects.visible_to(user).exclude(state=Negotiation.State.DROPPED)
    return seen.select_related("unit").prefetch_related("rounds").order_by("id")


def _negotiation(row: Negotiation, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    said = [turn.text for turn in row.rounds.all()][-1:]
    words = row.specific, row.attainable, row.relevant, row.comment
    head = row.unit.code, row.metric, organisation().fiscal.name(row.period)
    return (
        *head,
        row.envelope,
        row.proposed,
        "".join(said) or None,
        *(word or None for word in words),
    )


def _measures(user: User | None, filters: Filters) -> Rows:
    seen = Measure.objects.visible_to(user)
    return seen.select_related("target__unit", "target__person", "owner").order_by("id")


def _measure(row: Measure, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    target = row.target
    about = target.metric, organisation().fiscal.name(target.period)
    told = row.text, row.owner.username, row.due_on, row.state, row.result or None
    return *_whose(target.unit, target.person), *about, *told


def _notes(user: User | None, filters: Filters) -> Rows:
    return Note.objects.visible_to(user).select_related("unit", "person").order_by("id")


def _note(row: Note, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return *_whose(row.unit, row.person), organisation().fiscal.name(row.period), row.text


def _whose(unit: Unit | None, person: User | None) -> tuple[Cell, Cell]:
    return unit.code if unit is not None else None, person.username if person is not None else None


FOLLOW_SHEETS = (
    Sheet(
        "negotiations",
        gettext_lazy("Negotiations of targets"),
        (
            *("unit_code", "metric", "period", "envelope", "proposed", "text"),
            *("specific", "attainable", "relevant", "comment"),
        ),
        "targets.see",
        _negotiations,
        _negotiation,
    ),
    Sheet(
        "measures",
        gettext_lazy("Measures"),
        (
            *("unit_code", "username", "metric", "period", "text"),
            *("owner_username", "due_on", "state", "result"),
        ),
        "targets.see",
        _measures,
        _measure,
    ),
    Sheet(
        "evaluations",
        gettext_lazy("Evaluations"),
        ("unit_code", "username", "period", "text"),
        "targets.see",
        _notes,
        _note,
    ),
)
