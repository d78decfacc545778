"""The roles of `domain.md` C, and which of them nobody may hold together."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import values

ROLES = {
    "rep": _("Salesperson"),
    "presales": _("Pre-sales"),
    "manager": _("Sales manager"),
    "director": _("Director"),
    "gm": _("General manager"),
    "control": _("Control desk"),
    "operations": _("Sales operations"),
    "marketing": _("Marketing"),
    "finance": _("Finance"),
    "service": _("Customer service"),
    "hr": _("Human resources"),
    "legal": _("Legal"),
    "partner": _("Dealer"),
    "admin": _("Administrator"),
    "security": _("Security administrator"),
    "auditor": _("Auditor"),
}

values("people.user", "roles", ROLES)

# 三权分立 (GB/T 22239 8.1.5): system, security and audit administration lie in different hands.
EXCLUSIVE = (("admin", "security"), ("admin", "auditor"), ("security", "auditor"))


def conflict(roles: set[str]) -> tuple[str, str] | None:
    """Two of these roles that exclude each other, if any."""
    return next((pair for pair in EXCLUSIVE if set(pair) <= roles), None)
