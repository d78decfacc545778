"""Who may follow a target up."""

from __future__ import annotations

from django.utils.translation import gettext as _

from loudou.kernel.refusals import Forbidden
from loudou.people.access import may
from loudou.people.models import User
from loudou.targets.models import Target


def require_part(target: Target, by: User | None) -> None:
    """Whose target it is, and who may set it, follow it up."""
    if by is not None and by.pk == target.person_id:
        return
    if not may(by, "targets.set", target):
        raise Forbidden(_("You do not have the right to do this."))
