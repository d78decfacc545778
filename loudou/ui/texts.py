"""What a text column can hold, asked before the database refuses it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from loudou.kernel.refusals import Refused


def storable(text: str) -> bool:
    """Whether a text can be kept: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def kept(value: Any, field: str, *, longest: int) -> str:
    """The text without blanks around it; refused beside its field where it is too long or cannot be kept."""
    text = "" if value is None else str(value).strip()
    if not storable(text):
        raise Refused(_("This contains characters that cannot be kept."), field=field)
    if len(text) > longest:
        raise Refused(_("At most {n} characters.").format(n=longest), field=field)
    return text
