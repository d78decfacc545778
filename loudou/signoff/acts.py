"""Which requests a room may answer, and which nobody takes back."""

from __future__ import annotations

from django.utils.translation import gettext as _

from loudou.kernel.refusals import Refused
from loudou.signoff.models import Request

# Acts of requests that follow from a rule, not from a wish of whoever they stand for: rooms name theirs when they start.
demanded: list[str] = []


def refuse_others(request: Request, *acts: str) -> None:
    """Refuse a request that another room asked for: its subject is of another kind, and nothing would be carried out.

    Every verb that answers calls this first, or looks the act up among those it carries out.
    """
    if request.act not in acts:
        raise Refused(_("This cannot be signed here."))
