"""How targets are followed up: notes at the end of weeks and months, causes and measures of what is behind."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loudou.kernel.periods import Period
from loudou.people.access import Owned, Relation
from loudou.people.models import Unit
from loudou.targets.models import Target


class Note(models.Model):
    """What somebody says of a week or month that is over (R011): of their own results, or of their unit's."""

    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    text = models.CharField(_("evaluation"), max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = Owned["Note"].as_manager()
    access = Relation(see="targets.see", owner="person", unit="unit")

    class Meta:
        ordering = ["-starts_on", "ends_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "person", "starts_on", "ends_on"],
                nulls_distinct=False,
                name="one_note_a_period",
            ),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="note_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.person or self.unit} {self.starts_on}"

    @property
    def period(self) -> Period:
        """The week or month."""
        return Period(self.starts_on, self.ends_on)


class Ask(models.Model):
    """The owner of a target that is behind was asked for causes and measures (R012, R017)."""

    target = models.OneToOneField(Target, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    gap = models.DecimalField(max_digits=12, decimal_places=6)  # attainment − time progress when it was asked
    causes = models.CharField(_("causes"), max_length=1000, blank=True)
    answered_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return str(self.target)


class Measure(models.Model):
    """What somebody does about a target, by when, and what came of it."""

    class State(models.TextChoices):
        OPEN = "open", _("under way")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(_("measure"), max_length=300)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("responsible")
    )
    due_on = models.DateField(_("due"))
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.OPEN)
    result = models.CharField(_("result"), max_length=600, blank=True)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    reminded_on = models.DateField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = Owned["Measure"].as_manager()
    access = Relation(see="targets.see", owner="target__person", unit="target__unit", giver="owner")

    class Meta:
        ordering = ["state", "due_on", "id"]
        indexes = [
            models.Index(fields=["due_on", "id"], condition=Q(state="open"), name="measure_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open") | ~Q(result=""), name="measure_ends_with_a_result"
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]
