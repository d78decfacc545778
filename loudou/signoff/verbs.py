"""Asking for a signature, giving it, sending back. What a signature permits is carried out by the room that asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loudou.journal.bulk import reserve_keys
from loudou.journal.record import lock, plain, record, record_each, send_mail, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import may, require
from loudou.people.models import Unit, User
from loudou.people.queries import organisation
from loudou.people.tables import Tables
from loudou.signoff import events
from loudou.signoff.acts import refuse_others
from loudou.signoff.facts import beginnings, kept, label
from loudou.signoff.figures import LEAST_LETTERS, letters, repeats
from loudou.signoff.models import Delegation, Request
from loudou.signoff.queries import (
    addressees,
    due,
    due_after,
    former_opinions,
    next_above,
    principals,
    signer_for,
    signs,
    stands_alone,
)
from loudou.signoff.wording import act_name
from loudou.signoff.wording import due as due_words

MOST_DAYS = 92
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
def pass_on(signer: User, *, to: User, by: User | None) -> int:
    """Let what waits for a signer who leaves wait for `to`, or, where they may not sign it, for the next superior who
    may. Returns how many requests that was."""
    rows = Request.objects.waiting().filter(signer=signer).select_for_update(no_key=True, of=("self",))
    waiting = list(rows.select_related("asker", "signer", "escalated_to").order_by("pk"))
    for request in waiting:
        able = may(to, request.needs, request) and to.pk not in (request.asker_id, request.owner_id)
        request.signer = to if able else next_above(request)
        request.version += 1
        request.save(update_fields=["signer", "version"])
        notify = [request.signer] if request.signer else []
        record(events.READDRESSED, request, by=by, to=request.signer, notify=notify)
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
def confirm(request: Request, *, opinion: str, by: User, version: int | None = None) -> Request:
    """Sign a record kept on paper: the signature is all there is to it."""
    refuse_others(request, events.PAPER)
    return _answer(request, Request.State.SIGNED, opinion, by, version)


@verb
def refuse(request: Request, *, opinion: str, by: User, version: int | None = None) -> Request:
    """Send a record kept on paper back."""
    refuse_others(request, events.PAPER)
    return _answer(request, Request.State.RETURNED, opinion, by, version)


@verb
def delegate(
    signer: User, *, to: User, first: date, last: date, by: User | None, reason: str = ""
) -> Delegation:
    """Let somebody with the right to sign do so for another from one day to another, both included.

    One delegate at a time; nobody signs through it what they asked for or own (`sign` knows).
    """
    made = Delegation(signer=signer, unit=signer.unit, delegate=to, first=first, last=last)
    if by is not None and by.pk != signer.pk:
        raise Forbidden(_("Only the signer delegates."))
    require(by, "signoff.sign")
    if to.pk == signer.pk or not to.is_active or not may(to, "signoff.sign"):
        raise Refused(_("Choose somebody else who may sign."), field="to")
    if last < first or last < organisation().today:
        raise Refused(_("The last day lies before the first, or is over."), field="last")
    if (last - first).days >= MOST_DAYS:
        raise Refused(_("At most {n} days at once.").format(n=MOST_DAYS), field="last")
    lock(signer)
    if Delegation.objects.filter(signer=signer, first__lte=last, last__gte=first).exists():
        raise Refused(_("Some of these days are delegated already."), field="first")
    made.reason = " ".join(reason.split())[:200]
    made.save(force_insert=True)
    record(events.DELEGATED, made, by=by, to=to, first=first, last=last, reason=made.reason, notify=[to])
    return made


@verb
def end_delegation(delegation: Delegation, *, by: User | None) -> None:
    """Sign oneself again from today; what was signed meanwhile stands."""
    fresh = lock(delegation)
    if by is not None and by.pk != fresh.signer_id:
        raise Forbidden(_("Only the signer ends it."))
    record(events.TAKEN_BACK, fresh, by=by, notify=[fresh.delegate])
    yesterday = organisation().today - timedelta(days=1)
    if fresh.first > yesterday:
        fresh.delete()
        return
    fresh.last, fresh.version = min(fresh.last, yesterday), fresh.version + 1
    fresh.save(update_fields=["last", "version"])


@verb
def import_signature(
    *,
    asker: User,
    signer: User,
    what: str,
    asked_at: datetime,
    by: User | None,
    due_at: datetime | None = None,
    opened_at: datetime | None = None,
    answered_at: datetime | None = None,
    returned: bool = False,
    opinion: str = "",
) -> Request | None:
    """Take over a record that waited for a signature elsewhere, and its answer if there is one; None if it is known."""
    require(by, "exchange.import_history")
    what = " ".join(what.split())[:200]
    if Request.objects.filter(asker=asker, signer=signer, asked_at=asked_at, subject_label=what).exists():
        return None
    if answered_at is not None and answered_at < asked_at:
        raise Refused(_("It was answered before it was asked."), field="answered_at")
    if asker.pk == signer.pk:
        raise Refused(_("Nobody signs what they asked for themselves."), field="signer_username")
    answer = Request.State.RETURNED if returned else Request.State.SIGNED
    request = Request(
        act=events.PAPER,
        needs="signoff.sign",
        url="signoff:confirm",
        subject_type=Request._meta.label_lower,
        subject_id=0,
        subject_label=what,
        asker=asker,
        owner=asker,
        unit_id=Tables.read().unit_of(asker, asked_at),
        signer=signer,
        asked_at=asked_at,
        due_at=due_at or due_after(asked_at, 1),
        state=answer if answered_at is not None else Request.State.WAITING,
        answered_by=signer if answered_at is not None else None,
        answered_at=answered_at,
        opened_at=opened_at,
        opinion=opinion.strip(),
    )
    request.pk = request.subject_id = reserve_keys(Request, 1)[0]  # it is about nothing but itself
    request.content_hash = content_hash(request)
    request.save(force_insert=True)
    record(events.IMPORTED, request, by=by)
    return request


@verb
def withdraw_signatures(keys: Sequence[int], *, by: User | None) -> None:
    """Take signatures back that an import brought by mistake."""
    require(by, "exchange.import_history")
    rows = list(Request.objects.filter(pk__in=keys, act=events.PAPER))
    record_each(events.WITHDRAWN_IMPORT, ((row, {}) for row in rows), by=by)
    Request.objects.filter(pk__in=[row.pk for row in rows]).delete()


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
    instead = {"instead_of": fresh.signer} if fresh.signer_id in principals(by) else {}
    record(
        events.SIGNED if signed else events.RETURNED,
        fresh,
        by=by,
        act=fresh.act,
        opinion=fresh.opinion,
        content_hash=fresh.content_hash,
        notify=[fresh.asker],
        **instead,
    )
    return fresh
