"""Signing what was asked for about deals; the page itself is the sign-off room's."""

from __future__ import annotations

from django.http import HttpResponse

from loudou.people.web import PersonRequest, signed_in
from loudou.pipeline import verbs
from loudou.signoff.web import answer


@signed_in("POST")
def confirm(request: PersonRequest, pk: int) -> HttpResponse:
    return answer(request, pk, verbs.confirm)


@signed_in("POST")
def refuse(request: PersonRequest, pk: int) -> HttpResponse:
    return answer(request, pk, verbs.refuse)
