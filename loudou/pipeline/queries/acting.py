"""Reading what can be done to a deal from where it stands."""

from __future__ import annotations

from datetime import datetime, timedelta

from loudou.people.access import may
from loudou.people.models import User
from loudou.pipeline.models import Deal, Move, StageSpec
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.models.history import MoveKind
from loudou.pipeline.queries.funnels import previous_specs, specs

UNDO_FOR = timedelta(minutes=1)


def stages_ahead(deal: Deal) -> list[StageSpec]:
    """The stages after the deal's, in order."""
    return [spec for spec in specs(deal.funnel_version_id) if spec.position > deal.spec.position]


def stages_behind(deal: Deal) -> list[StageSpec]:
    """The stages before the deal's, in order."""
    return previous_specs(deal.spec)


def acts_on(deal: Deal, user: User) -> set[str]:
    """The acts that this person may do to the deal and that make sense as it stands, by their URL names."""
    is_open, resting = deal.outcome == Outcome.OPEN, deal.outcome == Outcome.ON_HOLD
    possible = {
        "edit": ("pipeline.edit", True),
        "parts": ("pipeline.edit", deal.is_live),
        "move": ("pipeline.move", is_open and bool(stages_ahead(deal))),
        "skip": ("pipeline.move", is_open and bool(stages_ahead(deal))),
        "step_back": ("pipeline.move", is_open and bool(stages_behind(deal))),
        "win": ("pipeline.close", is_open and not stages_ahead(deal)),
        "lose": ("pipeline.close", deal.is_live),
        "cancel": ("pipeline.close", deal.is_live),
        "invalidate": ("pipeline.close", deal.is_live),
        "hold": ("pipeline.close", is_open),
        "resume": ("pipeline.close", resting),
        "reopen": ("pipeline.close", deal.outcome in (Outcome.LOST, Outcome.CANCELLED)),
        "hand_over": ("pipeline.hand_over", True),
        "follow": ("pipeline.see", True),
    }
    verifying = may(user, "pipeline.confirm_win", deal) and is_open and not stages_ahead(deal)
    found = {name for name, (verb, fits) in possible.items() if fits and may(user, verb, deal)}
    return found | {"win"} if verifying else found


def last_step(deal: Deal) -> Move | None:
    """The deal's newest fact, if it is a step forward."""
    newest = Move.objects.filter(deal=deal).order_by("-at", "-id").first()
    if newest is None or newest.kind != MoveKind.ENTER or newest.backward:
        return None
    return newest if Move.objects.filter(deal=deal).count() > 1 else None


def undoable(deal: Deal, user: User, now: datetime) -> bool:
    """Whether the deal's newest fact is a step forward that this person made within the last minute."""
    step = last_step(deal)
    return step is not None and step.by_id == user.pk and now - step.recorded_at <= UNDO_FOR
