"""The shape of what people type about products."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.people.queries import currencies
from loudou.ui.fields import AmountField, PercentField, SteadyForm


def _text(label: Any, longest: int, **attrs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(
        label=label, max_length=longest, required=bool(attrs.get("autofocus")), widget=widget
    )


class ProductForm(SteadyForm):
    """What is known of a product; its cost only for who may see costs."""

    name = _text(_("Name"), 200, autofocus=True)
    code = _text(_("Code"), 60)
    family = _text(_("Family"), 80, list="words-family")
    measure = _text(_("Unit of measure"), 20, list="words-measure")
    list_price = AmountField(label=_("List price"), required=False, help_text=_("Without VAT."))
    currency = forms.ChoiceField(label=_("Currency"))
    tax_rate = PercentField(label=_("VAT rate"), required=False)
    cost = AmountField(label=_("Cost"), required=False, help_text=_("Without VAT."))

    def __init__(self, *args: Any, with_cost: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        known = currencies()
        own = str(self.initial.get("currency") or known[0])
        self.fields["currency"].choices = [(code, code) for code in dict.fromkeys([*known, own])]  # type: ignore[attr-defined]
        if not with_cost:
            del self.fields["cost"]
