"""Open sessions and API tokens."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from loudou.people.models.user import User


class Session(AbstractBaseSession):
    """Django's session, knowing whose it is, so that people can see and end theirs."""

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    started_at = models.DateTimeField(null=True)
    address = models.GenericIPAddressField(null=True)
    device = models.CharField(max_length=200, blank=True)


class Token(models.Model):
    """An API token: shown once, stored as a hash. It may do what its owner may, less what its scope leaves out."""

    SCOPES = ("read", "write")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=60)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of a 256-bit secret needs no slow hash
    scopes = ArrayField(models.CharField(max_length=10), default=list)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Attempt(models.Model):
    """A sign-in that failed: what the lock-out counts, for every door alike."""

    username = models.CharField(max_length=60)  # lower case, as typed: of somebody or of nobody
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["username", "at"], name="attempt_account"),
            models.Index(fields=["address", "at"], name="attempt_address"),
        ]

    def __str__(self) -> str:
        return f"{self.username} from {self.address}"
