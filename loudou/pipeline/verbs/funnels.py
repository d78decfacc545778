"""Making and changing funnels: a draft is edited freely, publishing makes it the version in force."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import Unit, User
from loudou.pipeline import events
from loudou.pipeline.models import (
    Deal,
    EvidenceKind,
    Funnel,
    FunnelVersion,
    Reason,
    Stage,
    StageSpec,
    StageTask,
)
from loudou.pipeline.models.deal import LIVE
from loudou.pipeline.models.funnel import Category
from loudou.pipeline.queries.funnels import specs
from loudou.pipeline.queries.gates import FIELDS
from loudou.pipeline.verbs._gates import recount
from loudou.pipeline.verbs._history import add_move, business_time

Names = dict[str, str]
MOST_STAGES = 12


@dataclass(frozen=True)
class EvidencePlan:
    """A promotion mark as it is wanted."""

    code: str
    names: Names
    hint: Names = field(default_factory=dict)
    required: bool = True
    needs_file: bool = False


@dataclass(frozen=True)
class TaskPlan:
    """A stage task as it is wanted."""

    code: str
    names: Names
    form: str = ""
    required: bool = False
    due_days: int | None = None


@dataclass(frozen=True)
class StagePlan:
    """A stage as it is wanted. An empty code makes a new stage; a known one keeps its identity in history."""

    code: str
    names: Names
    probability: Decimal
    category: str = Category.PIPELINE
    objective: Names = field(default_factory=dict)
    norm: Names = field(default_factory=dict)
    warn_days: int | None = None
    max_days: int | None = None
    required_fields: tuple[str, ...] = ()
    confirm_entry: bool = False
    confirm_amount: Decimal | None = None
    evidence: tuple[EvidencePlan, ...] = ()
    tasks: tuple[TaskPlan, ...] = ()


@verb
def add_funnel(
    *,
    code: str,
    names: Names,
    stages: Sequence[StagePlan],
    by: User | None,
    business: str = "",
    in_use: bool = True,
) -> Funnel:
    """Make a funnel with a first draft; nobody can use it before it is published."""
    require(by, "pipeline.set_up")
    funnel = Funnel(code=code, names=_named(names), business=business)
    if not in_use:
        funnel.retired_at = clock.now()
    try:
        with transaction.atomic():
            funnel.save()
    except IntegrityError:
        raise Refused(_("A funnel with the code “{code}” exists.").format(code=code), field="code") from None
    draft = FunnelVersion.objects.create(funnel=funnel, number=1)
    _write_stages(draft, stages)
    record(events.FUNNEL_ADDED, funnel, by=by, code=code)
    return funnel


@verb
def edit_draft(
    funnel: Funnel, *, stages: Sequence[StagePlan], by: User | None, version: int | None = None
) -> FunnelVersion:
    """Replace the draft of a funnel, making one from the version in force where there is none."""
    require(by, "pipeline.set_up")
    fresh = lock(funnel)
    draft = fresh.versions.filter(published_at=None).first()
    if draft is None:
        last = fresh.versions.order_by("-number").first()
        draft = FunnelVersion.objects.create(funnel=fresh, number=(last.number if last else 0) + 1)
    elif version is not None:
        draft = lock(draft, version=version)
    draft.stages.all().delete()
    _write_stages(draft, stages)
    draft.version += 1
    draft.save(update_fields=["version"])
    record(events.FUNNEL_EDITED, fresh, by=by, number=draft.number, stages=[plan.names for plan in stages])
    return draft


@verb
def discard_draft(funnel: Funnel, *, by: User | None) -> Funnel:
    """Throw the draft away; the version in force stays."""
    require(by, "pipeline.set_up")
    fresh = lock(funnel)
    if fresh.current_id is not None:
        fresh.versions.filter(published_at=None).delete()
        record(events.FUNNEL_EDITED, fresh, by=by, number=None, stages=[])
    return fresh


@verb
def publish(funnel: Funnel, *, by: User | None, note: str = "") -> FunnelVersion:
    """Put the draft in force for new deals; running ones stay on their version until they are migrated."""
    require(by, "pipeline.set_up")
    fresh = lock(funnel)
    draft = fresh.versions.filter(published_at=None).first()
    if draft is None:
        raise Refused(_("There is no draft to publish."))
    _check(specs(draft, whole=True))
    draft.published_at, draft.published_by, draft.note = clock.now(), by, note.strip()[:300]
    draft.save()
    fresh.current = draft
    fresh.version += 1
    fresh.save(update_fields=["current", "version"])
    record(events.FUNNEL_PUBLISHED, fresh, by=by, number=draft.number, note=draft.note)
    return draft


@verb
def set_funnel(
    funnel: Funnel,
    *,
    by: User | None,
    version: int | None = None,
    names: Names | None = None,
    business: str | None = None,
    units: Sequence[Unit] | None = None,
    is_default: bool | None = None,
    in_use: bool | None = None,
) -> Funnel:
    """Change what a funnel is called, who may use it, whether it is the default, and whether it is in use at all."""
    require(by, "pipeline.set_up")
    fresh = lock(funnel, version=version)
    if names is not None:
        fresh.names = _named(names)
    if business is not None:
        fresh.business = business.strip()[:80]
    if units is not None:
        fresh.units.set(units)
    if is_default and not fresh.is_default:
        Funnel.objects.select_for_update().filter(is_default=True).update(is_default=False)
        fresh.is_default = True
    if in_use is False and fresh.is_default:
        raise Refused(_("The default funnel stays in use; make another one the default first."))
    if in_use is not None:
        fresh.retired_at = None if in_use else fresh.retired_at or clock.now()
    fresh.version += 1
    fresh.save()
    record(
        events.FUNNEL_RETIRED if in_use is False else events.FUNNEL_EDITED,
        fresh,
        by=by,
        names=fresh.names,
        units=list(fresh.units.all()),
        is_default=fresh.is_default,
    )
    return fresh


@verb
def migrate(
    funnel: Funnel, *, mapping: dict[int, int], by: User | None, only: Sequence[int] | None = None
) -> int:
    """Move running deals to the version in force, by a mapping of their stages to its own (stage key → stage key).

    Every stage a running deal stands in must be mapped. No deal moves by this: its stay goes on under the new name.
    Returns how many deals were moved.
    """
    require(by, "pipeline.set_up")
    fresh = lock(funnel)
    target = fresh.current
    assert target is not None
    there = {spec.stage_id: spec for spec in specs(target)}
    running = Deal.objects.select_for_update(of=("self",)).filter(funnel=fresh, outcome__in=LIVE)
    running = running.exclude(funnel_version=target).select_related("spec")
    if only is not None:
        running = running.filter(pk__in=only)
    count = 0
    for deal in running.order_by("pk"):
        wanted = mapping.get(deal.spec.stage_id, deal.spec.stage_id)
        if wanted not in there:
            raise Refused(
                _("Say where deals in {stage} shall stand.").format(stage=deal.spec), field="mapping"
            )
        deal.funnel_version, deal.spec = target, there[wanted]
        add_move(deal, "migrate", by=by, when=business_time(deal, None, by), stage_id=wanted)
        recount(deal)
        deal.save(update_fields=["gate_done", "gate_total", "owed_evidence"])
        record(events.MIGRATED, deal, by=by, number=target.number, stage=str(there[wanted]))
        count += 1
    return count


@verb
def set_reason(
    *,
    kind: str,
    code: str,
    names: Names,
    by: User | None,
    asks_competitor: bool = False,
    position: int = 0,
    retired: bool = False,
) -> Reason:
    """Add or change a reason for losing, cancelling or invalidating; one in use is retired, never deleted."""
    require(by, "pipeline.set_up")
    code = code or _free_code(Reason.objects.filter(kind=kind), names)
    reason = Reason.objects.select_for_update().filter(kind=kind, code=code).first() or Reason(
        kind=kind, code=code
    )
    reason.names, reason.asks_competitor, reason.position = _named(names), asks_competitor, position
    reason.retired_at = (reason.retired_at or clock.now()) if retired else None
    reason.version += 1
    reason.save()
    record(events.REASON_SET, reason, by=by, kind=kind, names=names, retired=retired)
    return reason


def _write_stages(draft: FunnelVersion, plans: Sequence[StagePlan]) -> None:
    if not 1 <= len(plans) <= MOST_STAGES:
        raise Refused(_("A funnel has 1 to {n} stages.").format(n=MOST_STAGES), field="stages")
    codes: set[str] = set()
    for position, plan in enumerate(plans):
        code = plan.code or _free_code(draft.funnel.stages.all(), plan.names)
        if code in codes:
            raise Refused(_("Two stages have the code “{code}”.").format(code=code), field="stages")
        codes.add(code)
        stage, _made = Stage.objects.get_or_create(funnel=draft.funnel, code=code)
        if not 0 <= plan.probability <= 1:
            raise Refused(_("A success rate lies between 0 and 100 %."), field="stages")
        unknown = set(plan.required_fields) - set(FIELDS)
        if unknown:
            raise Refused(_("There is no field “{name}”.").format(name=sorted(unknown)[0]), field="stages")
        spec = StageSpec.objects.create(
            version=draft,
            stage=stage,
            position=position,
            names=_named(plan.names),
            probability=plan.probability,
            category=plan.category,
            objective=plan.objective,
            norm=plan.norm,
            warn_days=plan.warn_days,
            max_days=plan.max_days,
            required_fields=list(plan.required_fields),
            confirm_entry=plan.confirm_entry,
            confirm_amount=plan.confirm_amount,
        )
        EvidenceKind.objects.bulk_create(
            EvidenceKind(
                spec=spec,
                code=item.code or f"e{place + 1}",
                names=_named(item.names),
                hint=item.hint,
                position=place,
                required=item.required,
                needs_file=item.needs_file,
            )
            for place, item in enumerate(plan.evidence)
        )
        StageTask.objects.bulk_create(
            StageTask(
                spec=spec,
                code=item.code or f"t{place + 1}",
                names=_named(item.names),
                form=item.form,
                position=place,
                required=item.required,
                due_days=item.due_days,
            )
            for place, item in enumerate(plan.tasks)
        )


def _check(stages: Sequence[StageSpec]) -> None:
    rates = [spec.probability for spec in stages]
    if any(later < earlier for earlier, later in itertools.pairwise(rates)):
        raise Refused(_("Success rates must not fall from one stage to the next."), field="stages")
    for spec in stages:
        if spec.warn_days and spec.max_days and spec.warn_days > spec.max_days:
            raise Refused(_("{stage}: the warning comes after the limit.").format(stage=spec), field="stages")


def _named(names: Names) -> Names:
    kept = {language: text.strip()[:80] for language, text in names.items() if text and text.strip()}
    if not kept:
        raise Refused(_("It needs a name."), field="names")
    return kept


def _free_code(taken: Any, names: Names) -> str:
    base = slugify(names.get("en", ""))[:30] or "s"
    codes = set(taken.values_list("code", flat=True))
    if base not in codes and base != "s":
        return base
    return next(f"{base}{number}" for number in range(1, 10_000) if f"{base}{number}" not in codes)
