"""What a text column can hold, asked before the database refuses it."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _

from loudou.kernel.refusals import Refused

# Marks that turn or hide what people read: controls, directions, blanks without width. Joiners stay: emoji need them.
_UNSEEN = re.compile(
    "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)


def visible(text: str) -> str:
    """A name as people read it: nothing in it that only programs see."""
    return _UNSEEN.sub("", text)


def storable(text: str) -> bool:
    """Whether a text can be kept: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def refuse_unstorable(text: str, field: str) -> None:
    """Refuse a text that no column could keep, beside its field."""
    if not storable(text):
        raise Refused(_("This contains characters that cannot be kept."), field=field)


def refuse_unfit(text: str, field: str, *, longest: int) -> None:
    """Refuse a text that is too long or that no column could keep, beside its field."""
    refuse_unstorable(text, field)
    if len(text) > longest:
        raise Refused(_("At most {n} characters.").format(n=longest), field=field)


def line(value: Any, field: str, *, longest: int) -> str:
    """One line of text as people read it: nothing unseen in it, its words one blank apart; refused as `refuse_unfit` does."""
    text = "" if value is None else str(value)
    refuse_unstorable(text, field)
    text = " ".join(visible(text).split())
    refuse_unfit(text, field, longest=longest)
    return text


def kept(value: Any, field: str, *, longest: int, lines: bool = True, needed: str = "") -> str:
    """The text without blanks around it; refused beside its field where it is too long or cannot be kept.

    With `lines` off it becomes a single line, its words one blank apart. What is `needed` is the sentence that refuses
    an empty one.
    """
    text = "" if value is None else str(value).strip()
    refuse_unfit(text, field, longest=longest)
    if needed and not text:
        raise Refused(needed, field=field)
    return text if lines else " ".join(text.split())
