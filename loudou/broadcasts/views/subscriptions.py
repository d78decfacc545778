"""What one is mailed: the list, a new one, another hour, no more of it; and the link in every mail."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from loudou.broadcasts import verbs
from loudou.broadcasts.forms import SubscriptionForm, weekday_name
from loudou.broadcasts.letters import page_address, subscription_of
from loudou.broadcasts.models import Subscription
from loudou.broadcasts.queries import subscriptions_of
from loudou.broadcasts.subjects import SUBJECTS
from loudou.people.access import may
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.ui import htmx

HOUR = 8  # when most want to read


@signed_in()
def subscriptions(request: PersonRequest) -> HttpResponse:
    """Everything one is mailed, and what one stopped."""
    rows = [(one, SUBJECTS[one.page].title, page_address(one)) for one in subscriptions_of(request.user)]
    context = {
        "section": "account",
        "rows": rows,
        "has_mail": settings.ENVIRONMENT.mail is not None,
        "weekday": weekday_name,
    }
    return render(request, "broadcasts/subscriptions.html", context)


@signed_in("GET", "POST")
def subscribe(request: PersonRequest) -> HttpResponse:
    """Let a page be mailed as it looks: `page` and `query` say which and how."""
    asked = request.POST if request.method == "POST" else request.GET
    page, query = asked.get("page", ""), asked.get("query", "")
    subject = SUBJECTS.get(page)
    if subject is None or not may(request.user, subject.right):
        raise Http404
    form = SubscriptionForm(
        request.POST if request.method == "POST" else None,
        initial={
            "name": subject.title,
            "grain": Subscription.Grain.WEEK,
            "hour": HOUR,
            "form": Subscription.Form.PDF,
        },
    )
    if request.method == "POST" and form.is_valid():
        given = {**form.given(), "page": page, "query": query}
        if attempt(form, lambda: verbs.subscribe(by=request.user, **given)) is not None:
            return htmx.done(
                request, reverse("broadcasts:subscriptions"), message=_("It will be mailed to you.")
            )
    hidden = {"page": page, "query": query}
    return _dialog(request, form, _("Mail this report"), reverse("broadcasts:subscribe"), hidden=hidden)


@signed_in("GET", "POST")
def edit_subscription(request: PersonRequest, pk: int) -> HttpResponse:
    """Another name, another hour; a stopped one comes again."""
    found = _own(request, pk)
    form = SubscriptionForm(
        request.POST if request.method == "POST" else None, initial=SubscriptionForm.initial_of(found)
    )
    if request.method == "POST" and form.is_valid():
        version, given = posted_version(request), form.given()
        act = partial(verbs.edit_subscription, found, by=request.user, version=version, **given)
        if attempt(form, act) is not None:
            return htmx.done(request, reverse("broadcasts:subscriptions"), message=_("Saved."))
    to = reverse("broadcasts:edit_subscription", args=[pk])
    return _dialog(request, form, _("When it is mailed"), to, version=found.version)


@signed_in("POST")
def stop_subscription(request: PersonRequest, pk: int) -> HttpResponse:
    """No more of it."""
    verbs.stop_subscription(_own(request, pk), by=request.user)
    return htmx.done(request, reverse("broadcasts:subscriptions"), message=_("Stopped."))


@csrf_exempt
def unsubscribe(request: HttpRequest, key: str) -> HttpResponse:
    """The link of a mail: asks once, and stops it by a POST, which mail programs send by themselves (RFC 8058).

    Whoever has the mail has the link; all it can do is stop these mails, so no session is asked for.
    """
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    found = subscription_of(key)
    if found is None:
        raise Http404
    if request.method == "POST":
        found = verbs.stop_subscription(found, by=found.owner)
    return render(request, "broadcasts/unsubscribe.html", {"subscription": found})


def _own(request: PersonRequest, pk: int) -> Subscription:
    return get_object_or_404(Subscription, pk=pk, owner=request.user)


def _dialog(request: PersonRequest, form: SubscriptionForm, title: str, to: str, **more: Any) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "to": to,
        "section": "account",
        "hidden": {},
        "whole": False,
        "version": None,
        **more,
    }
    context["has_mail"] = settings.ENVIRONMENT.mail is not None
    status = 422 if form.errors else 200
    return htmx.page(request, "broadcasts/dialog.html", "broadcasts/_dialog.html", context, status=status)
