"""Sums of what was achieved, cut at instants: by owner, unit and place between the edges."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import DateTimeField, F, Func, IntegerField, Value

from loudou.insight.figures.flow import Span

FIRST = 1  # the place of what counts at the first edge
Sums = dict[tuple[int | None, int | None, int], Decimal]


def place_of(column: Any, edges: Sequence[datetime]) -> Any:
    """Between which edges an instant lies, from 1."""
    return Func(
        F(column) if isinstance(column, str) else column,
        Value(list(edges), ArrayField(DateTimeField())),
        function="width_bucket",
        output_field=IntegerField(),
    )


def last_instant(edges: Sequence[datetime], span: Span) -> datetime:
    """Before which something counts: the last edge, or the instant as known before which is asked for."""
    return min(edges[-1], span.known) if span.known is not None else edges[-1]
