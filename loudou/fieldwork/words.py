"""How activities look: an icon a kind, the names of what a list can be narrowed to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ICONS = {
    "visit": "walk",
    "call": "phone",
    "meeting": "users",
    "message": "message-circle",
    "email": "mail",
    "demo": "presentation",
    "proposal": "file-description",
    "other": "notebook",
}
STATES = {
    "standing": _("in force"),
    "invalid": _("incomplete"),
    "annulled": _("annulled"),
}
