"""Customers and the people there."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loudou.people.access import Owned, Relation
from loudou.people.models import Unit
from loudou.remarks.models import AttachedFile, WrittenNote
from loudou.ui.search import SearchField, marks_of, matches, search_index

# Sources of customers and deals (R040, contract.md).
SOURCES = {
    "exhibition": _("exhibition"),
    "referral": _("referral"),
    "web": _("website"),
    "advertisement": _("advertisement"),
    "social": _("social media"),
    "phone": _("phone"),
    "partner": _("partner"),
    "visit": _("visit"),
    "database": _("database"),
    "event": _("event"),
    "other": _("other"),
}


# Grades by value and potential (R052); an organisation may write others.
GRADES = {
    "vip": _("VIP"),
    "key": _("key customer"),
    "regular": _("regular customer"),
}
GRADE_WORDS = {  # what files call them
    "重要": "key",
    "重要客户": "key",
    "重要客戶": "key",
    "普通": "regular",
    "普通客户": "regular",
    "普通客戶": "regular",
    "vip客户": "vip",
    "vip客戶": "vip",
    "vip": "vip",
}


class Customers(Owned["Customer"]):
    """Vocabulary of customers."""

    def current(self) -> Customers:
        """Those that were not merged into others."""
        return self.filter(merged_into=None)

    def found(self, text: str, *, whole_phone: bool = True) -> Customers:
        """Those a typed text finds: by name in characters, pinyin or initials, by code, phone or credit code.

        Without `whole_phone`, for people who may not read phones, only the last four digits find one.
        """
        return self.filter(matches(text, whole_numbers=whole_phone))


class Customer(models.Model):
    """A company or a person we sell to, or hope to."""

    class Kind(models.TextChoices):
        COMPANY = "company", _("company")
        PERSON = "person", pgettext_lazy("a customer", "person")

    code = models.CharField(_("code"), max_length=60)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.COMPANY)
    name = models.CharField(_("name"), max_length=200)
    name_key = models.CharField(max_length=200, editable=False)
    name_core = models.CharField(max_length=200, editable=False)  # the name as duplicates are compared
    industry = models.CharField(_("industry"), max_length=80, blank=True)
    size = models.CharField(_("size"), max_length=40, blank=True)
    region = models.CharField(_("region"), max_length=80, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    website = models.CharField(_("website"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=20, choices=list(SOURCES.items()), blank=True)
    uscc = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)  # E.164
    phone_verified = models.BooleanField(_("phone verified"), default=False)
    grade = models.CharField(_("grade"), max_length=12, choices=list(GRADES.items()), blank=True)
    tags = ArrayField(models.CharField(max_length=40), verbose_name=_("tags"), default=list, blank=True)
    note = models.TextField(_("note"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("owner"),
        db_index=False,
    )
    unit = models.ForeignKey(
        Unit,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("unit"),
        db_index=False,
    )
    shared_with = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Share", related_name="+")
    created_at = models.DateTimeField(
        _("since"), null=True, blank=True
    )  # business time; unknown may stay unknown
    recorded_at = models.DateTimeField()
    touched_at = models.DateTimeField()  # when anything about it last happened, for sorting
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    search = SearchField()
    extra = models.JSONField(default=dict)  # fields of the organisation's own
    version = models.PositiveIntegerField(default=1)

    objects = Customers.as_manager()
    access = Relation(
        see="customers.see",
        owner="owner",
        unit="unit",
        watchers="shared_with",
        marks=marks_of("owner", "unit"),
    )
    guarded = {"phone": "customers.see_phone"}  # hidden in history from who may not read it

    class Meta:
        indexes = [
            search_index("customer_search", marks_of("owner", "unit")),
            models.Index(fields=["-touched_at", "-id"], name="customer_touched"),
            models.Index(fields=["owner", "-touched_at", "-id"], name="customer_owner"),
            models.Index(fields=["unit", "-touched_at", "-id"], name="customer_unit"),
            models.Index(fields=["name_key", "id"], name="customer_name"),
            models.Index(fields=["name_core"], name="customer_core"),
            models.Index(fields=["phone"], condition=~models.Q(phone=""), name="customer_phone"),
            models.Index(
                fields=["merged_into"], condition=~models.Q(merged_into=None), name="customer_alias"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="one_customer_a_code"),
            models.UniqueConstraint(
                fields=["uscc"],
                condition=~models.Q(uscc="") & models.Q(merged_into=None),
                name="one_customer_a_uscc",
            ),
            models.UniqueConstraint(
                fields=["phone"],
                condition=models.Q(phone_verified=True, merged_into=None) & ~models.Q(phone=""),
                name="one_customer_a_verified_phone",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def grade_name(self) -> str:
        """The grade in the reader's language; one of the organisation's own as it was written."""
        return str(GRADES.get(self.grade, self.grade))


class Term(models.Model):
    """A word the organisation uses for an industry, a region, a size or a tag: what fields and filters offer."""

    kind = models.CharField(max_length=10)
    value = models.CharField(max_length=80)
    value_key = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="a_term_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class Share(models.Model):
    """Somebody who may see a customer without owning it."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="shares")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "user"], name="one_share_each")]
        indexes = [models.Index(fields=["user", "customer"], name="share_mine")]

    def __str__(self) -> str:
        return f"{self.customer_id} for {self.user_id}"


