"""Pages as their readers see them."""

from __future__ import annotations

import re

_BESIDE = re.compile(r"\s+(?=[<>])|(?<=>)\s+")


def tight(page: str) -> str:
    """A page without what sets its tags in."""
    return _BESIDE.sub("", page)
