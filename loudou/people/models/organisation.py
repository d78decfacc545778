"""The organisation itself, its calendars and its rates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from loudou.kernel import clock
from loudou.kernel.money import minor_unit
from loudou.kernel.periods import Fiscal
from loudou.kernel.workdays import WorkCalendar


def _default_zone() -> str:
    return settings.TIME_ZONE


class Calendar(models.Model):
    """Which days people work: weekends, less holidays, plus make-up days."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    weekend = models.JSONField(_("weekend"), default=list)  # weekday numbers, Monday 0
    known_until = models.PositiveSmallIntegerField(_("published until"), default=0)
    version = models.PositiveIntegerField(default=1)

    is_read_once = False  # its days are read once for all who ask: within a stretch as short as a request

    def __str__(self) -> str:
        return self.name

    @cached_property
    def _days_now(self) -> dict[date, bool]:
        return dict(self.days.values_list("day", "working"))

    def work_calendar(self) -> WorkCalendar:
        """Its rules, ready to count with (one query; of one that `is_read_once` only the first time)."""
        if not self.is_read_once:
            self.__dict__.pop("_days_now", None)
        return self._counting()

    def counting_with(self, days: dict[date, bool]) -> WorkCalendar:
        """`work_calendar`, its days read by who asks along with something else."""
        self.__dict__["_days_now"] = days
        return self._counting()

    def _counting(self) -> WorkCalendar:
        return WorkCalendar(
            exceptions=self._days_now,
            weekend=frozenset(self.weekend),
            known_until=self.known_until or 9999,
        )


class CalendarDay(models.Model):
    """A day that differs from the week's pattern: a holiday, or a make-up day (调休上班)."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="days")
    day = models.DateField(_("day"))
    working = models.BooleanField(_("working day"))
    name = models.CharField(_("name"), max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "day"], name="one_rule_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class Organisation(models.Model):
    """The one organisation this installation serves: how it counts money and time, and its limits."""

    name = models.CharField(_("name"), max_length=120)
    base_currency = models.CharField(_("base currency"), max_length=3, default="CNY")
    fiscal_first_month = models.PositiveSmallIntegerField(
        _("fiscal year starts in month"), default=1, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    time_zone = models.CharField(_("time zone"), max_length=60, default=_default_zone)
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, verbose_name=_("calendar"))
    back_date_days = models.PositiveSmallIntegerField(_("back-dating without a right, days"), default=3)
    reopen_days = models.PositiveSmallIntegerField(_("a lost deal may be reopened for, days"), default=180)
    hold_days = models.PositiveSmallIntegerField(_("a deal may rest for, days"), default=90)
    confirm_amount = models.DecimalField(
        _("a manager confirms promotions from this amount"),
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
    )
    closed_through = models.DateField(_("books closed through"), null=True, blank=True)
    thresholds = models.JSONField(default=dict)  # name → what it set itself
    narrowed = models.JSONField(default=dict)  # verb → role → reach, narrowing `grants.GRANTS`
    furnished_at = models.DateTimeField(null=True)
    demo_progress = models.JSONField(null=True)  # {"day", "from", "until"} while the demo story is being told
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_organisation")]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def fiscal(self) -> Fiscal:
        """Its fiscal year."""
        return Fiscal(self.fiscal_first_month)

    @property
    def base_unit(self) -> Decimal:
        """The smallest amount of the base currency."""
        return minor_unit(self.base_currency)

    @property
    def today(self) -> date:
        """The calendar day where it is, now."""
        return clock.today(self.zone)


class Rate(models.Model):
    """How many units of the base currency one unit of `currency` is worth, from a day on.

    `plan` rates are fixed for a fiscal year and carry pipeline, trend and target; `spot` rates carry events (B0.3).
    """

    class Kind(models.TextChoices):
        PLAN = "plan", _("plan rate")
        SPOT = "spot", _("spot rate")

    currency = models.CharField(_("currency"), max_length=3)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    valid_from = models.DateField(_("valid from"))
    rate = models.DecimalField(_("rate"), max_digits=18, decimal_places=8)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "kind", "valid_from"], name="one_rate_a_day"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.kind} {self.valid_from} {self.rate}"
