"""Showing what a gate asks for."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.pipeline import events
from loudou.pipeline.models import Deal, Evidence, EvidenceKind, File, StageTask, TaskDone
from loudou.pipeline.verbs._gates import touch_gate
from loudou.pipeline.verbs._history import business_time
from loudou.pipeline.verbs._taking import refuse_unless_live, take
from loudou.pipeline.verbs._texts import sane_texts


@verb
def give_evidence(
    deal: Deal,
    *,
    kind: EvidenceKind,
    by: User | None,
    note: str = "",
    file: File | None = None,
    source: str = "person",
    at: datetime | None = None,
) -> Evidence:
    """Show a promotion mark: in words, with a file, or by the record of another room (`source`). Twice is once."""
    fresh = take(deal, "pipeline.edit", by=by)
    if kind.spec.version_id != fresh.funnel_version_id:
        raise Refused(_("This evidence belongs to another funnel."), field="kind")
    refuse_unless_live(fresh)
    present = Evidence.objects.filter(deal=fresh, kind=kind, withdrawn_at=None).first()
    if present is not None:
        return present
    if file is not None and (file.deal_id != fresh.pk or file.removed_at is not None):
        raise Refused(_("The file belongs to another deal."), field="file")
    if kind.needs_file and file is None:
        raise Refused(_("This evidence is a file; attach it."), field="file")
    if source == "person" and file is None and not note.strip():
        raise Refused(_("Say what shows it: who, when, what."), field="note")
    sane_texts(Evidence, {"note": note})
    evidence = Evidence.objects.create(
        deal=fresh,
        kind=kind,
        note=note.strip(),
        file=file,
        source=source,
        given_by=by,
        given_at=business_time(None, at, by, owner=fresh.owner).at,
    )
    touch_gate(fresh)
    record(events.EVIDENCE_GIVEN, fresh, by=by, kind=kind.names, note=evidence.note, source=source)
    return evidence


@verb
def withdraw_evidence(evidence: Evidence, *, by: User | None, reason: str) -> Evidence:
    """Take evidence back that turned out not to hold; it stays on record."""
    deal = take(evidence.deal, "pipeline.edit", by=by)
    fresh = lock(evidence)
    if fresh.withdrawn_at is not None:
        return fresh
    refuse_unless_live(deal)
    if not reason.strip():
        raise Refused(_("Say why it does not hold."), field="reason")
    fresh.withdrawn_at, fresh.withdrawn_by, fresh.withdrawn_reason = clock.now(), by, reason.strip()[:300]
    fresh.save()
    touch_gate(deal)
    record(events.EVIDENCE_WITHDRAWN, deal, by=by, kind=fresh.kind.names, reason=fresh.withdrawn_reason)
    return fresh


@verb
def complete_task(deal: Deal, *, task: StageTask, by: User | None, note: str = "") -> TaskDone:
    """Do a stage task. Twice is once."""
    fresh = take(deal, "pipeline.edit", by=by)
    if task.spec.version_id != fresh.funnel_version_id:
        raise Refused(_("This task belongs to another funnel."), field="task")
    refuse_unless_live(fresh)
    sane_texts(TaskDone, {"note": note})
    done, made = TaskDone.objects.get_or_create(
        deal=fresh, task=task, defaults={"done_by": by, "done_at": clock.now(), "note": note.strip()}
    )
    if made:
        touch_gate(fresh)
        record(events.TASK_DONE, fresh, by=by, task=task.names, note=done.note)
    return done
