"""What deals say in words: how it is tidied, and which of it is refused; for opening and changing alike."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from loudou.customers.models import SOURCES, Customer
from loudou.kernel.refusals import Refused
from loudou.people.access import may
from loudou.people.models import User
from loudou.pipeline.models import Deal
from loudou.pipeline.models.funnel import Category
from loudou.pipeline.verbs._history import sane_amount
from loudou.pipeline.verbs._texts import sane_texts
from loudou.ui.texts import visible

NAMES = ("title", "customer_name", "next_step")
_TEXTS = ("title", "customer_name", "next_step", "source", "note", "category")


def tidy(values: dict[str, Any]) -> dict[str, Any]:
    """Texts without blanks around them, nothing as an empty text, amounts to the cent."""
    told: dict[str, Any] = {
        name: value.strip() if isinstance(value, str) else value for name, value in values.items()
    }
    told |= {name: "" for name in _TEXTS if name in told and told[name] is None}
    told |= {name: visible(told[name]) for name in NAMES if name in told}
    if told.get("amount") is not None:
        told["amount"] = sane_amount(told["amount"])
    return told


def refuse_plain(values: dict[str, Any]) -> None:
    """Refuse texts that cannot be kept, a deal without a title, and a source that is none."""
    sane_texts(Deal, values)
    if "title" in values and not values["title"]:
        raise Refused(_("A deal needs a title."), field="title")
    if values.get("source") and values["source"] not in SOURCES:
        raise Refused(_("There is no such source."), field="source")


def refuse_category(category: str | None) -> None:
    """Refuse a forecast category that is none."""
    if category and category not in Category.values:
        raise Refused(_("There is no such category."), field="category")


def refuse_customer(customer: Customer | None, by: User | None) -> None:
    """Refuse a customer whom the person may not see."""
    if customer is not None and not may(by, "customers.see", customer):
        raise Refused(_("There is no such customer."), field="customer")
