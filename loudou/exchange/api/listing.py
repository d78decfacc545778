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
from loudou.people.lens import PeopleLens
from loudou.people.models import User
from loudou.ui.paging import keyset

O = TypeVar("O", bound=Out)  # noqa: E741 - what goes out
L = TypeVar("L", bound=PeopleLens)
Q = TypeVar("Q", bound=models.QuerySet[Any])


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
    signer = signing.Signer(salt=f"cursor {request.path} {' '.join(order)}")
    after = opened(signer, asked.cursor)
    whole = load or (lambda keys: rows.model._default_manager.filter(pk__in=keys))
    found = keyset(
        rows, order=order, load=lambda keys: list(whole(keys)), after=after, size=asked.limit, counted=False
    )
    following = signer.sign(found.next) if found.next else None
    return made(items=[shape(row) for row in found.rows], next=following)


def narrowed(rows: Q, **wanted: object) -> Q:
    """Those of the rows that are exactly as asked for, where anything was asked for."""
    return rows.filter(**{name: value for name, value in wanted.items() if value not in (None, "")})


def looked(lens: type[L], asked: Asked, user: User, **preset: str) -> L:
    """What the caller is looking at, by the same parameters as the page; a value it does not understand is refused."""
    given = {name: str(value) for name, value in asked.model_dump().items() if value not in (None, "")}
    found = lens.read({**preset, **given}, user)
    if found.problems:
        raise invalid({name: _("This value cannot be read.") for name in found.problems})
    return found


def opened(signer: signing.Signer, cursor: str) -> str:
    """Where a cursor that we signed says to go on; refused where we did not."""
    try:
        return signer.unsign(cursor) if cursor else ""
    except signing.BadSignature:
        raise invalid({"cursor": _("This is no cursor of this list.")}) from None
