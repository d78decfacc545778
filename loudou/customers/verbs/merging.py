"""Making one customer of two, and two of one again (`domain.md` C21)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from loudou.customers import events
from loudou.customers.consequences import tell
from loudou.customers.models import Contact, Customer, CustomerFile, CustomerNote, Merge, Share
from loudou.customers.verbs._state import current, touch
from loudou.customers.verbs._sure import broken
from loudou.customers.verbs._values import make_findable
from loudou.journal.record import lock, plain, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User

UNDO_DAYS = 30
FILLED = (
    "industry",
    "size",
    "region",
    "address",
    "website",
    "source",
    "uscc",
    "phone",
    "grade",
    "created_at",
)
_FOLLOWING: dict[str, Any] = {"contacts": Contact, "notes": CustomerNote, "files": CustomerFile}


@verb
def merge_customers(
    kept: Customer, *, merged: Customer, by: User | None, version: int | None = None
) -> Merge:
    """Merge a customer into another that stays. For 30 days `unmerge` brings it back.

    The merged one keeps its key and code as an alias; people there, notes, files, sharers and its owner's sight go over, empty
    fields of the one that stays are filled, and what rooms above keep follows (`consequences`).
    """
    require(by, "customers.merge", kept)
    require(by, "customers.merge", merged)
    if kept.pk == merged.pk:
        raise Refused(_("A customer cannot be merged into itself."), field="merged")
    rows = {row.pk: lock(row) for row in sorted((kept, merged), key=lambda row: row.pk)}
    stays, goes = current(lock(kept, version=version)), current(rows[merged.pk])
    if stays.uscc and goes.uscc and stays.uscc != goes.uscc:
        raise Refused(_("Two credit codes are two companies; they are not merged."), field="merged")
    moved = _move(stays, goes)
    goes.merged_into = stays
    touch(goes)
    moved["filled"] = _fill(stays, goes)
    make_findable(stays, Customer.objects.filter(merged_into=stays))
    try:
        with transaction.atomic():
            touch(stays)
    except IntegrityError as error:
        raise broken(error, stays, by=by) from None
    moved["above"] = tell("merged", stays, merged=goes, by=by)
    merge = Merge.objects.create(kept=stays, merged=goes, at=clock.now(), by=by, moved=moved)
    hearers = [user for user in (stays.owner, goes.owner) if user]
    record(events.MERGED, stays, by=by, merged=goes, merged_code=goes.code, notify=hearers)
    return merge


@verb
def unmerge(merge: Merge, *, by: User | None) -> Customer:
    """Undo a merge within 30 days: exactly what went over comes back; what was added since stays. Returns the one that was merged."""
    require(by, "customers.merge", merge.kept)
    fresh = Merge.objects.select_for_update().get(pk=merge.pk)
    if fresh.undone_at is not None:
        return fresh.merged
    if clock.now() - fresh.at > timedelta(days=UNDO_DAYS):
        raise Refused(_("A merge can be undone for {n} days.").format(n=UNDO_DAYS))
    rows = {row.pk: lock(row) for row in sorted((fresh.kept, fresh.merged), key=lambda row: row.pk)}
    stays, back = rows[fresh.kept_id], rows[fresh.merged_id]
    if stays.merged_into_id is not None or back.merged_into_id != stays.pk:
        raise Refused(_("{name} was merged on; undo that first.").format(name=stays.name))
    _give_back(stays, back, fresh.moved)
    tell("unmerged", stays, merged=back, moved=fresh.moved.get("above", {}), by=by)
    fresh.undone_at = clock.now()
    fresh.save(update_fields=["undone_at"])
    hearers = [user for user in (stays.owner, back.owner) if user]
    record(events.UNMERGED, stays, by=by, merged=back, notify=hearers)
    return back


def _move(stays: Customer, goes: Customer) -> dict[str, Any]:
    """Let people there, notes, files, aliases and sight go over; returns their keys."""
    following = {name: _give(kind.objects.filter(customer=goes), stays) for name, kind in _FOLLOWING.items()}
    aliases = list(Customer.objects.filter(merged_into=goes).values_list("pk", flat=True))
    Customer.objects.filter(pk__in=aliases).update(merged_into=stays)
    seeing = set(goes.shares.values_list("user_id", flat=True)) | (
        {goes.owner_id} if goes.owner_id else set()
    )
    seeing -= {stays.owner_id, *stays.shares.values_list("user_id", flat=True)}
    Share.objects.bulk_create(Share(customer=stays, user_id=key) for key in sorted(seeing))
    tags = [name for name in goes.tags if name not in stays.tags]
    stays.tags = stays.tags + tags
    return {**following, "aliases": aliases, "shares": sorted(seeing), "tags": tags}


def _give(rows: QuerySet[Any], customer: Customer) -> list[int]:
    """Let rows be another customer's; returns their keys."""
    keys = list(rows.values_list("pk", flat=True))
    rows.model._default_manager.filter(pk__in=keys).update(customer=customer)
    return keys


def _fill(stays: Customer, goes: Customer) -> dict[str, list[Any]]:
    """Let the one that stays take what it lacks; returns field → [before, after]."""
    filled = {}
    for name in FILLED:
        before, after = getattr(stays, name), getattr(goes, name)
        if not before and after:
            setattr(stays, name, after)
            filled[name] = [plain(before), plain(after)]
    if "phone" in filled:
        stays.phone_verified = goes.phone_verified
    return filled


def _give_back(stays: Customer, back: Customer, moved: dict[str, Any]) -> None:
    """Everything back as `moved` remembers it, where nobody changed it since."""
    for name, (before, after) in moved["filled"].items():
        if plain(getattr(stays, name)) == after:
            setattr(stays, name, before)
            if name == "phone":
                stays.phone_verified = False
    stays.tags = [name for name in stays.tags if name not in moved["tags"]]
    stays.shares.filter(user__in=moved["shares"]).delete()
    for name, kind in _FOLLOWING.items():
        _give(kind.objects.filter(pk__in=moved.get(name, ()), customer=stays), back)
    Customer.objects.filter(pk__in=moved["aliases"], merged_into=stays).update(merged_into=back)
    back.merged_into = None
    for row in (stays, back):
        make_findable(row, Customer.objects.filter(merged_into=row).exclude(pk=back.pk))
        touch(row)
