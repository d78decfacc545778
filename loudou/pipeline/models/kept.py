"""What figures of the past came to, and what may have changed them since."""

from __future__ import annotations

from django.db import models


class Kept(models.Model):
    """The sums of a figure of what was known before `until`, under a key that says all that was asked (`pipeline.kept`).

    They hold while every disturbance of what was known then had committed before they were read: `seen` is the
    database's snapshot of that moment. `server` tells which database on which running server that snapshot is of.
    """

    key = models.CharField(max_length=64, primary_key=True)
    until = models.DateTimeField()
    sums = models.JSONField()
    seen = models.TextField()
    server = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key} {self.until:%Y-%m-%d}"


class Disturbance(models.Model):
    """That moves were written, changed or taken out, by which transaction: the earliest of them, and of their becoming known.

    A trigger on moves writes one row a statement, whoever writes the moves.
    """

    xid = models.BigIntegerField(db_index=True)
    written_at = models.DateTimeField()
    at = models.DateTimeField()
    known_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.known_at:%Y-%m-%d}"
