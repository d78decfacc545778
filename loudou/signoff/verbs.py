"""Asking for a signature, giving it, sending back. What a signature permits is carried out by the room that asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loudou.journal.record import lock, plain, record, send_mail, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.models import Unit, User
from loudou.signoff import events
from loudou.signoff.facts import beginnings, kept, label
from loudou.signoff.figures import LEAST_LETTERS, letters, repeats
from loudou.signoff.models import Request
from loudou.signoff.queries import (
    addressees,
    due,
    former_opinions,
    next_above,
    signer_for,
    signs,
    stands_alone,
)
from loudou.signoff.wording import act_name
from loudou.signoff.wording import due as due_words

_PEOPLE = ("signer", "escalated_to", "asker")


@verb
def ask(
    subject: models.Model,
    *,
    act: str,
    needs: str,
    url: str,
    by: User,
    owner: User | None = None,
    unit: Unit | None,
    payload: dict[str, Any],
    facts: Sequence[tuple[Any, Any]],
    starters: Sequence[tuple[Any, Any]] = (),
    reason: str = "",
    working_days: int = 1,
    before: datetime | None = None,
    pool: bool = False,
) -> Request:
    """Ask for a signature on an act, due in so many working days, and `before` an instant if one is named.

    `facts` are (label, value), `starters` (text with `%(what)s`, value); see `facts.py`.

    It goes to the nearest superior of the record's owner (the asker, unless said) with the right over it; with `pool`,
    and where nobody above has the right, to whoever has it. Asking again for the same act while one request waits
    refuses.
    """
    request = Request(
        act=act,
        needs=needs,
        url=url,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        subject_label=str(plain(str(subject)))[:200],
        payload=plain(payload),
        facts=[[label(text), kept(value)] for text, value in facts],
        starters=[[label(text), kept(value)] for text, value in starters],
        reason=reason,
        asker=by,
        owner=owner or by,
        unit=unit,
        signer=None if pool else signer_for(owner or by, needs, subject, but_not=by),
        asked_at=clock.now(),
        due_at=min(due(working_days), before) if before else due(working_days),
    )
    request.content_hash = content_hash(request)
    try:
        with transaction.atomic():
            request.save()
    except IntegrityError:
        raise Refused(_("A signature for this was asked for already and is awaited.")) from None
    record(
        events.ASKED,
        request,
        by=by,
        act=act,
        reason=reason,
        notify=[request.signer] if request.signer else [],
    )
    return request


@verb
def sign(request: Request, *, opinion: str, by: User, version: int | None = None) -> Request:
    """Sign with an opinion of one's own: at least 10 characters, not a repetition of the last twenty."""
    return _answer(request, Request.State.SIGNED, opinion, by, version)


@verb
def send_back(request: Request, *, opinion: str, by: User, version: int | None = None) -> Request:
    """Refuse to sign, saying why: an opinion as for a signature."""
    return _answer(request, Request.State.RETURNED, opinion, by, version)


@verb
def withdraw(request: Request, *, by: User | None) -> Request:
    """Take a request back before it is answered: the asker's right, and the system's when it has become pointless."""
    fresh = lock(request)
    if fresh.state != Request.State.WAITING:
        return fresh
    if by is not None and by.pk != fresh.asker_id:
        raise Forbidden(_("Only who asked can withdraw."))
    fresh.state = Request.State.WITHDRAWN
    fresh.answered_at, fresh.answered_by = clock.now(), by
    fresh.version += 1
    fresh.save()
    record(events.WITHDRAWN, fresh, by=by)
    return fresh


