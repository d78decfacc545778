"""Early warnings, and how far the watch has looked."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loudou.people.access import Owned, Relation
from loudou.people.models import Unit
from loudou.pipeline.models import Deal
from loudou.warnings.events import HOW
from loudou.warnings.figures.signs import SIGNS


class EarlyWarnings(Owned["EarlyWarning"]):
    """Vocabulary of warnings."""

    def standing(self) -> EarlyWarnings:
        """Those whose sign is still there."""
        return self.filter(ended_at=None)

    def waiting(self) -> EarlyWarnings:
        """Those that wait for an answer."""
        return self.filter(ended_at=None, state=EarlyWarning.State.OPEN)


class EarlyWarning(models.Model):
    """A sign that something goes wrong with a deal, from when it was raised until it ended.

    `state` is what people answered, `how` what became of it: one never follows from the other. Whose it is while it
    stands follows the deal; `owner` and `unit` are who had the deal when it was last looked at, and so when it ended.
    `since` is the stay in the stage it is about, `comes_at` when the problem is to come. One that is not `announced`
    is a problem that came without a warning: it ends as it begins.
    """

    class State(models.TextChoices):
        OPEN = "open", _("to be answered")
        DONE = "done", _("being done")
        SNOOZED = "snoozed", _("put off")
        DISPUTED = "disputed", _("disputed")
        DISMISSED = "dismissed", _("dispute accepted")

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="warnings", db_index=False)
    sign = models.CharField(max_length=20)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    amount = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    number = models.PositiveIntegerField(default=0)  # days, times or items when it was last looked at
    since = models.DateTimeField(null=True)
    comes_at = models.DateTimeField(null=True)
    announced = models.BooleanField(default=True)
    raised_at = models.DateTimeField()

    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    asked_at = models.DateTimeField()  # since when it waits for an answer
    level = models.PositiveSmallIntegerField(default=0)  # how many superiors know that nobody answered
    until = models.DateField(_("until"), null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    ended_at = models.DateTimeField(null=True)
    how = models.CharField(max_length=10, choices=list(HOW.items()), blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = EarlyWarnings.as_manager()
    access = Relation(
        see="warnings.see",
        owner="deal__owner",
        unit="deal__unit",
        watchers="deal__followers",
        helpers="deal__team",
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["-level", "-amount", "-id"], condition=Q(ended_at=None), name="warning_standing"
            ),
            models.Index(fields=["state", "asked_at"], condition=Q(ended_at=None), name="warning_waiting"),
            models.Index(
                fields=["ended_at"],
                include=["how", "sign", "owner", "unit", "amount", "announced"],
                condition=~Q(ended_at=None),
                name="warning_ended",
            ),
            models.Index(fields=["deal", "-id"], name="warning_deal"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["deal", "sign"], condition=Q(ended_at=None), name="one_standing_warning_a_sign"
            ),
            models.CheckConstraint(condition=Q(sign__in=SIGNS), name="warning_sign"),
            models.CheckConstraint(
                condition=Q(ended_at=None, how="") | ~Q(ended_at=None) & ~Q(how=""),
                name="warning_ended_somehow",
            ),
            models.CheckConstraint(
                condition=~Q(state="snoozed") | ~Q(until=None) & ~Q(reason=""),
                name="put_off_until_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.deal.title

    @property
    def is_standing(self) -> bool:
        """Whether its sign is still there."""
        return self.ended_at is None


class Watch(models.Model):
    """How far the watch has looked: on which day last at every deal, until which instant at those that changed."""

    whole_on = models.DateField(null=True)
    looked_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_watch")]

    def __str__(self) -> str:
        return str(_("the watch"))

    @classmethod
    def kept(cls) -> tuple[date | None, datetime | None]:
        """How far it has looked."""
        row = cls.objects.first()
        return (row.whole_on, row.looked_until) if row is not None else (None, None)
