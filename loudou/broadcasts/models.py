"""Who is mailed which report when, and which screens show what."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loudou.broadcasts.figures.schedule import LAST_OF_MONTH, Schedule
from loudou.people.models import Unit


class Subscription(models.Model):
    """A page as somebody looks at it, mailed to them: its URL name and query string, and when.

    `next_at` is when it is due; what was missed while no worker ran is made up for once. A stopped one stays.
    """

    class Grain(models.TextChoices):
        DAY = "day", _("every working day")
        WEEK = "week", _("every week")
        MONTH = "month", _("every month")

    class Form(models.TextChoices):
        PDF = "pdf", _("PDF")
        WORKBOOK = "xlsx", _("workbook")
        LINK = "link", _("link alone")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    name = models.CharField(_("name"), max_length=80)
    page = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    grain = models.CharField(_("how often"), max_length=5, choices=Grain.choices)
    day = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(LAST_OF_MONTH)])
    hour = models.PositiveSmallIntegerField(_("at, o'clock"), validators=[MaxValueValidator(23)])
    form = models.CharField(_("comes as"), max_length=4, choices=Form.choices, default=Form.WORKBOOK)
    made_at = models.DateTimeField()
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=300, blank=True)  # why the last one was not sent
    stopped_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(hour__lte=23), name="subscription_hour"),
            models.CheckConstraint(condition=Q(day__lte=LAST_OF_MONTH), name="subscription_day"),
        ]
        indexes = [
            models.Index(fields=["owner", "-id"], name="subscription_mine"),
            models.Index(fields=["next_at"], condition=Q(stopped_at=None), name="subscription_due"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def schedule(self) -> Schedule:
        """When it is due."""
        return Schedule(self.grain, self.day, self.hour)


class Screen(models.Model):
    """A screen on the wall: which boards it shows in turn, of which unit, with the rights of who put it up.

    Whoever has its link sees it, and nothing else, until it expires or is taken down. Of the link only a hash is kept.
    """

    class Names(models.TextChoices):
        FULL = "full", _("full names")
        SHORT = "short", _("first character only")
        NONE = "none", _("no names")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    name = models.CharField(_("name"), max_length=60)
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit")
    )
    boards = ArrayField(models.CharField(max_length=20), verbose_name=_("boards"))
    names = models.CharField(_("people by"), max_length=5, choices=Names.choices, default=Names.FULL)
    seconds = models.PositiveSmallIntegerField(
        _("seconds a board"), default=20, validators=[MinValueValidator(5), MaxValueValidator(600)]
    )
    is_dark = models.BooleanField(_("dark"), default=True)
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["owner", "-id"], name="screen_mine")]

    def __str__(self) -> str:
        return self.name
