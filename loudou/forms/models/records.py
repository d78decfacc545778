"""What was handed in on a form, and who read it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Customer
from loudou.forms.models.forms import Form, FormVersion
from loudou.people.access import Owned, Relation
from loudou.people.models import Unit
from loudou.pipeline.models import Deal
from loudou.remarks.models import StoredFile
from loudou.ui.search import SearchField, search_index


class FormRecords(Owned["FormRecord"]):
    """Vocabulary of records."""

    def current(self) -> FormRecords:
        """The last edition of each."""
        return self.filter(replaced=False)


class FormRecord(models.Model):
    """A form filled in: the answers by the code of their field, as they were handed in. Never changed.

    A correction is a further `edition` with its reason; `origin` is the first. `submitted_at` is when the first edition
    came, `read_until` the end of the fifth working day after it; `opened_at` is when somebody read it who should.
    Answers that name a person, a customer or a deal keep its number and the name it had.
    """

    code = models.CharField(_("number"), max_length=60)
    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="records", db_index=False)
    form_version = models.ForeignKey(FormVersion, on_delete=models.PROTECT, related_name="records")
    edition = models.PositiveSmallIntegerField(default=1)
    replaced = models.BooleanField(default=False)
    origin = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="editions")
    reason = models.CharField(_("why it is corrected"), max_length=300, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("filled in by"),
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    deal = models.ForeignKey(Deal, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField(_("day"))
    answers = models.JSONField(default=dict)
    submitted_at = models.DateTimeField(_("handed in at"))
    recorded_at = models.DateTimeField()
    read_until = models.DateTimeField()
    minutes = models.DecimalField(max_digits=6, decimal_places=1, null=True)  # None: not measured
    flags = models.JSONField(default=list)
    opened_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    channel = models.CharField(max_length=10)
    key = models.CharField(max_length=64, blank=True)  # the writer's own mark: sent twice, it is there once
    search = SearchField()
    version = models.PositiveIntegerField(default=1)

    objects = FormRecords.as_manager()
    access = Relation(see="forms.see_records", owner="author", unit="unit")

    class Meta:
        indexes = [
            models.Index(
                fields=["form", "submitted_at"],
                include=["author", "unit", "opened_at", "read_until", "used_at"],
                condition=Q(replaced=False),
                name="formrecord_form",
            ),
            models.Index(fields=["-submitted_at", "-id"], condition=Q(replaced=False), name="formrecord_at"),
            models.Index(fields=["author", "-submitted_at", "-id"], name="formrecord_author"),
            models.Index(
                fields=["unit", "-submitted_at", "-id"], condition=Q(replaced=False), name="formrecord_unit"
            ),
            models.Index(
                fields=["customer", "-submitted_at", "-id"],
                condition=~Q(customer=None),
                name="formrecord_customer",
            ),
            models.Index(
                fields=["deal", "-submitted_at", "-id"], condition=~Q(deal=None), name="formrecord_deal"
            ),
            search_index("formrecord_search"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["code", "edition"], name="form_editions_counted"),
            models.UniqueConstraint(fields=["code"], condition=Q(replaced=False), name="one_current_edition"),
            models.UniqueConstraint(
                fields=["author", "key"], condition=~Q(key=""), name="sent_twice_is_recorded_once"
            ),
            models.CheckConstraint(
                condition=Q(edition=1) | ~Q(reason=""), name="form_corrected_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.form_version}"


class FormFile(StoredFile):
    """A photo that was handed in with a record, under the field it answers.

    It hangs on the edition it came with; a correction that brings none names it by its digest.
    """

    FOLDER = "forms"

    record = models.ForeignKey(FormRecord, on_delete=models.PROTECT, related_name="files")
    field = models.CharField(max_length=30)


class Reading(models.Model):
    """Somebody read a record: whether they are among its readers, and what they used it for."""

    class Use(models.TextChoices):
        MEETING = "meeting", _("in a meeting")
        DEBRIEF = "debrief", _("in a debrief")
        DECISION = "decision", _("for a decision")
        COACHING = "coaching", _("for coaching")

    record = models.ForeignKey(FormRecord, on_delete=models.PROTECT, related_name="readings")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_meant = models.BooleanField()  # their role is among the readers of the form
    read_at = models.DateTimeField()
    use = models.CharField(_("used"), max_length=8, choices=Use.choices, blank=True)
    note = models.CharField(_("what for"), max_length=300, blank=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "reader"], name="one_reading_a_reader")]

    def __str__(self) -> str:
        return f"{self.record_id} {self.reader_id}"
