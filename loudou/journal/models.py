"""What history is kept in."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """One thing that happened. The database numbers and chains it, and refuses to change or delete it.

    `digest` is the SHA-256 of the entry's content, `hash` that of the previous entry's hash, this id and this digest
    (the migration holds both formulas; `verify.py` recomputes them).
    """

    at = models.DateTimeField()
    event = models.CharField(max_length=60)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField(null=True)
    subject_label = models.CharField(max_length=200)
    particulars = models.JSONField(default=dict)
    request_id = models.UUIDField()
    channel = models.CharField(max_length=10)
    digest = models.BinaryField(editable=False)
    hash = models.BinaryField(editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-id"], name="journal_about"),
            models.Index(fields=["actor", "-id"], name="journal_by"),
            models.Index(fields=["event", "-id"], name="journal_event"),
            models.Index(fields=["at"], name="journal_at"),
            models.Index(fields=["request_id"], name="journal_request"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject_label}"


class Notice(models.Model):
    """An entry that somebody should hear of, inside the program."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recipient", "entry"], name="one_notice_an_entry")]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="notice_mine"),
            models.Index(fields=["recipient"], condition=models.Q(read_at=None), name="notice_unread"),
            models.Index(
                fields=["recipient", "id"],
                condition=models.Q(read_at=None, mailed_at=None),
                name="notice_unmailed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient_id} ← {self.entry_id}"


class Delivery(models.Model):
    """A message that must leave the house: written with the act that causes it, sent at least once by the worker."""

    class Kind(models.TextChoices):
        MAIL = "mail", _("mail")

    message_id = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    recipient = models.CharField(max_length=254)
    payload = models.JSONField()
    enclosed = models.BinaryField(null=True)  # a file; let go of once it has left
    urgent = models.BooleanField(default=False, db_default=False)  # somebody stands before a shut door
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["-urgent", "due_at"],
                condition=models.Q(sent_at=None, given_up_at=None),
                name="delivery_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.recipient}"
