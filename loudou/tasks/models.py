"""Tasks: who has to do what by when, about what, set by whom and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Customer
from loudou.people.access import Owned, Relation
from loudou.pipeline.models import Deal
from loudou.tasks.origins import HAND


class Tasks(Owned["Task"]):
    """Vocabulary of tasks."""

    def open(self) -> Tasks:
        """Those that are still to be done."""
        return self.filter(state=Task.State.OPEN)

    def of(self, origin: str, *keys: object) -> Tasks:
        """Those that came from these things of a kind (`tasks.origins`)."""
        return self.filter(origin=origin, origin_key__in=[str(key) for key in keys])


class Task(models.Model):
    """Something a person has to do, by a day or at a time of it, about a deal, a customer or nothing.

    Of one about a deal the customer is the deal's. `setter` gave it, None is the system; who gave it sees and changes
    it like its owner. `origin` and `origin_key` name the thing it came from. It ends `done` with a result, or
    `dropped` with a reason: `outcome` holds either.
    """

    class Priority(models.IntegerChoices):
        HIGH = 1, _("high")
        NORMAL = 2, _("normal")
        LOW = 3, _("low")

    class State(models.TextChoices):
        OPEN = "open", _("to do")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    code = models.CharField(_("number"), max_length=60, unique=True)
    title = models.CharField(_("what is to be done"), max_length=200)
    note = models.TextField(_("details"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="tasks",
        db_index=False,
        verbose_name=_("to be done by"),
    )
    setter = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    customer = models.ForeignKey(
        Customer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tasks",
        db_index=False,
        verbose_name=_("customer"),
    )
    deal = models.ForeignKey(
        Deal,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tasks",
        db_index=False,
        verbose_name=_("deal"),
    )
    due_on = models.DateField(_("due on"), null=True, blank=True)
    due_time = models.TimeField(_("at"), null=True, blank=True)  # in the organisation's time zone
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority.choices, default=Priority.NORMAL
    )
    origin = models.CharField(max_length=20, default=HAND)
    origin_key = models.CharField(max_length=60, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(_("result"), max_length=500, blank=True)
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField(default=1)

    objects = Tasks.as_manager()
    access = Relation(see="tasks.see", owner="owner", unit="owner__unit", giver="setter")

    class Meta:
        indexes = [
            models.Index(fields=["owner", "due_on", "id"], condition=Q(state="open"), name="task_owner_open"),
            models.Index(fields=["due_on", "id"], condition=Q(state="open"), name="task_open"),
            models.Index(
                fields=["owner", "-ended_at", "-id"], condition=~Q(ended_at=None), name="task_owner_ended"
            ),
            models.Index(fields=["owner", "-id"], name="task_owner"),
            models.Index(fields=["setter", "-id"], condition=~Q(setter=None), name="task_setter"),
            models.Index(fields=["deal", "-id"], condition=~Q(deal=None), name="task_deal"),
            models.Index(fields=["customer", "-id"], condition=~Q(customer=None), name="task_customer"),
            models.Index(fields=["origin", "origin_key"], condition=~Q(origin_key=""), name="task_origin"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None) | ~Q(state="open") & ~Q(ended_at=None),
                name="task_ended_when_it_is_over",
            ),
            models.CheckConstraint(
                condition=~Q(state="dropped") | ~Q(outcome=""), name="task_dropped_with_a_reason"
            ),
            models.CheckConstraint(condition=Q(due_time=None) | ~Q(due_on=None), name="task_time_of_a_day"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.state == Task.State.OPEN
