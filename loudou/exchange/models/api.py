"""What the REST door remembers: replies to repeat, and how much of its allowance each caller has used."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Reply(models.Model):
    """The first answer to a POST that came with an `Idempotency-Key`, to be given again to the same POST.

    Written in the transaction of the act itself, so that there is a reply exactly when there was an act. `key` is
    the SHA-256 of the caller's key, `request` that of method, path and body. Kept for a day at least.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    request = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_reply_a_key")]
        indexes = [models.Index(fields=["made_at"], name="reply_made")]

    def __str__(self) -> str:
        return f"{self.status} to {self.user_id}"


class Allowance(models.Model):
    """How many requests a caller has made since their minute began: one row a token, session or address.

    The table is not logged: a crash forgets it, which harms nobody and saves a disk write a request.
    """

    caller = models.CharField(max_length=80, primary_key=True)
    began_at = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.caller}: {self.used}"
