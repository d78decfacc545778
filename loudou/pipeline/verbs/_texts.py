"""What a text column can hold, asked before the database refuses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from loudou.kernel.refusals import Refused
from loudou.ui.texts import storable

LONGEST = 10_000


def sane_texts(model: type[models.Model], values: Mapping[str, Any]) -> None:
    """Refuse texts among `values` (field → value) that are too long for their column or that no column can keep."""
    for name, value in values.items():
        if isinstance(value, str):
            limit = getattr(model._meta.get_field(name), "max_length", None) or LONGEST
            if len(value) > limit:
                raise Refused(_("At most {n} characters.").format(n=limit), field=name)
            if not storable(value):
                raise Refused(_("This contains characters that cannot be kept."), field=name)
