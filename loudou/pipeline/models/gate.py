"""What has been shown and done at a stage."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from loudou.pipeline.models.deal import Deal
from loudou.pipeline.models.funnel import EvidenceKind, StageTask
from loudou.pipeline.models.parts import File


class Evidence(models.Model):
    """A promotion mark shown for a deal, by whom and on what ground; it can be withdrawn, never deleted.

    `source` says where it comes from: `person`, or the record of a higher room that handed it down (`visit:7`).
    """

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="evidence")
    kind = models.ForeignKey(EvidenceKind, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    file = models.ForeignKey(File, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=60, default="person")
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    given_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["deal", "kind"], condition=Q(withdrawn_at=None), name="one_evidence_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind_id} on {self.deal_id}"


class TaskDone(models.Model):
    """A stage task that was done for a deal."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="tasks_done")
    task = models.ForeignKey(StageTask, on_delete=models.PROTECT, related_name="+")
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    done_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deal", "task"], name="a_task_done_once")]

    def __str__(self) -> str:
        return f"{self.task_id} on {self.deal_id}"
