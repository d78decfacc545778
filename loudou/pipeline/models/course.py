"""A deal's way through each stage: what conversion and stage times are read from."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from loudou.people.models import Unit
from loudou.pipeline.models.deal import Deal
from loudou.pipeline.models.funnel import Stage
from loudou.pipeline.models.lasting import Stayed


class Course(models.Model):
    """One deal's way through one stage it reached, derived from its moves (`figures/courses.py`).

    `reached_at` is when it first stood in the stage or beyond it, with owner, unit and base amount of then;
    `entered_at` when it was first in the stage itself (NULL: jumped over), `next_at` first in the one after it,
    `passed_at` first beyond it, `backed_at` first stepped back out of it. `lost_at` is the loss the deal stands in,
    `won_at` the win.
    `spent` are microseconds in it that are over, holds not counted; where the deal stands in it now (`is_here`) the
    time runs on since `since`, unless it rests. An odd one cannot tell by itself how it stood at an instant before
    `ended_at`, when the deal last left the stage; of others `entered_at` and `spent` tell that.
    Deals whose dates are not known (C21) have none.
    """

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="courses", db_index=False)
    stage = models.ForeignKey(
        Stage, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    reached_at = models.DateTimeField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    unit = models.ForeignKey(
        Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    entered_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    passed_at = models.DateTimeField(null=True)
    backed_at = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(null=True)
    is_here = models.BooleanField(default=False)
    spent = models.BigIntegerField(default=0)
    since = models.DateTimeField(null=True)
    is_odd = models.BooleanField(default=False)
    void_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    won_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deal", "stage"], name="one_course_a_stage")]
        indexes = [
            models.Index(
                fields=["stage", "reached_at"],
                include=[
                    *("unit", "owner", "amount", "entered_at", "passed_at", "backed_at", "lost_at"),
                    *("void_at", "is_odd", "deal", "won_at"),
                ],
                name="course_reached",
            ),
            models.Index(
                fields=["stage", "entered_at"],
                include=[
                    *("unit", "owner", "reached_at", "spent", "is_here", "since", "passed_at", "next_at"),
                    *("void_at", "is_odd", "deal"),
                ],
                condition=~models.Q(entered_at=None),
                name="course_entered",
            ),
            # Those whose times before they ended only their deals' states tell.
            models.Index(
                fields=["entered_at"],
                include=[
                    *("stage", "deal", "unit", "owner", "reached_at", "passed_at"),
                    *("backed_at", "lost_at", "next_at", "void_at", "id", "spent", "ended_at"),
                ],
                condition=models.Q(is_odd=True) & ~models.Q(entered_at=None),
                name="course_odd",
            ),
            models.Index(
                fields=["reached_at"],
                include=[
                    *("stage", "deal", "unit", "owner", "amount", "entered_at", "passed_at"),
                    *("backed_at", "lost_at", "void_at", "id", "won_at"),
                ],
                condition=models.Q(is_odd=True),
                name="course_odd_reached",
            ),
            # Who was in a stage at an instant, by how long that lasted: a short stretch of each step.
            models.Index(
                Stayed(),
                "entered_at",
                include=["stage", "deal", "spent", "is_here", "is_odd", "ended_at"],
                condition=~models.Q(entered_at=None),
                name="course_stayed",
            ),
            models.Index(
                fields=["deal"],
                include=["stage", "spent", "since"],
                condition=models.Q(is_here=True, since__isnull=False, void_at=None),
                name="course_here",
            ),
            # All that is asked of a unit's courses: of a few of all units nothing else is looked up.
            models.Index(
                fields=["unit", "stage", "reached_at"],
                include=[
                    *(
                        "owner",
                        "amount",
                        "entered_at",
                        "passed_at",
                        "backed_at",
                        "lost_at",
                        "void_at",
                        "is_odd",
                    ),
                    *("deal", "spent", "is_here", "since", "next_at", "ended_at", "id", "won_at"),
                ],
                name="course_unit",
            ),
            models.Index(fields=["owner", "stage", "reached_at"], name="course_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.stage_id}"
