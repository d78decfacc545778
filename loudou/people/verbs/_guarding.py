"""What acts on accounts take care of: that an administrator stays, that no door stays open."""

from __future__ import annotations

from django.utils.translation import gettext as _

from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.models import Session, User


def keep_an_administrator(leaving: User) -> None:
    """Two administrators leaving at once must not both succeed: the others are locked while one is counted."""
    others = User.objects.active().filter(roles__contains=["admin"]).exclude(pk=leaving.pk).order_by("pk")
    if not list(others.select_for_update().values_list("pk", flat=True)[:50]):
        raise Refused(_("The last administrator must stay."), field="roles")


def end_all_doors(user: User) -> None:
    """End every session and token of somebody."""
    Session.objects.filter(user=user).delete()
    user.tokens.filter(revoked_at=None).update(revoked_at=clock.now())
