"""The two logs of a day (日清单): F08 of the person, F09 of the control desk; what each says, and where they differ."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Customer
from loudou.daylog.figures.discipline import Deadlines
from loudou.daylog.figures.dual import Said
from loudou.daylog.figures.flags import MISMATCH
from loudou.fieldwork.models import Activity
from loudou.kernel import clock
from loudou.people.access import Owned, Relation
from loudou.people.models import Unit, User


class Outcome(models.TextChoices):
    """What came of a stop, in words both logs share."""

    ADVANCED = "advanced", _("moved forward")
    AGREED = "agreed", _("next step agreed")
    NOTHING = "nothing", _("no progress")
    NOT_MET = "not_met", _("nobody met")


class DayLogs(Owned["DayLog"]):
    """Vocabulary of day logs."""

    def current(self) -> DayLogs:
        """The last edition of each day."""
        return self.filter(replaced=False)

    def standing(self) -> DayLogs:
        """Those that came before their lock and were not annulled: what counts (M45, R122)."""
        return self.current().filter(submitted_at__lte=F("locks_at"), annulled_at=None)


def hidden_from(reader: User | None) -> Q:
    """Logs of which somebody is not told yet how they compare, as `DayLog.hides_from`; nothing from the system."""
    can_change = Q(returned_at__isnull=False) | Q(locks_at__gte=clock.now())
    return Q(can_change, user=reader, signed_at=None, annulled_at=None)


class DayLog(models.Model):
    """What somebody did on a day as they tell it (F08). Never changed: a correction is a further edition.

    `submitted_at` is when the first edition came; `due_at` and `locks_at` are the deadlines of the day (M45).
    An annulled log stays readable and counts as missing.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("person"),
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField(_("day"))
    edition = models.PositiveSmallIntegerField(default=1)
    replaced = models.BooleanField(default=False)
    submitted_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    due_at = models.DateTimeField()
    locks_at = models.DateTimeField()
    late_reason = models.CharField(_("why it is late"), max_length=300, blank=True)
    reflection = models.TextField(_("reflection"), blank=True)
    help_needed = models.TextField(_("help needed"), blank=True)
    plan = models.TextField(_("plan for the next day"), blank=True)
    flags = models.JSONField(default=list)  # red flags (figures.flags)
    # Beside what the control desk heard, counted anew whenever either side changes (figures.dual).
    pairs = models.PositiveSmallIntegerField(default=0)
    differing = models.PositiveSmallIntegerField(default=0)
    unpaired = models.PositiveSmallIntegerField(default=0)
    signed_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    annulled_at = models.DateTimeField(null=True)
    annulled_reason = models.CharField(max_length=300, blank=True)
    channel = models.CharField(max_length=10)
    version = models.PositiveIntegerField(default=1)

    objects = DayLogs.as_manager()
    access = Relation(see="daylog.see", owner="user", unit="unit")

    class Meta:
        indexes = [
            models.Index(fields=["-day", "-id"], condition=Q(replaced=False), name="daylog_day"),
            models.Index(fields=["user", "-day"], condition=Q(replaced=False), name="daylog_user"),
            models.Index(fields=["unit", "-day", "-id"], condition=Q(replaced=False), name="daylog_unit"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "day", "edition"], name="editions_counted"),
            models.UniqueConstraint(
                fields=["user", "day"], condition=Q(replaced=False), name="one_current_log_a_day"
            ),
            models.CheckConstraint(
                condition=Q(annulled_at=None) | ~Q(annulled_reason=""), name="log_annulled_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user.name} {self.day}"

    @property
    def standing(self) -> str:
        """`on_time`, `late` or `missing` (M45)."""
        if self.annulled_at is not None:
            return "missing"
        return Deadlines(self.due_at, self.locks_at).standing(self.submitted_at, self.submitted_at)

    @property
    def is_final(self) -> bool:
        """Whether no further edition can come: it was signed or annulled, or is locked and was not sent back."""
        if self.signed_at is not None or self.annulled_at is not None:
            return True
        return self.returned_at is None and clock.now() > self.locks_at

    def hides_from(self, reader: User) -> bool:
        """Whether somebody is not told yet how it compares with what the desk heard: its author while it can change.

        Two logs of which one was written after the other are not two (R115).
        """
        return self.user_id == reader.pk and not self.is_final

    def flags_for(self, reader: User) -> list[str]:
        """Its red flags, without what only the desk's log could tell where that is not told yet."""
        return [flag for flag in self.flags if flag != MISMATCH or not self.hides_from(reader)]


class DeskLog(models.Model):
    """The same day as the control desk heard it on the phone (F09): the morning check, the evening report.

    `checked_at`, `reported_at` are when the two calls began; one that did not take place has none.
    """

    class Arrival(models.TextChoices):
        ON_TIME = "on_time", _("on time")
        LATE = "late", _("came late")
        UNREACHABLE = "unreachable", _("not reached")
        EXCUSED = "excused", _("excused")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("person"),
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField(_("day"))
    arrival = models.CharField(_("arrival"), max_length=12, choices=Arrival.choices, blank=True)
    checked_at = models.DateTimeField(_("checked at"), null=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reported_at = models.DateTimeField(_("evening call at"), null=True)
    in_window = models.BooleanField(default=False)  # whether that was between 17:00 and 18:00
    ended_at = models.DateTimeField(null=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    deviation = models.CharField(_("deviations from the plan"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = Owned["DeskLog"].as_manager()
    # What the desk heard stays with the desk until the person's own log is in: two independent logs (R115).
    access = Relation(see="daylog.see_desk", owner="user", unit="unit")

    class Meta:
        indexes = [models.Index(fields=["day", "unit"], name="desklog_day")]
        constraints = [
            models.UniqueConstraint(fields=["user", "day"], name="one_desk_log_a_day"),
            models.CheckConstraint(
                condition=Q(arrival="", checked_at=None) | ~Q(arrival="") & ~Q(checked_at=None),
                name="checked_with_an_arrival",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user.name} {self.day}"


class Line(models.Model):
    """One stop of a day: of the person's log, or of the desk's."""

    log = models.ForeignKey(DayLog, null=True, on_delete=models.CASCADE, related_name="lines")
    desk_log = models.ForeignKey(DeskLog, null=True, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    at = models.DateTimeField(_("time"), null=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    customer_name = models.CharField(_("customer"), max_length=120, blank=True)
    persons = models.CharField(_("with whom"), max_length=120, blank=True)
    topics = models.TextField(_("what was talked about"), blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)
    result = models.TextField(_("result"), blank=True)
    unsolved = models.TextField(_("still open"), blank=True)
    activity = models.ForeignKey(
        Activity, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(log=None, desk_log__isnull=False) | Q(log__isnull=False, desk_log=None),
                name="line_of_one_log",
            )
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.customer_name}"

    @property
    def said(self) -> Said:
        """What is compared of it."""
        return Said(
            self.pk,
            self.place,
            self.customer_name,
            self.customer_id,
            self.persons,
            self.outcome,
            self.result,
        )


class Query(models.Model):
    """The control desk asks why the two logs differ in a field of a stop; the person explains, the desk judges (C4)."""

    class Verdict(models.TextChoices):
        EXPLAINED = "explained", _("explained")
        INTEGRITY = "integrity", _("integrity case")

    log = models.ForeignKey(DayLog, on_delete=models.PROTECT, related_name="queries")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="queries")
    field = models.CharField(max_length=10)
    written = models.CharField(max_length=300, blank=True)
    heard = models.CharField(max_length=300, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answer = models.TextField(_("explanation"), blank=True)
    answered_at = models.DateTimeField(null=True)
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict.choices, blank=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    judged_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = Owned["Query"].as_manager()
    # It quotes what the desk heard: whoever may not compare the two logs need not know it.
    access = Relation(see="daylog.compare", owner="log__user", unit="log__unit")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "field"], name="one_query_a_field")]

    def __str__(self) -> str:
        return str(self.log)

    @property
    def is_ripe(self) -> bool:
        """Whether it may be judged: it was answered, or the time for that is over."""
        return self.answered_at is not None or clock.now() > self.due_at
