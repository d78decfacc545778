"""The texts of several fields at once, each held against its column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

from loudou.ui.texts import refuse_unfit

LONGEST = 10_000


def sane_texts(model: type[models.Model], values: Mapping[str, Any]) -> None:
    """Refuse texts among `values` (field → value) that are too long for their column or that no column can keep."""
    for name, value in values.items():
        if isinstance(value, str):
            limit = getattr(model._meta.get_field(name), "max_length", None) or LONGEST
            refuse_unfit(value, name, longest=limit)
