"""How activities and visits look: an icon a kind, a tone a state, the stations of a visit's way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loudou.fieldwork.models import VisitPlan

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
    "counted": _("counted"),
    "invalid": _("incomplete"),
    "annulled": _("annulled"),
}
CALL_STATES = {
    "waiting": _("waiting for an answer"),
    "overdue": _("overdue"),
    "ended": _("followed up"),
    "annulled": _("annulled"),
}
VISIT_TONES = {
    "submitted": "watch",
    "returned": "bad",
    "approved": "good",
    "executed": "watch",
    "reviewed": "good",
    "expired": "bad",
}
METHOD_ICONS = {"on_site": "map-pin", "phone": "phone", "video": "camera"}


@dataclass(frozen=True)
class Step:
    """A station on a visit's way, and when it was reached."""

    name: str | Promise
    at: datetime | None


def steps(plan: VisitPlan) -> list[Step]:
    """The way of a visit; an emergency begins with the check-in and is signed after it."""
    signed = Step(_("signed"), plan.approved_at)
    made = Step(_("checked in"), plan.executed_at)
    first = [made, signed] if plan.emergency else [Step(_("planned"), plan.known_at), signed, made]
    return [*first, Step(_("recorded"), plan.recorded_at), Step(_("reviewed"), plan.reviewed_at)]
