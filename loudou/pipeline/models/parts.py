"""What hangs on a deal: products, people, rivals, notes, files."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from loudou.catalog.models import Product
from loudou.customers.models import Contact
from loudou.people.access import Relation
from loudou.pipeline.models.deal import Deal
from loudou.remarks.models import AttachedFile, WrittenNote


class Line(models.Model):
    """A product on a deal. Only lines whose system of record is the funnel count in its amount (R096)."""

    class Record(models.TextChoices):
        FUNNEL = "funnel", _("funnel")
        ERP = "erp", _("ERP")

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3)
    price = models.DecimalField(_("price"), max_digits=18, decimal_places=2)
    system_of_record = models.CharField(
        _("kept in"), max_length=6, choices=Record.choices, default=Record.FUNNEL
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_quantity_positive"),
            models.CheckConstraint(condition=Q(price__gte=0), name="line_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} × {self.quantity}"

    @property
    def total(self) -> Decimal:
        """Quantity times price."""
        return self.quantity * self.price


class DealContact(models.Model):
    """A contact who takes part in this deal."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="parts")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deal", "contact"], name="a_contact_once_a_deal")]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.deal_id}"


class TeamMember(models.Model):
    """Somebody who works on a deal with its owner; their share of the credit (0 to 1), the rest is the owner's."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="team_members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    share = models.DecimalField(_("share"), max_digits=5, decimal_places=4, default=Decimal(0))
    task = models.CharField(_("task"), max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deal", "user"], name="a_member_once_a_deal"),
            models.CheckConstraint(condition=Q(share__gte=0, share__lte=1), name="share_sane"),
        ]
        indexes = [models.Index(fields=["user", "deal"], name="team_mine")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.deal_id}"


class Follower(models.Model):
    """Somebody who sees a deal and hears of it."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="follower_rows")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deal", "user"], name="a_follower_once_a_deal")]
        indexes = [models.Index(fields=["user", "deal"], name="follower_mine")]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.deal_id}"


class Competitor(models.Model):
    """A rival on a deal."""

    class Standing(models.TextChoices):
        UNKNOWN = "unknown", _("unknown")
        BEHIND = "behind", _("behind us")
        LEVEL = "level", _("level")
        AHEAD = "ahead", _("ahead of us")

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="competitors")
    name = models.CharField(_("name"), max_length=120)
    standing = models.CharField(
        _("standing"), max_length=8, choices=Standing.choices, default=Standing.UNKNOWN
    )
    strength = models.CharField(_("where"), max_length=80, blank=True)
    quote = models.DecimalField(_("their quote"), max_digits=18, decimal_places=2, null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(F("deal"), Lower("name"), name="a_rival_once_a_deal")]

    def __str__(self) -> str:
        return self.name


class Note(WrittenNote):
    """Something somebody wrote about a deal."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="notes")

    class Meta:
        indexes = [models.Index(fields=["deal", "-id"], name="note_deal")]


class File(AttachedFile):
    """A file on a deal."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="files")

    access = Relation(see="pipeline.see", owner="deal__owner", unit="deal__unit")

    class Meta:
        indexes = [models.Index(fields=["deal", "-id"], name="file_deal")]
