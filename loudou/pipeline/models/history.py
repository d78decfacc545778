"""A deal's past, for arithmetic: moves are the facts, states and visits what follows from them.

Moves are written once and never changed. States and visits are derived from a deal's moves by
`figures/history.py`, in the same transaction and by the same function for a click, an import and a rebuild.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from loudou.people.models import Unit
from loudou.pipeline.models.deal import Deal, Outcome, Reason
from loudou.pipeline.models.funnel import Funnel, Stage


class MoveKind(models.TextChoices):
    """What can happen to a deal that figures care about; names as in `contract.md`."""

    ENTER = "enter"
    WON = "won"
    LOST = "lost"
    CANCELLED = "cancelled"
    INVALID = "invalid"
    REOPEN = "reopen"
    HOLD = "hold"
    RESUME = "resume"
    AMOUNT = "amount"
    EXPECTED_CLOSE = "expected_close"
    OWNER = "owner"
    PROBABILITY = "probability"
    CATEGORY = "category"
    MIGRATE = "migrate"


class Move(models.Model):
    """One fact about a deal: what happened `at` (business time), when it was written, by whom, and what it set.

    Only the columns its kind speaks of are filled: `stage` for enter, reopen and migrate, `amount` and
    `base_amount` for amount and won, and so on; `amount` may accompany any kind. `known_at` is the instant from which
    as-known figures see it: `at` for imported history, else `recorded_at` (B0.11). The first move of a deal is its
    birth and carries all first values.
    """

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="moves")
    kind = models.CharField(max_length=16, choices=MoveKind.choices)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    known_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10)
    stage = models.ForeignKey(Stage, null=True, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)
    base_amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    expected_on = models.DateField(null=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    probability = models.DecimalField(max_digits=6, decimal_places=4, null=True)
    category = models.CharField(max_length=12, blank=True)
    reason_code = models.ForeignKey(Reason, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    skipped = models.PositiveSmallIntegerField(default=0)  # stages jumped over
    backward = models.BooleanField(default=False)
    import_key = models.CharField(max_length=64, null=True, unique=True)

    class Meta:
        indexes = [models.Index(fields=["deal", "at", "id"], name="move_deal")]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.kind} {self.at:%Y-%m-%d}"


class State(models.Model):
    """How a deal stood from one instant to another, `[since, until)`: the as-of picture (waterfall, coverage, F16).

    `until` is NULL for the present state. `day` and `until_day` are the same as days of the organisation.
    """

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="states")
    seq = models.PositiveSmallIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    funnel = models.ForeignKey(Funnel, on_delete=models.PROTECT, related_name="+")
    stage = models.ForeignKey(Stage, null=True, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=3)
    base_amount = models.DecimalField(max_digits=18, decimal_places=2)
    expected_on = models.DateField(null=True)
    probability = models.DecimalField(max_digits=6, decimal_places=4, null=True)
    category = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deal", "seq"], name="one_state_a_number")]
        indexes = [
            models.Index(
                fields=["since", "until"], condition=Q(outcome__in=("open", "on_hold")), name="state_live"
            ),
            models.Index(fields=["owner", "since"], name="state_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.deal_id}#{self.seq} {self.outcome}"


class Visit(models.Model):
    """One stay in a stage, `[entered_at, left_at)`: what conversion, flow and stage times count.

    `entered_by` says how the deal came in (first, forward, back, reopen), `left_by` how it went (forward, back, won,
    lost, cancelled, invalid), empty while it stands there. A stage jumped over has no visit. `held_seconds` is the
    time it rested inside the stay. `again` marks stays of a deal in a stage it stayed in more than once: figures
    that count a deal once treat those few apart.
    """

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="visits")
    seq = models.PositiveSmallIntegerField()
    funnel = models.ForeignKey(Funnel, on_delete=models.PROTECT, related_name="+")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    entered_by = models.CharField(max_length=8)
    left_at = models.DateTimeField(null=True)
    left_by = models.CharField(max_length=10, blank=True)
    left_to = models.ForeignKey(Stage, null=True, on_delete=models.PROTECT, related_name="+")
    held_seconds = models.BigIntegerField(default=0)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )  # at entry
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    left_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    left_unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=18, decimal_places=2)  # base amount at entry
    left_amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)  # base amount at leaving
    again = models.BooleanField(default=False)
    legacy = models.BooleanField(default=False)  # its dates are not known: not for conversion and times (C21)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deal", "seq"], name="one_visit_a_number")]
        indexes = [
            models.Index(
                fields=["entered_at", "stage"],
                include=["unit", "owner", "entered_by", "amount", "again"],
                name="visit_entered",
            ),
            models.Index(
                fields=["left_at", "stage"],
                include=["left_unit", "left_owner", "left_by", "left_amount", "again"],
                condition=~Q(left_at=None),
                name="visit_left",
            ),
            models.Index(fields=["owner", "entered_at"], name="visit_owner"),
            models.Index(
                fields=["left_owner", "left_at"], condition=~Q(left_at=None), name="visit_left_owner"
            ),
            models.Index(fields=["deal"], condition=Q(again=True), name="visit_again"),
        ]

    def __str__(self) -> str:
        return f"{self.deal_id}#{self.seq} {self.stage_id}"
