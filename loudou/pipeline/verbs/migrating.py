"""Moving running deals to the version of their funnel that is in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.pipeline import events
from loudou.pipeline.models import (
    Deal,
    Evidence,
    EvidenceKind,
    Funnel,
    FunnelMigration,
    FunnelVersion,
    StageSpec,
    StageTask,
    TaskDone,
)
from loudou.pipeline.queries.funnels import left_behind, specs
from loudou.pipeline.verbs._asking import PROMOTION, SKIP
from loudou.pipeline.verbs._history import add_move, business_time
from loudou.pipeline.verbs._taking import withdraw_moot

AT_ONCE = 50

Mapped = Mapping[int, int]  # stage key → stage key
Marks = Mapping[tuple[int, str], int]  # (stage key, code) → key of the evidence kind or task


@verb
def begin_migration(
    funnel: Funnel, *, mapping: Mapped, by: User | None, version: int | None = None
) -> FunnelMigration:
    """Have every running deal moved to the version in force; the worker does it in steps, `carry_on` is one of them.

    Every stage a running deal stands in must be mapped, or be in the version itself. `version` is the funnel's, so
    that nobody moves deals to a version they have not seen.
    """
    require(by, "pipeline.set_up")
    fresh = lock(funnel, version=version)
    target = _in_force(fresh)
    there = {spec.stage_id for spec in specs(target)}
    left = left_behind(fresh)
    for spec in StageSpec.objects.filter(pk__in=left.values("spec")).select_related("stage"):
        _wanted(spec, mapping, there)
    row = FunnelMigration(
        funnel=fresh,
        target=target,
        mapping={str(former): wanted for former, wanted in mapping.items()},
        begun_by=by,
        begun_at=clock.now(),
        total=left.count(),
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Refused(_("Deals of this funnel are being moved already; wait until it is done.")) from None
    record(events.MIGRATION_BEGUN, fresh, by=by, number=target.number, deals=row.total)
    return row


@verb
def carry_on(migration: FunnelMigration, *, by: User | None, size: int = AT_ONCE) -> FunnelMigration:
    """Move the next deals of a migration that was begun; with none left it ends.

    It goes through deals by their key, from where it was; at the end it looks once more from the beginning for what
    has come to an older version meanwhile (a deal reopened).
    """
    row = lock(migration)
    if row.ended_at is not None:
        return row
    mapping = {int(former): wanted for former, wanted in row.mapping.items()}
    left = left_behind(row.funnel).order_by("pk").values_list("pk", flat=True)
    keys = list(left.filter(pk__gt=row.reached)[:size]) or list(left[:size])
    if keys and row.funnel.current_id == row.target_id:
        row.done += _bring(row.funnel, mapping, row.begun_by, keys)
        row.reached = keys[-1]
    else:
        row.ended_at = clock.now()
        record(
            events.MIGRATION_ENDED,
            row.funnel,
            by=by,
            number=row.target.number,
            deals=row.done,
            notify=_who(row),
        )
    row.save(update_fields=["done", "reached", "ended_at"])
    return row


@verb
def stop_migration(migration: FunnelMigration, *, by: User | None) -> FunnelMigration:
    """End a migration where it stands; deals moved already stay moved."""
    require(by, "pipeline.set_up")
    row = lock(migration)
    if row.ended_at is None:
        row.ended_at, row.stopped = clock.now(), True
        row.save(update_fields=["ended_at", "stopped"])
        record(
            events.MIGRATION_ENDED, row.funnel, by=by, number=row.target.number, deals=row.done, stopped=True
        )
    return row


@verb
def migrate(funnel: Funnel, *, mapping: Mapped, by: User | None, only: Sequence[int] | None = None) -> int:
    """Move running deals to the version in force at once, by a mapping of their stages to its own.

    No deal moves by this: its stay goes on under the new name, and what it has shown stays shown where the new stage
    asks for the same. Open requests for steps from where it no longer stands end. `only` limits it to some deals.
    Returns how many were moved.
    """
    require(by, "pipeline.set_up")
    return _bring(funnel, mapping, by, only)


def _bring(funnel: Funnel, mapping: Mapped, by: User | None, only: Sequence[int] | None) -> int:
    target = _in_force(funnel)
    there = {spec.stage_id: spec for spec in specs(target)}
    running = left_behind(funnel).select_for_update(of=("self",), no_key=True).select_related("spec")
    if only is not None:
        running = running.filter(pk__in=only)
    marks = {model: _marks(model, target) for model in (EvidenceKind, StageTask)}
    deals = list(running.order_by("pk"))
    for deal in deals:
        spec = there[_wanted(deal.spec, mapping, there)]
        _carry_over(deal, mapping, marks)
        if spec.stage_id != deal.spec.stage_id:
            withdraw_moot(deal, PROMOTION, SKIP)
        deal.funnel_version, deal.spec = target, spec
        add_move(deal, "migrate", by=by, when=business_time(deal, None, by), stage=spec.stage)
        record(events.MIGRATED, deal, by=by, number=target.number, stage=spec.names)
    return len(deals)


def _in_force(funnel: Funnel) -> FunnelVersion:
    if funnel.current is None:
        raise Refused(_("There is no version in force."))
    return funnel.current


def _wanted(spec: StageSpec, mapping: Mapped, there: Iterable[int]) -> int:
    wanted = mapping.get(spec.stage_id, spec.stage_id)
    if wanted not in there:
        raise Refused(_("Say where deals in {stage} shall stand.").format(stage=spec), field="mapping")
    return wanted


def _carry_over(deal: Deal, mapping: Mapped, marks: Mapping[Any, Marks]) -> None:
    """Let what a deal has shown and done count at the stages of another version that ask for the same."""
    given = Evidence.objects.filter(deal=deal, withdrawn_at=None).select_related("kind__spec")
    _repoint(Evidence, "kind", given, mapping, marks[EvidenceKind])
    done = TaskDone.objects.filter(deal=deal).select_related("task__spec")
    _repoint(TaskDone, "task", done, mapping, marks[StageTask])


def _repoint(model: Any, column: str, rows: Iterable[Any], mapping: Mapped, marks: Marks) -> None:
    free = dict(marks)
    for row in rows:
        asked = getattr(row, column)
        same = free.pop((mapping.get(asked.spec.stage_id, asked.spec.stage_id), asked.code), None)
        if same is not None and same != asked.pk:
            model.objects.filter(pk=row.pk).update(**{column: same})


def _marks(model: Any, version: FunnelVersion) -> Marks:
    rows = model.objects.filter(spec__version=version)
    return {(stage, code): key for stage, code, key in rows.values_list("spec__stage", "code", "pk")}


def _who(row: FunnelMigration) -> list[User]:
    return [row.begun_by] if row.begun_by is not None else []