class Merge(models.Model):
    """Two customers that were found to be one: what went over, so that it can come back (`domain.md` C21).

    `moved` holds what the merge changed: `contacts`, `notes`, `files`, `aliases`, `shares` by their keys, `filled` field → [before,
    after] of the one that stays, and what other rooms moved, under names of theirs.
    """

    kept = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    moved = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=models.Q(undone_at=None), name="merged_into_one"
            )
        ]
        indexes = [models.Index(fields=["kept", "-id"], name="merge_kept")]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.kept_id}"


class Inquiry(models.Model):
    """How often a person asked, in one hour, whether a customer exists whom they may not see (`security.md` AC-12)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    hour = models.DateTimeField()
    asked = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(
        default=0
    )  # nobody was found: what somebody who tries numbers sees most

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "hour"], name="one_count_an_hour")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.hour:%Y-%m-%d %H} {self.asked}"


class Sight(models.Model):
    """Whose whole phones a person was shown in a month (`security.md` PR-09), until they are so many that it is told.

    The table is not logged: a crash forgets a month's count, which harms nobody and saves each page a disk write.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    month = models.DateField()
    seen = ArrayField(models.BigIntegerField(), default=list)  # keys of customers; of contacts below zero
    told = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "month"], name="one_sight_a_month")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.month:%Y-%m} {len(self.seen)}"


class Contacts(Owned["Contact"]):
    """Vocabulary of contacts."""

    def current(self) -> Contacts:
        """Those still at their customer."""
        return self.filter(left_at=None)

    def found(self, text: str, *, whole_phone: bool = True) -> Contacts:
        """Those a typed text finds, by name in characters, pinyin or initials, or by phone."""
        return self.filter(matches(text, whole_numbers=whole_phone))


class Contact(models.Model):
    """A person at a customer, with the part they play in a decision."""

    class Part(models.TextChoices):
        ECONOMIC = "eb", _("economic buyer (EB)")
        USER = "ub", _("user buyer (UB)")
        TECHNICAL = "tb", _("technical buyer (TB)")
        COACH = "coach", _("coach")

    class Attitude(models.TextChoices):
        SUPPORTS = "supports", _("supports us")
        NEUTRAL = "neutral", _("neutral")
        AGAINST = "against", _("against us")
        UNKNOWN = "unknown", _("not contacted")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(_("name"), max_length=80)
    name_key = models.CharField(max_length=200, editable=False)
    title = models.CharField(_("position"), max_length=80, blank=True)
    part = models.CharField(_("part in the decision"), max_length=6, choices=Part.choices, blank=True)
    attitude = models.CharField(
        _("attitude"), max_length=10, choices=Attitude.choices, default=Attitude.UNKNOWN
    )
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    wechat = models.CharField(_("WeChat"), max_length=60, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    search = SearchField()
    # Of the customer, by `marks_of`: kept by triggers of the database, so that whose a contact is stands in its index.
    marks = ArrayField(models.BigIntegerField(), default=list, editable=False)
    extra = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)

    objects = Contacts.as_manager()
    access = Relation(
        see="customers.see",
        owner="customer__owner",
        unit="customer__unit",
        watchers="customer__shared_with",
        marks=models.F("marks"),
    )
    guarded = dict.fromkeys(("phone", "email", "wechat"), "customers.see_phone")

    class Meta:
        indexes = [
            search_index("contact_search", models.F("marks")),
            models.Index(fields=["customer", "name_key"], name="contact_customer"),
            models.Index(fields=["phone"], condition=~models.Q(phone=""), name="contact_phone"),
        ]

    def __str__(self) -> str:
        return self.name


class CustomerNote(WrittenNote):
    """Something somebody wrote about a customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="notes")

    class Meta:
        indexes = [models.Index(fields=["customer", "-id"], name="customer_note")]


class CustomerFile(AttachedFile):
    """A file on a customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="files")

    access = Relation(
        see="customers.see", owner="customer__owner", unit="customer__unit", watchers="customer__shared_with"
    )

    class Meta:
        indexes = [models.Index(fields=["customer", "-id"], name="customer_file")]
