"""Market walks of managers (走动管理, F26)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Customer
from loudou.people.access import Owned, Relation
from loudou.people.models import Unit


class Walks(Owned["Walk"]):
    """Vocabulary of walks."""

    def standing(self) -> Walks:
        """Those that were not annulled."""
        return self.filter(annulled_at=None)


class Walk(models.Model):
    """A manager's day in the field as they tell it. Never changed: what is wrong is annulled and written anew.

    One without a customer counts nowhere (M48).
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("manager"),
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField(_("day"))
    area = models.CharField(_("where"), max_length=120, blank=True)
    beside = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("together with"),
    )
    learned = models.TextField(_("what was learned"), blank=True)
    follows = models.TextField(_("what follows"), blank=True)
    recorded_at = models.DateTimeField()
    annulled_at = models.DateTimeField(null=True)
    annulled_reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = Walks.as_manager()
    access = Relation(see="market.see", owner="owner", unit="unit", companion="beside")

    class Meta:
        indexes = [
            models.Index(fields=["-day", "-id"], name="walk_day"),
            models.Index(fields=["unit", "-day", "-id"], name="walk_unit"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "day"], condition=Q(annulled_at=None), name="one_walk_a_day"
            ),
            models.CheckConstraint(
                condition=Q(annulled_at=None) | ~Q(annulled_reason=""), name="walk_annulled_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner.name} {self.day}"


class Stop(models.Model):
    """Whom a walk led to: a customer, who was met, what they said, what of competitors and prices."""

    walk = models.ForeignKey(Walk, on_delete=models.CASCADE, related_name="stops")
    position = models.PositiveSmallIntegerField()
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    customer_name = models.CharField(_("customer"), max_length=120)
    persons = models.CharField(_("with whom"), max_length=120, blank=True)
    heard = models.TextField(_("what the customer said"), blank=True)
    competitors = models.TextField(_("news of competitors"), blank=True)
    prices = models.TextField(_("prices"), blank=True)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.position} {self.customer_name}"
