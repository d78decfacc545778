"""Customers and the people there.

Phones are whole for who may see them, else masked (`138****5678`); mail and WeChat are null. `reveal-phone` shows one,
which is on record.
"""

from __future__ import annotations

from ninja import Router

from loudou.exchange.api.customers import contacts, customers, remarks

router = Router()
for part in (customers, contacts, remarks):
    router.add_router("", part.router)

__all__ = ["router"]
