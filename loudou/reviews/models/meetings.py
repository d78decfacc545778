"""Weekly meetings of a unit (R153): agenda, minutes, decisions, and actions that are tasks."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loudou.people.access import Owned, Relation
from loudou.people.models import Unit
from loudou.tasks.models import Task


class Meeting(models.Model):
    """A meeting of a unit. `agenda` is what the records put before it (see `assembling`), kept as it was on the day.

    `previous` is the meeting of the unit before it, whose actions it follows up.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        HELD = "held", _("held")
        CANCELLED = "cancelled", _("called off")

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    chair = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("chaired by"),
    )
    attendees = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    starts_at = models.DateTimeField(_("when"))
    place = models.CharField(_("where"), max_length=120, blank=True)
    previous = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="following")
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.PLANNED)
    agenda = models.JSONField(default=list)
    assembled_at = models.DateTimeField()
    minutes = models.TextField(_("minutes of the meeting"), blank=True)
    decisions = ArrayField(models.CharField(max_length=300), verbose_name=_("decisions"), default=list)
    held_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = Owned["Meeting"].as_manager()
    access = Relation(see="reviews.see", owner="chair", unit="unit", watchers="attendees")

    class Meta:
        indexes = [
            models.Index(fields=["-starts_at", "-id"], name="meeting_at"),
            models.Index(fields=["unit", "-starts_at", "-id"], name="meeting_unit"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="held") | ~Q(held_at=None) & ~Q(minutes=""), name="held_with_minutes"
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | ~Q(reason=""), name="meeting_called_off_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit.name} {self.starts_at:%Y-%m-%d}"


class Action(models.Model):
    """What a meeting gave somebody to do: a task like any other, followed up by the next meeting."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="actions")
    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="action")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.task)
