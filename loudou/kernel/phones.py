"""A mobile number of the mainland, the one kind that every room shows: of customers and of one's own people."""

from __future__ import annotations

import re

_MOBILE = re.compile(r"(?:\+86)?(1[3-9]\d)(\d{4})(\d{4})", re.ASCII)


def mobile_groups(phone: str) -> tuple[str, ...]:
    """The groups it is read in, 138 1234 5678, from `+8613812345678` or `13812345678`; of any other text none."""
    found = _MOBILE.fullmatch(phone)
    return found.groups() if found else ()
