"""Products."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from loudou.people.access import Owned, Relation
from loudou.ui.search import SearchField, matches, search_index


class Products(Owned["Product"]):
    """Vocabulary of products."""

    def on_sale(self) -> Products:
        """Those that may be put on a deal."""
        return self.filter(retired_at=None)

    def found(self, text: str) -> Products:
        """Those a typed text finds, by name in characters, pinyin or initials, by code or family."""
        return self.filter(matches(text))


class Product(models.Model):
    """Something we sell. Prices are without VAT (不含税)."""

    code = models.CharField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    name_key = models.CharField(max_length=200, editable=False)
    family = models.CharField(_("family"), max_length=80, blank=True)
    measure = models.CharField(_("unit of measure"), max_length=20, blank=True)
    list_price = models.DecimalField(_("list price"), max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    cost = models.DecimalField(_("cost"), max_digits=18, decimal_places=2, null=True, blank=True)
    tax_rate = models.DecimalField(_("VAT rate"), max_digits=6, decimal_places=4, null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    search = SearchField()
    extra = models.JSONField(default=dict)  # fields of the organisation's own
    version = models.PositiveIntegerField(default=1)

    objects = Products.as_manager()
    access = Relation(see="catalog.see")
    guarded = {"cost": "catalog.see_cost"}  # hidden in history from who may not see it

    class Meta:
        ordering = ["name_key", "id"]
        indexes = [
            search_index("product_search"),
            models.Index(fields=["family", "name_key"], name="product_family"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(list_price=None) | models.Q(list_price__gte=0), name="list_price_sane"
            ),
            models.CheckConstraint(condition=models.Q(cost=None) | models.Q(cost__gte=0), name="cost_sane"),
            models.CheckConstraint(
                condition=models.Q(tax_rate=None) | models.Q(tax_rate__gte=0, tax_rate__lt=1),
                name="tax_rate_sane",
            ),
        ]

    def __str__(self) -> str:
        return self.name
