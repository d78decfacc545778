"""What others did that concerns the person."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from loudou.desk import verbs
from loudou.journal.models import Notice
from loudou.journal.sentences import address
from loudou.journal.vocabulary import event_named
from loudou.kernel.numbers import key_of
from loudou.people.web import PersonRequest, signed_in
from loudou.ui import htmx, paging


@signed_in("GET")
def notices(request: PersonRequest) -> HttpResponse:
    only_new = request.GET.get("show") == "unread"
    mine = Notice.objects.filter(recipient=request.user)
    page = paging.keyset(
        mine.filter(read_at=None) if only_new else mine,
        order=("-id",),
        load=lambda keys: list(mine.filter(pk__in=keys).select_related("entry__actor")),
        after=request.GET.get("after", ""),
        counted=False,
    )
    context = {
        "section": "notices",
        "page": page,
        "only_new": only_new,
        "after": request.GET.get("after", ""),
    }
    partial = "desk/_notice_rows.html" if context["after"] else "desk/_notices.html"
    return htmx.page(request, "desk/notices.html", partial, context)


@signed_in("POST")
def notice(request: PersonRequest, pk: int) -> HttpResponse:
    """Read one notice and go to what it is about."""
    found = Notice.objects.filter(recipient=request.user, pk=pk).select_related("entry").first()
    if found is None:
        raise Http404
    verbs.mark_read(request.user, only=[pk], by=request.user)
    return redirect(event_named(found.entry.event).page or address(found.entry) or "desk:notices")


@signed_in("POST")
def mark_read(request: PersonRequest) -> HttpResponse:
    """Mark one notice read or unread, or all read."""
    key = key_of(request.POST.get("notice"))
    only = [key] if key is not None else None
    unread = only is not None and request.POST.get("unread") == "1"
    verbs.mark_read(request.user, only=only, unread=unread, by=request.user)
    return htmx.done(request, reverse("desk:notices"))
