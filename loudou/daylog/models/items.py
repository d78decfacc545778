"""What is due on a day, and the help somebody asks for."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loudou.daylog.models.logs import DayLog
from loudou.people.access import Owned, Relation
from loudou.people.models import Unit, User


class Items(Owned["Item"]):
    """Vocabulary of items."""

    def left_open(self, user: User, day: date) -> Items:
        """What somebody had to do before a day, and neither did nor carried on."""
        return self.filter(user=user, due_on__lt=day, closed_on=None, cause="")


class Item(models.Model):
    """Something to get done on a day (日事日毕). Not done, it says why and goes on as a new item of another day.

    `since` is the day it was first due, so that what is carried shows its age.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("person"),
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    text = models.CharField(_("what is to be done"), max_length=300)
    due_on = models.DateField(_("due on"))
    since = models.DateField()
    closed_on = models.DateField(_("done on"), null=True)
    cause = models.CharField(_("why not"), max_length=300, blank=True)
    carried_from = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="carried_into"
    )
    planned_in = models.ForeignKey(DayLog, null=True, on_delete=models.PROTECT, related_name="items")
    version = models.PositiveIntegerField(default=1)

    objects = Items.as_manager()
    access = Relation(see="daylog.see", owner="user", unit="unit")

    class Meta:
        indexes = [
            models.Index(fields=["user", "due_on"], name="item_user"),
            models.Index(fields=["due_on", "unit"], include=["user", "closed_on"], name="item_due"),
            models.Index(fields=["-due_on", "-id"], condition=Q(closed_on=None, cause=""), name="item_open"),
        ]
        constraints = [models.CheckConstraint(condition=Q(due_on__gte=F("since")), name="item_forward")]

    def __str__(self) -> str:
        return self.text

    @property
    def is_open(self) -> bool:
        """Whether it is neither done nor carried on."""
        return self.closed_on is None and not self.cause

    @property
    def age(self) -> int:
        """For how many days it has been carried."""
        return (self.due_on - self.since).days

    def age_on(self, today: date) -> int:
        """For how many days it has not been done: up to today while it is open, up to its day once it is carried."""
        until = self.closed_on or (max(self.due_on, today) if self.is_open else self.due_on)
        return (until - self.since).days


class Support(models.Model):
    """A call for help from the field and the answer to it (F27)."""

    asker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    log = models.ForeignKey(DayLog, null=True, on_delete=models.PROTECT, related_name="support")
    matter = models.TextField(_("help needed"))
    asked_at = models.DateTimeField(_("asked at"))
    due_at = models.DateTimeField()
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("answered by"),
    )
    version = models.PositiveIntegerField(default=1)

    objects = Owned["Support"].as_manager()
    access = Relation(see="daylog.see", owner="asker", unit="unit")

    class Meta:
        indexes = [
            models.Index(fields=["-asked_at", "-id"], name="support_asked"),
            models.Index(fields=["due_at"], condition=Q(answered_at=None), name="support_open"),
        ]

    def __str__(self) -> str:
        return self.matter[:60]
