"""Activities: one record of something done with or about a customer."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Customer
from loudou.fieldwork.figures.visits import CONTACTS
from loudou.people.access import Owned, Relation
from loudou.people.models import Unit
from loudou.pipeline.models import Deal


class Activities(Owned["Activity"]):
    """Vocabulary of activities."""

    def known(self, instant: datetime | None = None) -> Activities:
        """Those on record before an instant and not annulled by then; without one, those that stand now."""
        if instant is None:
            return self.filter(annulled_at=None)
        standing = Q(annulled_at=None) | Q(annulled_at__gte=instant)
        return self.filter(standing, at__lt=instant, known_at__lt=instant)

    def contacts(self) -> Activities:
        """Those that reached the customer, with a valid record (M40, R122)."""
        return self.filter(valid=True, kind__in=CONTACTS)


class Activity(models.Model):
    """A visit, a call or the like: when, by whom, with whom, what came of it and what comes next.

    It belongs to who did it, in the unit of that day (B0.8). `valid`: the record holds what it must (M40); `counts`:
    of several valid visits of one person to one customer on one day, those that count. An annulled record stays
    readable and counts no more. `known_at` is when it counts as known: its own time when an import of history
    brought it (B0.11), else when it was recorded.
    """

    class Kind(models.TextChoices):
        VISIT = "visit", _("visit")
        CALL = "call", _("call")
        MEETING = "meeting", _("meeting")
        MESSAGE = "message", _("message")
        EMAIL = "email", _("e-mail")
        DEMO = "demo", _("demonstration")
        PROPOSAL = "proposal", _("proposal")
        OTHER = "other", _("other")

    code = models.CharField(_("number"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    at = models.DateTimeField(_("time"))
    day = models.DateField()  # of `at`, in the organisation's time zone
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="activities",
        db_index=False,
        verbose_name=_("done by"),
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(
        Customer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="activities",
        db_index=False,
        verbose_name=_("customer"),
    )
    deal = models.ForeignKey(
        Deal,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="activities",
        db_index=False,
        verbose_name=_("deal"),
    )
    contact = models.CharField(_("with whom"), max_length=120, blank=True)
    result = models.TextField(_("result"), blank=True)
    next_step = models.CharField(_("next step"), max_length=300, blank=True)
    next_on = models.DateField(_("next step on"), null=True, blank=True)
    channel = models.CharField(max_length=10)  # the door it came through
    valid = models.BooleanField()
    counts = models.BooleanField()
    recorded_at = models.DateTimeField()
    known_at = models.DateTimeField()
    annulled_at = models.DateTimeField(null=True)
    annulled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    annulled_reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = Activities.as_manager()
    access = Relation(see="fieldwork.see", owner="owner", unit="unit")

    class Meta:
        indexes = [
            models.Index(fields=["-at", "-id"], include=["unit", "owner", "kind"], name="activity_at"),
            BrinIndex(
                fields=["recorded_at"], name="activity_written"
            ),  # what came after books were closed (C20)
            models.Index(fields=["annulled_at"], condition=~Q(annulled_at=None), name="activity_annulled"),
            models.Index(fields=["owner", "-at", "-id"], name="activity_owner"),
            models.Index(fields=["unit", "-at", "-id"], name="activity_unit"),
            models.Index(
                fields=["customer", "-at", "-id"], condition=~Q(customer=None), name="activity_customer"
            ),
            models.Index(
                fields=["deal", "-at", "-id"],
                include=["kind", "valid", "counts", "known_at", "annulled_at"],
                condition=~Q(deal=None),
                name="activity_deal",
            ),
            models.Index(fields=["owner", "day"], name="activity_day"),
            models.Index(
                fields=["at"],
                include=["unit", "owner", "deal"],
                condition=Q(kind="visit", counts=True, annulled_at=None),
                name="activity_visits",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(customer=None) | ~Q(deal=None), name="activity_with_somebody"
            ),
            models.CheckConstraint(
                condition=Q(annulled_at=None) | ~Q(annulled_reason=""), name="annulled_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.contact}".strip()

    @property
    def is_annulled(self) -> bool:
        """Whether it was taken out of the count."""
        return self.annulled_at is not None
