"""What the columns and orders of the list are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

COLUMN_NAMES = {
    "code": _("Code"),
    "phone": _("Phone"),
    "industry": _("Industry"),
    "size": _("Size"),
    "region": _("Region"),
    "source": _("Source"),
    "grade": _("Grade"),
    "tags": _("Tags"),
    "unit": _("Unit"),
    "created": _("Customer since"),
    "touched": _("Last activity"),
}
SORT_NAMES = {
    "touched": _("last activity first"),
    "name": _("by name"),
    "newest": _("newest first"),
}
CHOSEN_NAMES = {
    "unit": _("Unit"),
    "owner": _("Owner"),
    "industry": _("Industry"),
    "region": _("Region"),
    "tag": _("Tag"),
}
# What a customer's timeline can be narrowed to.
KIND_NAMES = {
    "": _("All"),
    "notes": _("Notes and files"),
    "people": _("Contacts"),
    "changes": _("Changes"),
}
