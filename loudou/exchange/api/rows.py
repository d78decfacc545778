"""Rows that callers name: there and theirs to see, or an answer that gives nothing away."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from django.db import models
from django.http import Http404
from pydantic import BaseModel

from loudou.customers.models import Customer
from loudou.exchange.api.gate import Call
from loudou.exchange.api.problems import no_such
from loudou.exchange.api.shapes import sent
from loudou.people.access import fetch
from loudou.people.models import User
from loudou.pipeline.models import Deal

M = TypeVar("M", bound=models.Model)


def there(row: M | None, field: str = "") -> M:
    """What was found. If nothing was, that is 404; or 422 for the `field` of the body that named it."""
    if row is None:
        raise no_such(field) if field else Http404
    return row


@overload
def named(user: User, model: type[M], key: int, field: str) -> M: ...
@overload
def named(user: User, model: type[M], key: int | None, field: str) -> M | None: ...
def named(user: User, model: type[M], key: int | None, field: str) -> M | None:
    """The row that a field of the body names, by the rule of `fetch`; none where it names none."""
    if key is None:
        return None
    try:
        return fetch(user, model, key)
    except Http404:
        raise no_such(field) from None


def sent_about(request: Call, body: BaseModel, *but: str) -> dict[str, Any]:
    """What was sent, the customer and the deal in place of their keys; those the caller may not see are not there."""
    values = sent(body, *but)
    for name, model in (("customer", Customer), ("deal", Deal)):
        if name in values:
            values[name] = named(request.user, model, values[name], name)
    return values


def tagged(request: Call, row: M) -> M:
    """The row; its version goes back as the ETag."""
    request.tag = row.version  # type: ignore[attr-defined] # all that the API changes have one
    return row
