"""Requests for a signature, and the signatures."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from loudou.journal.titles import title
from loudou.people.access import Owned, Relation
from loudou.people.models import Unit


class Requests(Owned["Request"]):
    """Vocabulary of requests."""

    def waiting(self) -> Requests:
        """Those nobody has answered yet."""
        return self.filter(state=Request.State.WAITING)

    def about(self, subject: models.Model) -> Requests:
        """Those about one thing."""
        return self.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)


class Request(models.Model):
    """Somebody asks a superior to sign: what it is about, what shall be done, and the facts to judge it by.

    `act` names what the signature permits (`pipeline.promotion`), `needs` the right the signer must have, `url` the
    named URL of the room that carries it out. `facts` is a list of [label, value] as they stood when asked, in the
    notation of `facts.py`; `content_hash` is the SHA-256 of act, payload and facts that the signature covers.
    `starters` are beginnings of an opinion that the record suggests; used as they stand they are none.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SIGNED = "signed", _("signed")
        RETURNED = "returned", _("returned")
        WITHDRAWN = "withdrawn", _("withdrawn")

    act = models.CharField(max_length=40)
    needs = models.CharField(max_length=40)
    url = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    subject_label = models.CharField(max_length=200)
    payload = models.JSONField(default=dict)
    facts = models.JSONField(default=list)
    starters = models.JSONField(default=list)
    reason = models.TextField(blank=True)
    asker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Whose record it is about: neither they nor the asker sign it (C: nobody approves their own record).
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    # The nearest superior who may sign; None: whoever has the right (sales operations, finance).
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    # Overdue, it waits for the next superior as well; a working day later for the one above them.
    escalated_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    escalated_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(
        null=True
    )  # when the signer first saw it: reading time is part of the record
    opinion = models.TextField(blank=True)
    content_hash = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=1)

    objects = Requests.as_manager()
    access = Relation(see="signoff.see", owner="asker", unit="unit")

    class Meta:
        indexes = [
            # Every page counts what waits: the index alone says it, so that it is read in the order of the list
            # however much waits for somebody.
            models.Index(
                fields=["signer", "due_at", "id"],
                include=["asker", "owner"],
                condition=models.Q(state="waiting"),
                name="request_inbox",
            ),
            models.Index(
                fields=["escalated_to", "due_at", "id"],
                condition=models.Q(state="waiting") & ~models.Q(escalated_to=None),
                name="request_escalated",
            ),
            models.Index(
                fields=["needs", "due_at", "id"],
                condition=models.Q(state="waiting", signer=None),
                name="request_pooled",
            ),
            models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="request_due"),
            models.Index(fields=["subject_type", "subject_id", "-id"], name="request_about"),
            models.Index(fields=["asker", "-id"], name="request_asked"),
            models.Index(fields=["answered_by", "-id"], name="request_answered"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["act", "subject_type", "subject_id"],
                condition=models.Q(state="waiting"),
                name="one_open_request_an_act",
            ),
            models.CheckConstraint(
                condition=models.Q(state="waiting", answered_at=None)
                | ~models.Q(state="waiting") & ~models.Q(answered_at=None),
                name="answered_when_not_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.subject_label}"

    @property
    def title(self) -> str:
        """What it is about, in the reader's language."""
        return title(self.subject_type, self.subject_label)


class Delegations(Owned["Delegation"]):
    """Vocabulary of delegations."""

    def on(self, day: date) -> Delegations:
        """Those in force on a day."""
        return self.filter(first__lte=day, last__gte=day)


class Delegation(models.Model):
    """Somebody else signs for a superior who is away, from `first` to `last`, both included. It does not pass on."""

    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    delegate = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("signs instead")
    )
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = Delegations.as_manager()
    access = Relation(see="signoff.see", owner="signer", unit="unit")

    class Meta:
        indexes = [models.Index(fields=["delegate", "last"], name="delegation_of")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last__gte=models.F("first")), name="delegation_forward"
            ),
            models.CheckConstraint(
                condition=~models.Q(signer=models.F("delegate")), name="delegated_to_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.signer.name} → {self.delegate.name} {self.first} – {self.last}"
