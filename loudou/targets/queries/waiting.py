"""Adjustments and territory moves that wait for a signature."""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce
from operator import or_

from django.db.models import Q

from loudou.signoff.models import Request

ADJUSTMENT = "targets.adjustment"


def waiting_changes(keys: Collection[int]) -> dict[int, Request]:
    """By the key of each of these targets the request that would change it, where one waits (one query).

    A territory move waits for all whom it names, not for the giver alone.
    """
    named = reduce(or_, (Q(payload__changes__contains=[[key]]) for key in keys), Q(pk__in=()))
    rows = Request.objects.waiting().filter(named, act=ADJUSTMENT).select_related("asker", "signer")
    found: dict[int, Request] = {}
    for row in rows.order_by("pk"):
        for key, _amount, _version in row.payload["changes"]:
            found.setdefault(key, row)
    return {key: found[key] for key in keys if key in found}
