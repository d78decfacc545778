"""Telling signers what is due soon, and their superiors what is late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loudou.journal.record import record, send_mail, verb
from loudou.kernel import clock
from loudou.people.models import User
from loudou.signoff import events
from loudou.signoff.models import Request
from loudou.signoff.queries import addressees, next_above
from loudou.signoff.words import act_name
from loudou.signoff.words import due as due_words

_PEOPLE = ("signer", "escalated_to", "asker")


@verb
def remind(requests: Sequence[Request], *, by: User | None) -> int:
    """Tell signers, each once for all that is due soon, by notice and mail. Returns how many requests that were."""
    rows = Request.objects.waiting().filter(pk__in=[request.pk for request in requests], reminded_at=None)
    fresh = list(rows.select_for_update(no_key=True, of=("self",)).select_related(*_PEOPLE).order_by("pk"))
    Request.objects.filter(pk__in=[request.pk for request in fresh]).update(reminded_at=clock.now())
    for signer, theirs in addressees(fresh).items():
        first = min(theirs, key=lambda request: request.due_at)
        record(events.REMINDED, first, by=by, count=len(theirs), until=first.due_at, notify=[signer])
        _mail(signer, _due_soon, theirs)
    return len(fresh)


@verb
def escalate(requests: Sequence[Request], *, by: User | None) -> int:
    """Let late requests wait for the next superior as well; what waits for a pool is brought to its mind again.

    Askers hear of each of theirs; a superior once of all that came to them. Returns how many requests that were.
    """
    rows = Request.objects.waiting().filter(pk__in=[request.pk for request in requests])
    fresh = list(rows.select_for_update(no_key=True, of=("self",)).select_related(*_PEOPLE).order_by("pk"))
    for request in fresh:
        request.escalated_to = next_above(request) or request.escalated_to
        request.escalated_at = clock.now()
        request.version += 1
        request.save(update_fields=["escalated_to", "escalated_at", "version"])
    hearing = _hearing(fresh)
    for request in fresh:
        alone = [hearer for hearer, theirs in hearing.items() if theirs == [request]]
        record(events.ESCALATED, request, by=by, to=request.escalated_to, notify=[*alone, request.asker])
    for hearer, theirs in hearing.items():
        if len(theirs) > 1:
            record(events.LATE, theirs[0], by=by, count=len(theirs), notify=[hearer])
        _mail(hearer, _late, theirs)
    return len(fresh)


def _hearing(requests: Sequence[Request]) -> dict[User, list[Request]]:
    """Who is told of which late requests: the superior they went to, else whom they wait for."""
    found: dict[User, list[Request]] = defaultdict(list)
    for request in requests:
        if request.escalated_to is not None:
            found[request.escalated_to].append(request)
    for hearer, theirs in addressees(one for one in requests if one.escalated_to is None).items():
        found[hearer] += theirs
    return found


def _mail(to: User, words: Callable[[list[Request]], tuple[str, str]], requests: list[Request]) -> None:
    """Write to somebody in their language, if they have an address and the house can send."""
    if to.email and settings.ENVIRONMENT.mail is not None:
        with translation.override(to.language or settings.LANGUAGE_CODE):
            send_mail(to.email, *words(requests))


def _due_soon(requests: list[Request]) -> tuple[str, str]:
    subject = ngettext(
        "%(n)d request waits for your signature", "%(n)d requests wait for your signature", len(requests)
    )
    return subject % {"n": len(requests)}, _listed(requests)


def _late(requests: list[Request]) -> tuple[str, str]:
    if len(requests) == 1:
        return _("Late, please sign: %(what)s") % {"what": requests[0].title}, _listed(requests)
    subject = _("%(n)d late requests wait for your signature")
    return subject % {"n": len(requests)}, _listed(requests)


def _listed(requests: list[Request]) -> str:
    lines = [f"· {act_name(one.act)}　{one.title}　{one.asker.name}　{due_words(one)}" for one in requests]
    return "\n".join([*lines, "", _("Sign in and open the sign-off inbox.")])
