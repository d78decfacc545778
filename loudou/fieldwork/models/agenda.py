"""The secret address under which a person's agenda can be read by a calendar program."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class AgendaFeed(models.Model):
    """Whose agenda an address opens; only the digest of its secret is kept, so that it is shown once."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="agenda_feed"
    )
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the secret
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"agenda of {self.user_id}"
