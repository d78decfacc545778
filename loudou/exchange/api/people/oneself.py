"""Oneself: who calls, and what they may do."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_noop as _
from ninja import Router

from loudou.exchange.api.gate import Call
from loudou.exchange.api.shapes import Out, UnitRef, unit_ref
from loudou.people.access import reach
from loudou.people.grants import GRANTS, Reach
from loudou.people.queries import organisation

router = Router(tags=["people"])


class Me(Out):
    id: int
    username: str
    name: str
    unit: UnitRef | None
    roles: list[str]
    rights: dict[str, str]
    scopes: list[str]
    organisation: str
    base_currency: str
    time_zone: str
    today: date


@router.get("/me", response=Me, summary=_("Who calls, and what they may do"))
def me(request: Call) -> Me:
    """`rights` maps every verb the caller may do to how far it reaches: OWN, TEAM, BRANCH or ALL."""
    user, company = request.user, organisation()
    far = {verb: reach(user, verb) for verb in GRANTS}
    token = request.caller.token
    return Me(
        id=user.pk,
        username=user.username,
        name=user.name,
        unit=unit_ref(user.unit),
        roles=user.roles,
        rights={verb: width.name for verb, width in far.items() if width is not Reach.NONE},
        scopes=token.scopes if token else ["read", "write"],
        organisation=company.name,
        base_currency=company.base_currency,
        time_zone=company.time_zone,
        today=company.today,
    )
