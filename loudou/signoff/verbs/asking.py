"""Asking for a signature, and sending what waits to somebody else or back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from loudou.journal.record import lock, plain, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import may
from loudou.people.models import Unit, User
from loudou.signoff import events
from loudou.signoff.acts import demanded
from loudou.signoff.facts import kept, label
from loudou.signoff.models import Request
from loudou.signoff.queries import due, next_above, signer_for


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
    agreed: User | None = None,
) -> Request:
    """Ask for a signature on an act, due in so many working days, and `before` an instant if one is named.

    `facts` are (label, value), `starters` (text with `%(what)s`, value); see `facts.py`.

    It goes to who `agreed` to it beforehand, else to the nearest superior of the record's owner (the asker, unless
    said) with the right over it; with `pool`, and where nobody above has the right, to whoever has it. Asking again for the same act while one request waits
    refuses.
    """
    request = Request(
        act=act,
        needs=needs,
        url=url,
        payload=plain(payload),
        facts=[[label(text), kept(value)] for text, value in facts],
        starters=[[label(text), kept(value)] for text, value in starters],
        reason=reason,
        asker=by,
        owner=owner or by,
        unit=unit,
        signer=None if pool else agreed or signer_for(owner or by, needs, subject, but_not=by),
        asked_at=clock.now(),
        due_at=min(due(working_days), before) if before else due(working_days),
    )
    _enter(request, subject)
    notify = [request.signer] if request.signer else []
    record(events.ASKED, request, by=by, act=act, reason=reason, notify=notify)
    return request


def _enter(request: Request, subject: models.Model) -> None:
    """Keep a request about a thing with the hash of what it says, unless one for the same act waits already."""
    request.subject_type, request.subject_id = subject._meta.label_lower, subject.pk
    request.subject_label = str(plain(str(subject)))[:200]
    request.content_hash = content_hash(request)
    try:
        with transaction.atomic():
            request.save()
    except IntegrityError:
        raise Refused(_("A signature for this was asked for already and is awaited.")) from None


@verb
def withdraw(request: Request, *, by: User | None) -> Request:
    """Take a request back before it is answered: the asker's right, and the system's when it has become pointless.

    What a rule demands, as the check of a lost deal (C2), no asker takes back.
    """
    fresh = lock(request)
    if fresh.state != Request.State.WAITING:
        return fresh
    if by is not None and by.pk != fresh.asker_id:
        raise Forbidden(_("Only who asked can withdraw."))
    if by is not None and fresh.act in demanded:
        raise Forbidden(_("The rules ask for this signature; it waits until it is answered."))
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


def content_hash(request: Request) -> str:
    """What a signature covers."""
    covered = [request.act, request.subject_type, request.subject_id, request.payload, request.facts]
    return hashlib.sha256(json.dumps(covered, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
