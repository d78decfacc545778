"""Answering a signature over HTTP: what the views of this room and of the rooms that ask have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.journal.vocabulary import subject_labelled
from loudou.people.web import PersonRequest, attempt, posted_version
from loudou.signoff import words
from loudou.signoff.acts import demanded
from loudou.signoff.facts import Fact, beginnings, told
from loudou.signoff.figures import LEAST_LETTERS
from loudou.signoff.forms import OpinionForm
from loudou.signoff.lens import Box, acts
from loudou.signoff.models import Request, Requests
from loudou.signoff.queries import (
    answered_beside,
    answered_instead,
    next_in,
    other_signers,
    place_in,
    readable,
    signs,
    signs_as,
)
from loudou.ui.paging import Page
from loudou.ui.prepared import ANY, Prepared

BOX_NAMES = {
    "waiting": gettext_lazy("To sign"),
    "asked": gettext_lazy("Asked by me"),
    "answered": gettext_lazy("Answered by me"),
    "all": gettext_lazy("All"),
}


def answer(request: PersonRequest, pk: int, act: Callable[..., Any]) -> HttpResponse:
    """Sign or send back: `act` is the asking room's verb. Goes on to the next request that waits.

    A refusal comes back as the same page with the sentence beside the opinion and everything typed kept.
    """
    asked = find(request, pk)
    here = request.resolver_match
    if here is None or here.view_name not in (asked.url, _refusing(asked.url)):
        raise Http404  # it waits at another room's door
    form = OpinionForm(request.POST)
    box = Box.read(request.GET, request.user)
    following = next_in(box.rows, asked) if box.name == "waiting" else None
    version = posted_version(request)
    if not form.is_valid() or not attempt(
        form, lambda: act(asked, opinion=form.cleaned_data["opinion"], by=request.user, version=version)
    ):
        return page(request, box, find(request, pk), form)
    asked.refresh_from_db()
    signed = asked.state == Request.State.SIGNED
    messages.success(
        request,
        (_("Signed: %(what)s") if signed else _("Sent back: %(what)s")) % {"what": asked.title},
    )
    to = reverse("signoff:request", args=[following.pk]) if following else reverse("signoff:inbox")
    return redirect(to + box.href())


def find(request: PersonRequest, pk: int) -> Request:
    """The request with this number, if the person may read it; else 404."""
    found = _shown(readable(request.user).filter(pk=pk)).first()
    if found is None:
        raise Http404
    return found


def _shown(rows: Requests) -> Requests:
    return rows.select_related("asker", "signer", "escalated_to", "answered_by", "owner")


_SHOWN = Prepared(lambda key: _shown(Request.objects.filter(pk=key)), ANY)


def page(
    request: PersonRequest,
    box: Box,
    asked: Request | None = None,
    form: OpinionForm | None = None,
    *,
    listing: bool = False,
) -> HttpResponse:
    """The page: the box on the left, one record on the right; on a phone one of the two.

    Where none is asked for, it is the first of what waits: what is in one's box one may read.
    """
    listed = box.page()
    if asked is None and box.name == "waiting" and listed.rows:
        asked = _SHOWN.first(listed.rows[0].pk)
    context = {
        "section": "signoff",
        "box": box,
        "page": listed,
        "box_names": BOX_NAMES,
        "acts": acts(),
        "words": words,
        "asked": asked,
        "demanded": demanded,
        "listing": listing,
        "signers": signers(request, box, listed),
        **(_record(request, box, listed.rows, asked, form) if asked is not None else {}),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "signoff/inbox.html", context, status=status)


def signers(request: PersonRequest, box: Box, listed: Page[Request]) -> dict[int, str]:
    """Whose signature the rows of a list wait for, where it is another's."""
    return other_signers(request.user, listed.rows) if box.name == "waiting" else {}


def _record(
    request: PersonRequest, box: Box, listed: Sequence[Request], asked: Request, form: OpinionForm | None
) -> dict[str, Any]:
    mine = signs(request.user, asked)
    place, following = _around(box, listed, asked)
    return {
        "facts": facts_for(request, asked),
        "mine": mine,
        "signs_as": signs_as(request.user, asked) if mine else "",
        "instead": asked.pk in answered_instead([asked]),
        "form": form or OpinionForm(),
        "beginnings": beginnings(asked) if mine else [],
        "least": LEAST_LETTERS,
        "confirm_url": reverse(asked.url, args=[asked.pk]) + box.href(),
        "refuse_url": reverse(_refusing(asked.url), args=[asked.pk]) + box.href(),
        "subject_url": _subject_url(asked),
        "place": place,
        "following": following,
        "earlier": answered_beside(asked),
    }


def _around(box: Box, listed: Sequence[Request], asked: Request) -> tuple[int, Request | None]:
    """Where a record stands in a box of what waits, and the one after it; of the first one the list tells."""
    if box.name != "waiting":
        return 0, None
    if listed and listed[0].pk == asked.pk:
        return 1, listed[1] if len(listed) > 1 else None
    return place_in(box.rows, asked) + 1, next_in(box.rows, asked)


def facts_for(request: PersonRequest, asked: Request) -> list[Fact]:
    """What the request tells, as this reader likes it written."""
    return told(asked.facts, full_amounts=request.user.full_amounts)


def _refusing(url: str) -> str:
    """The URL that sends back stands beside the one that signs: `pipeline:confirm`, `pipeline:refuse`."""
    return url.rpartition(":")[0] + ":refuse"


def _subject_url(asked: Request) -> str:
    name = subject_labelled(asked.subject_type).url
    try:
        return reverse(name, args=[asked.subject_id]) if name else ""
    except NoReverseMatch:
        return ""
