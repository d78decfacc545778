"""A deal's past, for arithmetic: moves are the facts, states and visits what follows from them.

Moves are written once and never changed. States and visits are derived from a deal's moves by
`figures/history/`, in the same transaction and by the same function for a click, an import and a rebuild. What they
refer to the moves refer to, and hold there: they need no constraints of their own. Every index here is written to by
every step of a deal, so there are only those that some figure reads.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from loudou.people.models import Unit
from loudou.pipeline.models.deal import Deal, Outcome, Reason
from loudou.pipeline.models.funnel import Funnel, Stage
from loudou.pipeline.models.lasting import Lasting, Place


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
    UNIT = "unit"
    DELIVERIES = "deliveries"


# Facts by which a deal came to somebody else, or to another unit.
HANDED = ~Q(kind="enter") & (~Q(owner=None) | ~Q(unit=None))


class Move(models.Model):
    """One fact about a deal: what happened `at` (business time), when it was written, by whom, and what it set.

    Only the columns its kind speaks of are filled: `stage` for enter, reopen and migrate, `amount` and
    `base_amount` for amount and won, and so on; `amount` may accompany any kind. `known_at` is the instant from which
    as-known figures see it: `at` for imported history, else `recorded_at` (B0.11). The first move of a deal is its
    birth and carries all first values. A `unit` follows from where its owner belongs: it is taken
    out again when that turns out to have been otherwise.
    """

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="moves", db_index=False)
    kind = models.CharField(max_length=16, choices=MoveKind.choices)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    known_at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    channel = models.CharField(max_length=10)
    stage = models.ForeignKey(Stage, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)
    base_amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    expected_on = models.DateField(null=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    probability = models.DecimalField(max_digits=6, decimal_places=4, null=True)
    category = models.CharField(max_length=12, blank=True)
    reason_code = models.ForeignKey(
        Reason, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField(max_length=500, blank=True)
    skipped = models.PositiveSmallIntegerField(default=0)  # stages jumped over
    backward = models.BooleanField(default=False)
    import_key = models.CharField(max_length=64, null=True)
    stated = models.DecimalField(
        max_digits=18, decimal_places=2, null=True
    )  # the amount an imported row gave
    plan = models.JSONField(null=True)  # of deliveries: date and amount of each; empty: none any more

    class Meta:
        indexes = [
            models.Index(fields=["deal", "at", "id"], name="move_deal"),
            models.Index(fields=["known_at"], include=["deal"], name="move_known"),
            # What was written down after books were closed (C20); rows come in this order, so it is a few pages.
            BrinIndex(fields=["recorded_at"], name="move_written"),
            # The few facts for whose sake a figure as it was known then is not what happened until then: of each step of
            # how late they came those of so long before.
            models.Index(
                Lasting("at", "known_at"),
                "at",
                include=["known_at", "deal"],
                condition=Q(known_at__gt=F("at")),
                name="move_late",
            ),
            models.Index(fields=["at"], include=["deal"], condition=Q(kind="migrate"), name="move_migrate"),
            # Who ever had a deal, and in which unit: one fact in five says it.
            models.Index(
                fields=["deal"],
                include=["owner", "unit"],
                condition=~Q(owner=None) | ~Q(unit=None),
                name="move_whose",
            ),
            models.Index(fields=["at"], include=["deal"], condition=HANDED, name="move_handed"),
            # Why a deal was lost, for every loss of a quarter.
            models.Index(
                fields=["deal", "at", "kind", "-id"],
                include=["reason_code"],
                condition=Q(kind__in=("cancelled", "lost")),
                name="move_lost",
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["import_key"], name="one_move_a_row")]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.kind} {self.at:%Y-%m-%d}"


LIVING = Q(outcome__in=("open", "on_hold"))


class State(models.Model):
    """How a deal stood from one instant to another, `[since, until)`: the as-of picture (waterfall, coverage, F16).

    `until` is NULL for the present state. `void_at` is when the deal turned out invalid, on all its states: from then
    on no figure knows it.
    """

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="states", db_index=False)
    seq = models.PositiveSmallIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    funnel = models.ForeignKey(
        Funnel, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    stage = models.ForeignKey(
        Stage, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=3)
    base_amount = models.DecimalField(max_digits=18, decimal_places=2)
    expected_on = models.DateField(null=True)
    probability = models.DecimalField(max_digits=6, decimal_places=4, null=True)
    category = models.CharField(max_length=12, blank=True)
    void_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deal", "seq"], name="one_state_a_number")]
        indexes = [
            # What stood at an instant, with all that forecast sheets ask of it: of each step of how long states lasted
            # those that began so long before, and no others of all that ended since.
            models.Index(
                Lasting(),
                "since",
                include=[
                    *("until", "stage", "unit", "owner", "base_amount", "void_at"),
                    *("outcome", "expected_on", "probability", "deal", "id", "amount", "currency", "funnel"),
                ],
                condition=Q(outcome__in=("open", "on_hold")),
                name="state_live_lasting",
            ),
            # Parts of the company are a few stretches of an index of their own, and the rows of what stood there then.
            models.Index(Place(), "since", condition=LIVING, name="state_unit_live"),
            models.Index(fields=["unit", "since"], condition=~LIVING, name="state_unit_closed"),
            # How deals were closed, with all that a waterfall asks; and the few closes that were undone.
            models.Index(
                fields=["since"],
                include=[
                    *("until", "deal", "funnel", "outcome"),
                    *("amount", "currency", "base_amount", "expected_on"),
                ],
                condition=~Q(outcome__in=("open", "on_hold")),
                name="state_closed",
            ),
            models.Index(
                fields=["until"],
                include=[
                    *("since", "deal", "funnel", "outcome"),
                    *("amount", "currency", "base_amount", "expected_on"),
                ],
                condition=~Q(outcome__in=("open", "on_hold")) & ~Q(until=None),
                name="state_undone",
            ),
            models.Index(
                fields=["until"],
                include=["stage", "unit", "base_amount", "void_at"],
                condition=Q(outcome__in=("open", "on_hold")),
                name="state_live_until",
            ),
            # The few with a success rate of their own, which no count by month weighs.
            models.Index(
                fields=["until"],
                include=["since", "stage", "unit", "owner", "base_amount", "probability", "void_at"],
                condition=Q(outcome__in=("open", "on_hold"), probability__isnull=False),
                name="state_own_rate",
            ),
            models.Index(fields=["owner", "since"], name="state_owner"),
            # Of deals that were invalid only later than the instant that is asked for.
            models.Index(
                Lasting(),
                "since",
                include=["void_at", "until", "stage", "unit", "owner", "base_amount"],
                condition=Q(outcome__in=("open", "on_hold"), void_at__isnull=False),
                name="state_void",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deal_id}#{self.seq} {self.outcome}"


ODD = Q(again=True) | ~Q(void_at=None)


class Visit(models.Model):
    """One stay in a stage, `[entered_at, left_at)`: what conversion, flow and stage times count.

    `entered_by` says how the deal came in (first, forward, back, reopen), `left_by` how it went (forward, back, won,
    lost, cancelled, invalid), empty while it stands there. A stage jumped over has no visit; `jumped` says how many
    were on the way in. `held_seconds` is the time it rested inside the stay.

    What lies beyond the stay itself is kept with it, so that no figure needs to look at a deal's other stays:
    `left_before_at` and `returned_at` are when the deal left this stage before and entered it after (`again` if it
    did either), `reopened_at` when the close that ended the stay was undone, `void_at` as on states.
    """

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="visits", db_index=False)
    seq = models.PositiveSmallIntegerField()
    funnel = models.ForeignKey(
        Funnel, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    stage = models.ForeignKey(
        Stage, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    entered_at = models.DateTimeField()
    entered_by = models.CharField(max_length=8)
    left_at = models.DateTimeField(null=True)
    left_by = models.CharField(max_length=10, blank=True)
    left_to = models.ForeignKey(
        Stage, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    held_seconds = models.BigIntegerField(default=0)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )  # at entry
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    left_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    left_unit = models.ForeignKey(
        Unit, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    amount = models.DecimalField(max_digits=18, decimal_places=2)  # base amount at entry
    left_amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)  # base amount at leaving
    jumped = models.PositiveSmallIntegerField(default=0)
    left_before_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    again = models.BooleanField(default=False)
    reopened_at = models.DateTimeField(null=True)
    void_at = models.DateTimeField(null=True)
    legacy = models.BooleanField(default=False)  # its dates are not known: not for conversion and times (C21)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deal", "seq"], name="one_visit_a_number")]
        indexes = [
            models.Index(
                fields=["entered_at", "stage"],
                include=["unit", "owner", "entered_by", "jumped", "amount", "again", "void_at"],
                name="visit_entered",
            ),
            models.Index(
                fields=["left_at", "stage"],
                include=[
                    "left_unit",
                    "left_owner",
                    "left_by",
                    "left_amount",
                    "again",
                    "void_at",
                    "reopened_at",
                ],
                condition=~Q(left_at=None),
                name="visit_left",
            ),
            models.Index(
                fields=["left_at"],
                include=[
                    *("left_unit", "left_owner", "left_amount", "stage", "deal", "void_at", "reopened_at"),
                ],
                condition=Q(left_by="won"),
                name="visit_won",
            ),
            models.Index(
                fields=["left_at"],
                include=[
                    *("left_unit", "left_owner", "left_by", "left_amount"),
                    *("stage", "deal", "void_at", "returned_at", "reopened_at"),
                ],
                condition=Q(left_by__in=("cancelled", "lost")),
                name="visit_lost",
            ),
            # What a unit won and lost: of a year a thousand rows among the hundred thousand of the company.
            models.Index(
                fields=["left_unit", "left_at"],
                include=[
                    *("left_by", "left_owner", "left_amount", "stage", "deal", "funnel"),
                    *("void_at", "returned_at", "reopened_at"),
                ],
                condition=Q(left_by__in=("cancelled", "lost", "won")),
                name="visit_closed_unit",
            ),
            models.Index(fields=["owner", "entered_at"], name="visit_owner"),
            models.Index(
                fields=["left_owner", "left_at"], condition=~Q(left_at=None), name="visit_left_owner"
            ),
            # The few that no count by month can hold: see `Tally`.
            models.Index(
                fields=["entered_at"],
                include=[
                    *("stage", "unit", "owner", "entered_by", "jumped", "amount"),
                    *("again", "void_at", "left_before_at"),
                ],
                condition=ODD,
                name="visit_odd_entered",
            ),
            models.Index(
                fields=["left_at"],
                include=[
                    *("stage", "left_unit", "left_owner", "left_by", "left_amount"),
                    *("again", "void_at", "returned_at"),
                ],
                condition=ODD & ~Q(left_at=None),
                name="visit_odd_left",
            ),
            # Closed as invalid and then once more: invalid for a while only.
            models.Index(
                fields=["reopened_at"],
                condition=Q(left_by="invalid") & ~Q(reopened_at=None),
                name="visit_revived",
            ),
            # Lost or won, and reopened: of a past instant closed for a while only.
            models.Index(
                fields=["reopened_at"],
                include=["left_at", "deal", "left_by"],
                condition=Q(left_by__in=("cancelled", "lost", "won")) & ~Q(reopened_at=None),
                name="visit_undone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deal_id}#{self.seq} {self.stage_id}"
