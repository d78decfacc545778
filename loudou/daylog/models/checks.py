"""Spot checks of day logs (F30)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loudou.daylog.models.logs import DayLog
from loudou.people.access import Owned, Relation


class SpotCheck(models.Model):
    """A log that is checked: drawn by lot (`seed` lets anybody draw again) or for its red flags; never changed once told."""

    class Reason(models.TextChoices):
        RANDOM = "random", _("drawn by lot")
        TARGETED = "targeted", _("for its red flags")

    class Result(models.TextChoices):
        VERIFIED = "verified", _("true")
        UNVERIFIABLE = "unverifiable", _("nobody reached")
        FALSE = "false", _("not true")

    log = models.OneToOneField(DayLog, on_delete=models.PROTECT, related_name="check_made")
    week = models.DateField()  # its Monday
    reason = models.CharField(_("why it is checked"), max_length=8, choices=Reason.choices)
    seed = models.CharField(max_length=40, blank=True)
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    result = models.CharField(_("outcome"), max_length=12, choices=Result.choices, blank=True)
    finding = models.TextField(_("what was found"), blank=True)
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("checked by"),
    )
    checked_at = models.DateTimeField(_("checked at"), null=True)
    version = models.PositiveIntegerField(default=1)

    objects = Owned["SpotCheck"].as_manager()
    access = Relation(see="daylog.see_checks", owner="log__user", unit="log__unit")

    class Meta:
        indexes = [models.Index(fields=["-week", "-id"], name="spotcheck_week")]
        constraints = [
            models.CheckConstraint(
                condition=Q(result="", checked_at=None) | ~Q(result="") & ~Q(checked_at=None),
                name="checked_with_a_result",
            )
        ]

    def __str__(self) -> str:
        return str(self.log)
