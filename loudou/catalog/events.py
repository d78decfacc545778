"""What can happen to products."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject

subject("catalog.product", _("product"), "catalog:product")

ADDED = event("product.added", _("added the product {subject}"), "plus")
EDITED = event("product.edited", _("changed the product {subject}"), "pencil")
WITHDRAWN = event("product.withdrawn", _("withdrew {subject}, which an import had brought"), "arrow-back-up")
RETIRED = event("product.retired", _("took the product {subject} off sale"), "archive")
RESTORED = event("product.restored", _("put the product {subject} on sale again"), "refresh")
