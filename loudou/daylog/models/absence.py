"""Days on which somebody does not work although others do."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loudou.people.access import Owned, Relation
from loudou.people.models import Unit


class Absence(models.Model):
    """From `first` to `last`, both included; nothing is due of a person on these days (C4: excused)."""

    class Kind(models.TextChoices):
        LEAVE = "leave", _("leave")
        SICK = "sick", _("sick leave")
        TRAINING = "training", _("training")
        OTHER = "other", _("other")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="absences", verbose_name=_("person")
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.LEAVE)
    note = models.CharField(_("note"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = Owned["Absence"].as_manager()
    access = Relation(see="daylog.see", owner="user", unit="unit")

    class Meta:
        indexes = [models.Index(fields=["last", "first"], name="absence_days")]
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="absence_forward"),
            models.UniqueConstraint(fields=["user", "first"], name="one_absence_a_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.user.name} {self.first} – {self.last}"

    def holds(self, day: date) -> bool:
        """Whether somebody is away on a day."""
        return self.first <= day <= self.last
