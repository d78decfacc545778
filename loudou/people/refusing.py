"""What somebody is told who lacks a right: which one it takes, who has it, and what can be done about it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from loudou.people.access import company_of, may
from loudou.people.models import User
from loudou.people.policy import RIGHTS, roles_with
from loudou.people.roles import ROLES, conflict
from loudou.ui import errors


@errors.spoken
def forbidden(request: HttpRequest, exception: BaseException) -> HttpResponse:
    """The page of a missing right; the exception may name it."""
    verb = str(exception)
    known = verb in RIGHTS and isinstance(request.user, User)
    about = needed(request.user, verb) if known else ""  # type: ignore[arg-type] # known says who it is
    return errors.answer(request, 403, _("You do not have the right to do this."), about=about)


def needed(user: User, verb: str) -> str:
    """Which right it takes and which roles have it; to whoever gives roles, how they come by somebody who has one."""
    roles = roles_with(verb, company_of(user).narrowed)
    names = _("; ").join(str(ROLES[role]) for role in roles)
    told = _("It takes the right “{right}”. Roles that have it: {roles}.").format(
        right=RIGHTS[verb], roles=names or "—"
    )
    if not roles or not may(user, "people.grant_roles"):
        return told
    apart = [own for role in roles for own in user.roles if conflict({role, own})]
    if len(apart) < len(roles):
        way = _("You give roles, though not to yourself: ask another administrator.")
    else:
        way = _("Nobody can be {role} besides: give one of them to a colleague.").format(role=ROLES[apart[0]])
    return f"{told} {way}"