@verb
def readdress(subject: models.Model, *, to: User, by: User | None) -> int:
    """Send open requests about a thing that changed hands to the superior of its new owner. Returns how many."""
    rows = Request.objects.about(subject).waiting().select_for_update(no_key=True, of=("self",))
    waiting = list(rows.select_related("asker").order_by("pk"))
    for request in waiting:
        if request.signer_id is not None:
            request.signer = signer_for(to, request.needs, subject, but_not=request.asker)
        request.owner, request.unit, request.escalated_to = to, to.unit, None
        request.version += 1
        request.save(update_fields=["owner", "signer", "unit", "escalated_to", "version"])
        record(
            events.READDRESSED,
            request,
            by=by,
            to=request.signer,
            notify=[request.signer] if request.signer else [],
        )
    return len(waiting)


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
def escalate(request: Request, *, by: User | None) -> Request:
    """Let a late request wait for the next superior as well; what waits for a pool is brought to its mind again."""
    fresh = lock(request)
    if fresh.state != Request.State.WAITING:
        return fresh
    fresh.escalated_to = next_above(fresh) or fresh.escalated_to
    fresh.escalated_at = clock.now()
    fresh.version += 1
    fresh.save(update_fields=["escalated_to", "escalated_at", "version"])
    hearers = [fresh.escalated_to] if fresh.escalated_to is not None else list(addressees([fresh]))
    record(events.ESCALATED, fresh, by=by, to=fresh.escalated_to, notify=[*hearers, fresh.asker])
    for hearer in hearers:
        _mail(hearer, _late, [fresh])
    return fresh


@verb
def open_request(request: Request, *, by: User) -> Request:
    """Note when its signer first saw a request; it has no entry of its own, it is part of the signature's record."""
    fresh = lock(request)
    if fresh.opened_at is None and signs(by, fresh):
        fresh.opened_at = clock.now()
        fresh.save(update_fields=["opened_at"])
    return fresh


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
    return _("Late, please sign: %(what)s") % {"what": requests[0].subject_label}, _listed(requests)


def _listed(requests: list[Request]) -> str:
    lines = [
        f"· {act_name(one.act)}　{one.subject_label}　{one.asker.name}　{due_words(one)}" for one in requests
    ]
    return "\n".join([*lines, "", _("Sign in and open the sign-off inbox.")])


def content_hash(request: Request) -> str:
    """What a signature covers."""
    covered = [request.act, request.subject_type, request.subject_id, request.payload, request.facts]
    return hashlib.sha256(json.dumps(covered, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def check_opinion(opinion: str, by: User, request: Request) -> None:
    """Refuse what is no opinion: too short, a suggestion as it stood, or the signer's own words of last time."""
    missing = LEAST_LETTERS - letters(opinion)
    if missing > 0:
        sentence = ngettext(
            "An opinion needs at least 10 characters; %(n)d is missing.",
            "An opinion needs at least 10 characters; %(n)d are missing.",
            missing,
        )
        raise Refused(sentence % {"n": missing}, field="opinion")
    if repeats(opinion, beginnings(request)):
        raise Refused(_("This is only the suggestion; go on from it in your own words."), field="opinion")
    if repeats(opinion, former_opinions(by)):
        raise Refused(_("You wrote exactly this before; say what you think of this one."), field="opinion")


def _answer(request: Request, state: str, opinion: str, by: User, version: int | None) -> Request:
    fresh = lock(request, version=version)
    if fresh.state != Request.State.WAITING:
        raise Refused(_("This was answered already."))
    if by.pk == fresh.asker_id:
        raise Forbidden(_("Nobody signs what they asked for themselves."))
    if by.pk == fresh.owner_id and not stands_alone(by, fresh.needs):
        raise Forbidden(_("Nobody signs for a record of their own; it goes one level up."))
    if not signs(by, fresh):
        raise Forbidden(_("This waits for somebody else's signature."))
    check_opinion(opinion, by, fresh)
    fresh.state, fresh.opinion = state, opinion.strip()
    fresh.answered_by, fresh.answered_at = by, clock.now()
    fresh.version += 1
    fresh.save()
    signed = state == Request.State.SIGNED
    record(
        events.SIGNED if signed else events.RETURNED,
        fresh,
        by=by,
        act=fresh.act,
        opinion=fresh.opinion,
        content_hash=fresh.content_hash,
        notify=[fresh.asker],
    )
    return fresh
