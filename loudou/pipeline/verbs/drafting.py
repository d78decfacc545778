"""Changing the draft of a funnel stage by stage; the first change begins one from the version in force."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from loudou.journal.record import lock, verb
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.pipeline.figures.drafting import placed
from loudou.pipeline.models import Funnel, FunnelVersion
from loudou.pipeline.queries.funnels import draft_of, specs
from loudou.pipeline.verbs._stages import StagePlan, plan_of
from loudou.pipeline.verbs.funnels import edit_draft

Plans = list[StagePlan]


@verb
def set_stage(
    funnel: Funnel, *, stage: StagePlan, by: User | None, version: int | None = None
) -> FunnelVersion:
    """Put a stage into the draft: in place of the one with its code, or after the last one.

    `version` as for `edit_draft`, which says what a stage may be.
    """

    def change(plans: Plans) -> Plans:
        codes = [plan.code for plan in plans]
        if stage.code in codes:
            at = codes.index(stage.code)
            return [*plans[:at], stage, *plans[at + 1 :]]
        return [*plans, stage]

    return _redraft(funnel, change, by=by, version=version)


@verb
def place_stage(
    funnel: Funnel, *, code: str, to: int, by: User | None, version: int | None = None
) -> FunnelVersion:
    """Put a stage of the draft at another place, counted from 0; beyond the ends is at the end."""
    return _redraft(funnel, lambda plans: placed(plans, _at(plans, code), to), by=by, version=version)


@verb
def remove_stage(funnel: Funnel, *, code: str, by: User | None, version: int | None = None) -> FunnelVersion:
    """Take a stage out of the draft; deals that stand in it stay there until they are migrated."""

    def change(plans: Plans) -> Plans:
        at = _at(plans, code)
        return [*plans[:at], *plans[at + 1 :]]

    return _redraft(funnel, change, by=by, version=version)


def _redraft(
    funnel: Funnel, change: Callable[[Plans], Plans], *, by: User | None, version: int | None
) -> FunnelVersion:
    require(by, "pipeline.set_up")
    fresh = lock(funnel)
    base = draft_of(fresh) or fresh.current
    plans = [plan_of(spec) for spec in specs(base)] if base is not None else []
    return edit_draft(fresh, stages=change(plans), by=by, version=version)


def _at(plans: Plans, code: str) -> int:
    codes = [plan.code for plan in plans]
    if code not in codes:
        raise Refused(_("This stage is no longer in the draft; look at it again."))
    return codes.index(code)
