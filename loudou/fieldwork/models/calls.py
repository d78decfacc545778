"""Phone records (电话记录卡, F13): who rang, what about, what was answered, who follows it up."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Customer
from loudou.fieldwork.models.activities import Activity
from loudou.people.access import Owned, Relation
from loudou.people.models import Unit
from loudou.pipeline.models import Deal
from loudou.tasks.models import Task
from loudou.ui.search import SearchField, matches, search_index


class PhoneCalls(Owned["PhoneCall"]):
    """Vocabulary of phone records."""

    def standing(self, instant: datetime | None = None) -> PhoneCalls:
        """Those that were not annulled (by an instant)."""
        stood = Q(annulled_at=None)
        return self.filter(stood if instant is None else stood | Q(annulled_at__gte=instant))

    def waiting(self) -> PhoneCalls:
        """Those that somebody still has to follow up."""
        return self.standing().exclude(owner=None).filter(ended_at=None)

    def found(self, text: str, *, whole_phone: bool) -> PhoneCalls:
        """Those a typed text finds: by who rang, the customer, the number or the record's own number."""
        return self.filter(matches(text, whole_numbers=whole_phone))


class PhoneCall(models.Model):
    """A call that somebody answered, from a customer or from a colleague. Never changed: a wrong one is annulled.

    `owner` has to follow it up until `due_on`, with a `task` of theirs that brings `result` and `ended_at` here. A call
    from a customer we know is an `activity` as well, so that it counts among the contacts (M42).
    """

    class Caller(models.TextChoices):
        CUSTOMER = "customer", _("customer")
        COLLEAGUE = "colleague", _("salesperson")

    code = models.CharField(_("number"), max_length=60, unique=True)
    caller = models.CharField(_("who rang"), max_length=9, choices=Caller.choices)
    name = models.CharField(_("caller's name"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)  # E.164, else as it was written
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    deal = models.ForeignKey(Deal, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    colleague = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField(_("time"))
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True)
    matter = models.TextField(_("matter"))
    reply = models.TextField(_("reply"), blank=True)
    taker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("call taken by"),
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("followed up by"),
    )
    due_on = models.DateField(_("due on"), null=True)
    result = models.CharField(_("result"), max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True)
    task = models.OneToOneField(Task, null=True, on_delete=models.SET_NULL, related_name="+")
    activity = models.OneToOneField(
        Activity, null=True, on_delete=models.PROTECT, related_name="phone_record"
    )
    channel = models.CharField(max_length=10)
    recorded_at = models.DateTimeField()
    annulled_at = models.DateTimeField(null=True)
    annulled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    annulled_reason = models.CharField(max_length=300, blank=True)
    search = SearchField()
    version = models.PositiveIntegerField(default=1)

    objects = PhoneCalls.as_manager()
    access = Relation(see="fieldwork.see_calls", owner="taker", unit="unit", giver="owner")
    guarded = {"phone": "customers.see_phone"}  # hidden in history from who may not read it

    class Meta:
        indexes = [
            search_index("phonecall_search"),
            models.Index(fields=["-at", "-id"], name="phonecall_at"),
            models.Index(fields=["taker", "-at", "-id"], name="phonecall_taker"),
            models.Index(fields=["unit", "-at", "-id"], name="phonecall_unit"),
            models.Index(fields=["owner", "-at", "-id"], condition=~Q(owner=None), name="phonecall_owner"),
            models.Index(
                fields=["customer", "-at", "-id"], condition=~Q(customer=None), name="phonecall_customer"
            ),
            models.Index(
                fields=["-at", "-id"],
                condition=~Q(owner=None) & Q(ended_at=None, annulled_at=None),
                name="phonecall_waiting",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner=None, due_on=None) | ~Q(owner=None) & ~Q(due_on=None),
                name="followed_up_by_a_day",
            ),
            models.CheckConstraint(
                condition=Q(annulled_at=None) | ~Q(annulled_reason=""), name="call_annulled_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()

    @property
    def rang_as(self) -> str:
        """As whom they rang: a customer, a colleague, or somebody the house does not know."""
        unknown = self.customer_id is None and self.colleague_id is None
        return str(_("unknown caller")) if unknown else self.get_caller_display()

    @property
    def is_waiting(self) -> bool:
        """Whether somebody still has to follow it up."""
        return self.owner_id is not None and self.ended_at is None and self.annulled_at is None
