"""Lists in pages: by key, with a cursor that only we can write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from django.core import signing
from django.db import models
from django.utils.translation import gettext as _

from loudou.exchange.api.gate import Call
from loudou.exchange.api.problems import invalid
from loudou.exchange.api.shapes import Asked, Out, Page
from loudou.ui.paging import keyset

O = TypeVar("O", bound=Out)  # noqa: E741 - what goes out


def page(
    request: Call,
    rows: models.QuerySet[Any],
    asked: Asked,
    made: type[Page[O]],
    *,
    shape: Callable[[Any], O],
    order: Sequence[str] = ("-id",),
    load: Callable[[list[int]], Iterable[Any]] | None = None,
) -> Page[O]:
    """A page of `rows` in `order`; `load` fetches the rows of the page with all that `shape` needs."""
    signer = signing.Signer(salt=f"cursor {request.path}")
    after = _opened(signer, asked.cursor)
    whole = load or (lambda keys: rows.model._default_manager.filter(pk__in=keys))
    found = keyset(
        rows, order=order, load=lambda keys: list(whole(keys)), after=after, size=asked.limit, counted=False
    )
    following = signer.sign(found.next) if found.next else None
    return made(items=[shape(row) for row in found.rows], next=following)


def _opened(signer: signing.Signer, cursor: str) -> str:
    try:
        return signer.unsign(cursor) if cursor else ""
    except signing.BadSignature:
        raise invalid({"cursor": _("This is no cursor of this list.")}) from None
