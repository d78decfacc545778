"""Signatures that were kept elsewhere, taken over as they were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from loudou.journal.bulk import reserve_keys
from loudou.journal.record import record, record_each, verb
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.tables import Tables
from loudou.signoff import events
from loudou.signoff.models import Request
from loudou.signoff.queries import due_after
from loudou.signoff.verbs.asking import content_hash


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
        opened_at=opened_at,
        opinion=opinion.strip(),
    )
    if answered_at is not None:
        request.state = Request.State.RETURNED if returned else Request.State.SIGNED
        request.answered_by, request.answered_at = signer, answered_at
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
