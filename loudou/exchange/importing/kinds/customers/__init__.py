"""Customers, with the person there whom many lists name beside them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from loudou.exchange.importing.kinds.customers.columns import COLUMNS
from loudou.exchange.importing.kinds.customers.people import stand_alone
from loudou.exchange.importing.kinds.customers.taking import also, key, take
from loudou.exchange.importing.spec import Kind, register

register(
    Kind(
        name="customers",
        title=gettext_lazy("Customers"),
        rights=("customers.add",),
        order=40,
        keeps=True,
        together="name",
        together_with="contact_name",
        first_counts=True,
        take=take,
        also=also,
        key=key,
        complete=stand_alone,
        columns=COLUMNS,
    )
)
