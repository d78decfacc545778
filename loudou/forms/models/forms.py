"""Forms, their versions and their reviews: what may be asked of people, and why (C13)."""

from __future__ import annotations

from functools import cached_property

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loudou.forms.figures.fields import CUSTOMER, DEAL, Field, read
from loudou.kernel import periods
from loudou.people.access import Owned, Relation, reach, unit_ids
from loudou.people.grants import Reach
from loudou.people.models import Unit, User
from loudou.ui.format import in_words


class BuiltIn(models.TextChoices):
    """Forms that the product itself fills a page with; the register counts what is handed in there."""

    CUSTOMER = "customer", _("customers")
    VISIT_PLAN = "visit_plan", _("visit plans")
    VISIT_RECORD = "visit_record", _("visit records")
    DAY_LOG = "day_log", _("day logs")
    DESK_LOG = "desk_log", _("day logs of the control desk")
    CALL = "call", _("calls")
    FORECAST = "forecast", _("forecasts")
    SUPPORT = "support", _("calls for help")


class Period(models.TextChoices):
    """Over what the number of times a form is due is counted."""

    DAY = "day", _("a day")
    WEEK = "week", _("a week")
    MONTH = "month", _("a month")
    QUARTER = "quarter", _("a quarter")


class Forms(Owned["Form"]):
    """Vocabulary of forms."""

    def visible_to(self, user: User | None, verb: str = "") -> Forms:
        """Forms of the house, of the units a person belongs to or leads, and those they own; who keeps forms sees all."""
        far = reach(user, verb or self.model.access.see)
        if user is None or far is Reach.ALL:
            return self
        if far is Reach.NONE:
            return self.none()
        units = {*(user.unit.ancestor_ids() if user.unit else ()), *unit_ids(user, far)}
        return self.filter(Q(unit=None) | Q(unit__in=sorted(units)) | Q(owner=user))

    def issued(self) -> Forms:
        """Those that may be asked for."""
        return self.filter(retired_at=None).exclude(current=None)


class Form(models.Model):
    """A form's identity: its versions hold what may change, records keep the version they were filled in with.

    `current` is the version in force; without one nobody may be asked to fill it in. `unit` has it for its people and
    those below alone. A `built_in` form is a page of the product: it is counted, judged and reviewed like any other.
    """

    code = models.SlugField(_("number"), max_length=40, unique=True)
    built_in = models.CharField(max_length=12, choices=BuiltIn.choices, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("owner"),
    )
    unit = models.ForeignKey(
        Unit,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("for the unit"),
    )
    current = models.ForeignKey(
        "FormVersion",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("version in force"),
    )
    review_on = models.DateField(_("next review"), null=True)
    retired_at = models.DateTimeField(null=True)
    retired_reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = Forms.as_manager()
    access = Relation(see="forms.see", owner="owner", unit="unit")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["built_in"], condition=~Q(built_in=""), name="one_form_a_page"),
            models.CheckConstraint(
                condition=Q(retired_at=None) | ~Q(retired_reason=""), name="form_retired_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.current}" if self.current is not None else self.code

    @property
    def is_issued(self) -> bool:
        """Whether it may be asked for."""
        return self.current_id is not None and self.retired_at is None

    @property
    def under_way(self) -> FormVersion | None:
        """Its version that is being written or approved; a query."""
        return self.versions.filter(
            state__in=("proposed", "justified", "returned", "asked", "approved")
        ).first()


class FormVersion(models.Model):
    """A form as it stood from its issue on: what it asks, whom, and what for.

    `serves` names steps of the process: those of `vocabulary.STEPS`, and stages as `funnel/stage`. `readers` and `fillers`
    are roles. `minutes` is what filling in is said to take, `times` a `period` it is expected.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        JUSTIFIED = "justified", _("justified")
        ASKED = "asked", _("to be approved")
        APPROVED = "approved", _("approved")
        RETURNED = "returned", _("returned")
        ISSUED = "issued", _("in force")
        REPLACED = "replaced", _("replaced")
        DROPPED = "dropped", _("dropped")

    OPEN = (State.PROPOSED, State.JUSTIFIED, State.RETURNED)
    ON_THE_WAY = (*OPEN, State.ASKED, State.APPROVED)

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    names = models.JSONField(_("name"))
    purpose = models.JSONField(_("what it is for"), default=dict, blank=True)
    fields = models.JSONField(_("fields"), default=list)
    serves = ArrayField(
        models.CharField(max_length=90), verbose_name=_("steps it serves"), default=list, blank=True
    )
    fillers = ArrayField(
        models.CharField(max_length=12), verbose_name=_("filled in by"), default=list, blank=True
    )
    readers = ArrayField(models.CharField(max_length=12), verbose_name=_("read by"), default=list, blank=True)
    decision = models.JSONField(_("the decision it serves"), default=dict, blank=True)
    minutes = models.DecimalField(_("minutes to fill in"), max_digits=5, decimal_places=1, default=0)
    times = models.PositiveSmallIntegerField(_("how often"), default=1)
    period = models.CharField(_("in"), max_length=8, choices=Period.choices, default=Period.WEEK)
    signed = models.BooleanField(_("the superior signs each"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PROPOSED)
    reason = models.CharField(_("why"), max_length=300, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    justified_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = Owned["FormVersion"].as_manager()
    access = Relation(see="forms.see", owner="form__owner", unit="form__unit")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["form", "number"], name="one_form_version_a_number"),
            models.UniqueConstraint(
                fields=["form"],
                condition=Q(state__in=["proposed", "justified", "returned", "asked", "approved"]),
                name="one_change_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["form"], condition=Q(state="issued"), name="one_version_in_force"
            ),
        ]

    def __str__(self) -> str:
        return in_words(self.names)

    @cached_property
    def questions(self) -> tuple[Field, ...]:
        """Its fields."""
        return read(self.fields)

    def asks_for(self, kind: str) -> bool:
        """Whether one of its fields is of a kind."""
        return any(one.kind == kind for one in self.questions)

    @property
    def is_about(self) -> str:
        """`deal`, `customer` or nothing: where its records are listed."""
        return DEAL if self.asks_for(DEAL) else CUSTOMER if self.asks_for(CUSTOMER) else ""


class Review(models.Model):
    """The quarterly question whether a form is worth its time: the figures as they were, the verdict, the decision."""

    class Outcome(models.TextChoices):
        KEEP = "keep", _("keep")
        CHANGE = "change", _("change")
        MERGE = "merge", _("merge")
        RETIRE = "retire", _("retire")

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="reviews")
    first = models.DateField()  # the quarter it looks back at, half open
    end = models.DateField()
    opened_at = models.DateTimeField()
    due_on = models.DateField(_("due on"))
    figures = models.JSONField(default=dict)
    verdicts = ArrayField(models.CharField(max_length=10), default=list)
    merge_with = models.CharField(max_length=40, blank=True)
    outcome = models.CharField(_("decision"), max_length=8, choices=Outcome.choices, blank=True)
    note = models.CharField(_("why"), max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = Owned["Review"].as_manager()
    access = Relation(see="forms.see", owner="form__owner", unit="form__unit")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["form", "first"], name="one_review_a_quarter"),
            models.CheckConstraint(
                condition=Q(outcome="", decided_at=None) | ~Q(outcome="") & ~Q(decided_at=None),
                name="form_review_decided",
            ),
        ]

    def __str__(self) -> str:
        return str(self.form)

    @property
    def period(self) -> periods.Period:
        """The quarter it looks back at."""
        return periods.Period(self.first, self.end)
