"""Forecasts handed in: every number ever submitted, and the organisation's rules for them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loudou.forecasts.figures.cycle import LEVELS
from loudou.kernel.periods import Fiscal, Period
from loudou.people.access import Owned, Relation
from loudou.people.models import Unit, User
from loudou.pipeline.models import Deal

_HOUR = [MinValueValidator(0), MaxValueValidator(23)]


class Level(models.TextChoices):
    """Who answers for a number: a person, a manager for the department, a director for the centre."""

    REP = "rep", _("person")
    MANAGER = "manager", _("department manager")
    DIRECTOR = "director", _("centre director")


def level_of(user: User) -> Level:
    """The level somebody forecasts at, the highest of their roles."""
    return level_with(user.roles)


def level_with(roles: Collection[str]) -> Level:
    """The level at which somebody with these roles forecasts."""
    if "director" in roles or "gm" in roles:
        return Level.DIRECTOR
    return Level.MANAGER if "manager" in roles else Level.REP


class Terms(models.Model):
    """The organisation's rules: how large an error each level may make, when numbers are due, when they are locked."""

    class Grain(models.TextChoices):
        MONTH = "month", _("month")
        QUARTER = "quarter", _("quarter")

    grain = models.CharField(
        _("people forecast by"), max_length=8, choices=Grain.choices, default=Grain.MONTH
    )
    rep_limit = models.DecimalField(
        _("error a person may make"), max_digits=5, decimal_places=4, default=Decimal("0.35")
    )
    manager_limit = models.DecimalField(
        _("error a manager may make"), max_digits=5, decimal_places=4, default=Decimal("0.25")
    )
    director_limit = models.DecimalField(
        _("error a director may make"), max_digits=5, decimal_places=4, default=Decimal("0.20")
    )
    rep_hour = models.PositiveSmallIntegerField(_("people hand in by, o'clock"), default=12, validators=_HOUR)
    manager_hour = models.PositiveSmallIntegerField(
        _("managers hand in by, o'clock"), default=18, validators=_HOUR
    )
    director_hour = models.PositiveSmallIntegerField(
        _("directors hand in by, o'clock"), default=12, validators=_HOUR
    )
    lock_workday = models.PositiveSmallIntegerField(
        _("locked on working day"), default=3, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    lock_hour = models.PositiveSmallIntegerField(_("locked at, o'clock"), default=18, validators=_HOUR)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_set_of_terms")]

    def __str__(self) -> str:
        return str(_("rules of the forecast"))

    def limit(self, level: str) -> Decimal:
        """The error a level may make."""
        return {
            Level.REP: self.rep_limit,
            Level.MANAGER: self.manager_limit,
            Level.DIRECTOR: self.director_limit,
        }[Level(level)]


class Verdict(models.TextChoices):
    """Whether a deal is counted on; open is a judgement taken back."""

    IN = "in", _("counted in")
    OUT = "out", _("counted out")
    OPEN = "open", _("not judged")


class Submissions(Owned["Submission"]):
    """Vocabulary of submissions."""

    def of(self, period: Period) -> Submissions:
        """Of exactly this period."""
        return self.filter(first=period.start, end=period.end)

    def inside(self, period: Period) -> Submissions:
        """Of periods that lie wholly in this one."""
        return self.filter(first__gte=period.start, end__lte=period.end)

    def locked(self, at: datetime) -> Submissions:
        """Those that were the official numbers at an instant."""
        return self.filter(Q(void_at=None) | Q(void_at__gte=at), locked_at__lt=at)


class Submission(models.Model):
    """One number somebody handed in for a period; never changed, a new one comes after it.

    `base` is what they started from: the roll-up of the numbers below, for a person what the funnel says. The columns
    are what the funnel said at that moment, in the base currency: won so far, open by forecast category, weighted, and
    what a manager's own judgement of the deals came to.
    Locked it is the official number of the period; reopened (`void_at`) it was that until then. `limit` is the error its
    level might make when it was locked: rules set later judge later numbers.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    level = models.CharField(_("forecast level"), max_length=8, choices=Level.choices)
    first = models.DateField()
    end = models.DateField()
    number = models.PositiveSmallIntegerField()  # 1 for the first of a person and period

    base = models.DecimalField(_("number from below"), max_digits=18, decimal_places=2)
    submitted = models.DecimalField(_("forecast"), max_digits=18, decimal_places=2)
    reason = models.CharField(_("reason of the adjustment"), max_length=300, blank=True)
    comment = models.CharField(_("comment"), max_length=600, blank=True)

    weighted = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    closed = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    commit = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    most_likely = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    best_case = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    pipeline = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    omitted = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    judged = models.DecimalField(max_digits=18, decimal_places=2, null=True)  # won so far and deals judged in

    deadline = models.DateTimeField(null=True)
    is_late = models.BooleanField(default=False)
    submitted_at = models.DateTimeField()
    locked_at = models.DateTimeField(null=True)
    limit = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    void_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=300, blank=True)

    objects = Submissions.as_manager()
    access = Relation(see="forecasts.see", owner="user", unit="unit")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "first", "end", "number"], name="submissions_counted"),
            models.CheckConstraint(condition=Q(end__gt=F("first")), name="submission_period"),
            models.CheckConstraint(condition=Q(submitted__gte=0), name="submission_not_negative"),
            models.CheckConstraint(condition=Q(level__in=LEVELS), name="submission_level"),
            models.CheckConstraint(
                condition=Q(void_at=None) | ~Q(locked_at=None), name="only_locked_reopens"
            ),
            models.CheckConstraint(condition=Q(locked_at=None) | ~Q(limit=None), name="locked_under_a_limit"),
        ]
        indexes = [models.Index(fields=["first", "end", "unit"], name="submission_period_unit")]

    def __str__(self) -> str:
        return f"{Fiscal().name(self.period)} {self.user.name}"

    @property
    def period(self) -> Period:
        """What it is about."""
        return Period(self.first, self.end)

    @property
    def adjustment(self) -> Decimal:
        """What was added to the number from below, or taken away."""
        return self.submitted - self.base

    @property
    def is_official(self) -> bool:
        """Whether it is locked and was not reopened."""
        return self.locked_at is not None and self.void_at is None


class Judgements(Owned["Judgement"]):
    """Vocabulary of judgements."""

    def of(self, period: Period) -> Judgements:
        """Of exactly this period."""
        return self.filter(first=period.start, end=period.end)

    def newest(self) -> Judgements:
        """The last word of each judge on each deal and period."""
        last = self.order_by("user_id", "deal_id", "first", "end", "-pk").distinct(
            "user_id", "deal_id", "first", "end"
        )
        return self.model._default_manager.filter(pk__in=last.values("pk"))


class Judgement(models.Model):
    """What a manager or director says of one deal for a period: counted in or out, and why (C12, M22).

    Never changed: another one comes after it. Each level has its own; the deal, its category and what others said of
    it stay as they are. `amount` is what the deal was worth then.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    level = models.CharField(_("forecast level"), max_length=8, choices=Level.choices)
    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="+", db_index=False)
    first = models.DateField()
    end = models.DateField()
    verdict = models.CharField(_("judgement"), max_length=4, choices=Verdict.choices)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    at = models.DateTimeField()

    objects = Judgements.as_manager()
    access = Relation(see="forecasts.see", owner="user", unit="unit")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("first")), name="judgement_period"),
            models.CheckConstraint(condition=Q(level__in=LEVELS), name="judgement_level"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="judgement_verdict"),
            models.CheckConstraint(condition=Q(verdict="open") | ~Q(reason=""), name="judged_with_a_reason"),
        ]
        indexes = [
            models.Index(fields=["deal", "user", "first", "end", "-id"], name="judgement_deal"),
            models.Index(fields=["first", "end", "user"], name="judgement_period_user"),
        ]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.verdict}"

    @property
    def period(self) -> Period:
        """What it is about."""
        return Period(self.first, self.end)
