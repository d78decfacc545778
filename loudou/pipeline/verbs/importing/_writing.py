"""Writing the pasts of many deals at once, and all that is derived from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from loudou.journal.bulk import copy_in, copy_lines, reserve_keys, update_rows
from loudou.pipeline.figures.history import History
from loudou.pipeline.models import Course, Deal, DeliveryPart, Move, State, Visit
from loudou.pipeline.queries.funnels import stage_order
from loudou.pipeline.queries.gates import counts_of
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
from loudou.pipeline.verbs.importing._past import MOVE_COLUMNS, Past
from loudou.ui.prepared import among

_DEAL_COLUMNS = (
    *("spec", "outcome", "owner", "unit", "amount", "currency", "base_amount", "erp_amount", "expected_on"),
    *("probability", "category", "created_at", "touched_at"),
    *("stage_since", "stage_warn_at", "stage_limit_at"),
    *("closed_at", "reason", "review", "close_verified_at", "held_at", "wake_on", "gate_done", "gate_total"),
    *("pushes", "backs", "skips", "amount_jumps", "reopen_count", "off_funnel", "known_late", "legacy"),
    *("brought", "planned", "funnel_version", "version"),
)


def write(pasts: Sequence[Past]) -> None:
    """Write everything that was arranged."""
    if not pasts:
        return
    keys = [past.deal.pk for past in pasts]
    for past in pasts:
        past.deal.version += 1
    fresh = [move for past in pasts for move in _in_sequence(past)]
    if gone := [move.pk for past in pasts for move in past.gone]:
        Move.objects.filter(among(gone)).delete()
    changed = [move for past in pasts for move in past.line if past.is_changed(move)]
    update_rows(Move, changed, MOVE_COLUMNS)
    for move, key in zip(fresh, reserve_keys(Move, len(fresh)), strict=True):
        move.pk = key
    copy_in(Move, fresh, with_keys=True)
    for model in (State, Visit, Course, DeliveryPart):
        model._default_manager.filter(among(keys, "deal")).delete()
    write_derived((past.deal, _history_of(past)) for past in pasts)
    _count_gates([past.deal for past in pasts])
    update_rows(Deal, [past.deal for past in pasts], _DEAL_COLUMNS)


def write_derived(pairs: Iterable[tuple[Deal, History]]) -> None:
    """COPY the states, visits, courses and deliveries of deals that have none.

    Courses ask which versions of the funnel there were: they are made before their COPY begins, for the connection takes
    no question while it runs and would wait for itself for ever.
    """
    together = list(pairs)
    copy_lines(State, STATE, (line for deal, history in together for line in state_lines(deal, history)))
    copy_lines(Visit, VISIT, (line for deal, history in together for line in visit_lines(deal, history)))
    orders = {funnel: stage_order(funnel) for funnel in {deal.funnel_id for deal, _history in together}}
    ways = [
        line for deal, history in together for line in course_lines(deal, history, orders[deal.funnel_id])
    ]
    copy_lines(Course, COURSE, ways)
    parts = [line for deal, history in together for line in delivery_lines(deal, history)]
    if parts:
        copy_lines(DeliveryPart, DELIVERY, parts)


def _count_gates(deals: Sequence[Deal]) -> None:
    """Bring the counts of shown evidence up to date (unsaved)."""
    for deal, (done, total) in zip(deals, counts_of(deals), strict=True):
        deal.gate_done, deal.gate_total = done, total


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


def _history_of(past: Past) -> History:
    assert past.history is not None
    return past.history
