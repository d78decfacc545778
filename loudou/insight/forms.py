"""The filters of figures, all at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.catalog.models import Product
from loudou.customers.models import SOURCES
from loudou.insight.asked import ALL_TIME
from loudou.insight.lens import InsightLens
from loudou.ui.fields import DayField, SteadyForm

MOST_PRODUCTS = 300


class FromWhenForm(SteadyForm):
    """From when on forecasts count with other rates, and why."""

    since = DayField(label=_("From"), required=False, help_text=_("Empty: from now on."))
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class ChooseRatesForm(FromWhenForm):
    """The same, and whether with calibrated rates or the configured ones."""

    calibrated = forms.BooleanField(required=False, widget=forms.HiddenInput)


class FilterForm(SteadyForm):
    """Days from and to (the last one included), the day it is known as of, source and product."""

    from_day = DayField(label=_("From"), required=False)
    to_day = DayField(label=_("Until"), required=False, help_text=_("This day included."))
    as_of_day = DayField(
        label=_("As known at the end of"), required=False, help_text=_("What became known later is left out.")
    )
    source = forms.ChoiceField(label=_("Source"), required=False)
    product = forms.ChoiceField(label=_("Product"), required=False)

    def __init__(self, data: Any = None, *, lens: InsightLens) -> None:
        period = lens.period
        dated = period is not None and period != ALL_TIME
        super().__init__(
            data,
            initial={
                "from_day": period.start if dated and period else None,
                "to_day": lens.last_day(period) if dated and period else None,
                "as_of_day": lens.today if lens.as_of is not None else None,
                "source": lens.source,
                "product": lens.product.code if lens.product is not None else "",
            },
        )
        products = Product.objects.order_by("name_key")[:MOST_PRODUCTS]
        self.fields["source"].choices = [("", _("all")), *SOURCES.items()]  # type: ignore[attr-defined]
        self.fields["product"].choices = [  # type: ignore[attr-defined]
            ("", _("all")),
            *((product.code, product.name) for product in products),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, last = cleaned.get("from_day"), cleaned.get("to_day")
        if first and last and last < first:
            self.add_error("to_day", _("The last day lies before the first."))
        return cleaned

    def asked(self) -> dict[str, str | None]:
        """The parameters of the lens that the form stands for."""
        from datetime import timedelta

        first, last = self.cleaned_data["from_day"], self.cleaned_data["to_day"]
        known = self.cleaned_data["as_of_day"]
        dates: dict[str, str | None] = {
            "from": first.isoformat() if first else None,
            "to": (last + timedelta(days=1)).isoformat() if last else None,
        }
        if first or last:
            dates["period"] = None
        return {
            **dates,
            "as_of": known.isoformat() if known else None,
            "source": self.cleaned_data["source"] or None,
            "product": self.cleaned_data["product"] or None,
        }
